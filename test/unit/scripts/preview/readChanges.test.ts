import { describe, expect, it } from "vitest";

import { UserError } from "../../../../infra/errors.ts";
import { formatNotice } from "../../../../infra/plan/notice.ts";
import { readMark } from "../../../../scripts/preview/read/messages.ts";
import { findDangers } from "../../../../infra/database/migrations/rules/findDangers.ts";
import { addReview } from "../../../../scripts/preview/addReview.ts";
import { sumRows } from "../../../../scripts/preview/addRows.ts";
import { formatRows } from "../../../../scripts/preview/format/migrationItems.ts";
import { renderMarkdown } from "../../../../scripts/preview/format/renderMarkdown.ts";
import { renderText } from "../../../../scripts/preview/format/renderText.ts";
import type { EngineEvent } from "../../../../scripts/preview/read/previewDigest.ts";
import type { PreviewFacts } from "../../../../scripts/preview/read/readChanges.ts";
import { findLeaks } from "../../../support/findLeaks.ts";
import { additionOf, changesOf, migrationOf, planOf, retirementOf, stepEvent } from "../../../support/previews.ts";

const names = (text: string) => text.split(" ");
const changesOfMalmo = (events: EngineEvent[], more: Partial<PreviewFacts> = {}, entry = {}) =>
  changesOf(events, planOf({ malmo: entry }), more);
/** Makes an update of malmo's row. */
const rowUpdate = (old: Record<string, unknown>, after: Record<string, unknown>) =>
  stepEvent("update", "OrchestraRegistration", "malmo", { old, new: after });

/**
 * The meaning of a preview's events, from events made here in the engine's form. The real engine's events, and real previews:
 * examples/pull-request and test/engine/stackFileEdits.ts.
 */
describe("the plan of a preview", () => {
  it("of nothing says so, and ends with 0", () => {
    const changes = changesOfMalmo([stepEvent("same", "Project", "malmo")]);
    expect(changes).toMatchObject({ verdict: "nothing", exitCode: 0, orchestras: [], other: [], counts: { same: 1 } });
  });

  it("of a new orchestra names it, its address and its cost, and nothing of its parts one by one", () => {
    const changes = changesOf(
      [stepEvent("same", "Project", "gavle"), ...additionOf("malmo")],
      planOf({ gavle: {}, malmo: {} }),
    );
    expect(changes).toMatchObject({ verdict: "changes", exitCode: 7, other: [], declared: 2 });
    expect(changes.orchestras).toEqual([
      {
        id: "malmo",
        name: "malmo Symfoniorkester",
        host: "malmo.stagesub.com",
        kind: "added",
        database: "project",
        details: [],
      },
    ]);
    expect(changes.dns).toMatchObject([
      { kind: "created", host: "malmo.stagesub.com", target: "cname.vercel-dns.com" },
    ]);
    expect(changes.cost).toMatchObject({ before: 10, after: 20, projects: { before: 1, after: 2 } });
  });

  it("of a claim tells which database, how the pool grows and how many wait then; its migrations run while it waits still", () => {
    const events = [
      stepEvent("same", "TenantDatabase", "pool-1"),
      stepEvent("create", "TenantDatabase", "pool-2"),
      ...["Project", "Settings", "OrchestraDatabase"].map((kind) => stepEvent("create", kind, "pool-2")),
      ...["Orchestra", "DnsRecord", "OrchestraRegistration"].map((kind) => stepEvent("create", kind, "malmo")),
      stepEvent("update", "OrchestraDatabase", "pool-1", {
        old: { migrations: {} },
        new: {
          migrations: { "0012_nickname.sql": "b" },
          owner: { orchestra: "malmo" },
          seeds: "c",
        },
      }),
    ];
    const changes = changesOf(events, planOf({ malmo: { database: "pool-1" } }, { spares: 1 }));
    expect(changes.pool).toEqual({
      before: 1,
      after: 2,
      made: ["pool-2"],
      deleted: [],
      claimed: [{ name: "pool-1", orchestra: "malmo" }],
      state: { claimed: 1, free: 1, retired: 0 },
    });
    expect(changes.migrations).toMatchObject([{ file: "0012_nickname.sql", orchestras: [], spares: ["pool-1"] }]);
    expect(changes.texts).toEqual([]);
    expect(changes.other).toEqual([]);
  });

  it("of a new name leaves the database the orchestra's: it is no claim, and its migrations are the orchestra's", () => {
    const owner = { orchestra: "malmo", name: "Malmö" };
    const old = { migrations: {}, owner };
    const after = { migrations: { "0012_nickname.sql": "b" }, owner: { ...owner, name: "Malmö Nya" }, seeds: "c" };
    const events = [stepEvent("update", "OrchestraDatabase", "malmo", { old, new: after })];
    const changes = changesOf(events, planOf({ malmo: { name: "Malmö Nya" } }));
    expect(changes.migrations).toMatchObject([{ orchestras: ["malmo"], spares: [] }]);
    expect(changes.texts).toEqual(["malmo"]);
  });

  it("of an edit tells which of name, address, contact and date, from what to what where the file of before is known", () => {
    const [before, after] = [planOf({ malmo: {} }), planOf({ malmo: { name: "Malmö Nya", subdomain: "skane" } })];
    const events = [
      rowUpdate({ name: "x", subdomain: "x", contactEmail: "x" }, { name: "y", subdomain: "y", contactEmail: "y" }),
      stepEvent("update", "DnsRecord", "malmo", { diff: ["name"] }),
    ];
    const changes = changesOf(events, after, { before });
    expect(changes.orchestras[0]!.details).toEqual([
      { what: "name", from: "malmo Symfoniorkester", to: "Malmö Nya" },
      { what: "address", from: "malmo.stagesub.com", to: "skane.stagesub.com" },
      { what: "contact" },
    ]);
    expect(changes.dns).toMatchObject([{ kind: "moved", from: "malmo.stagesub.com", host: "skane.stagesub.com" }]);
    expect(changes.warnings.map(({ text }) => text)).toEqual([
      "malmo moves to skane.stagesub.com; malmo.stagesub.com stops working.",
    ]);
    expect(changesOf(events, after).orchestras[0]!.details[0]).toEqual({ what: "name", to: "Malmö Nya" });
  });

  it.each([
    ["suspended", { state: "suspended" }, [rowUpdate({ status: "Active" }, { status: "Suspended" })]],
    ["opened", {}, [rowUpdate({ status: "Suspended" }, { status: "Active" })]],
    ["retired", { state: "retired" }, retirementOf("malmo")],
    [
      "released",
      { state: "retired", protect: false },
      [stepEvent("update", "OrchestraRetirement", "malmo", { new: { released: true } })],
    ],
    ["resumed", {}, [stepEvent("delete", "OrchestraRetirement", "malmo"), stepEvent("create", "Settings", "malmo")]],
  ])("knows an orchestra that is %s", (kind, entry, events) => {
    const changes = changesOfMalmo(events, {}, entry);
    expect(changes.orchestras).toMatchObject([{ id: "malmo", kind, details: [] }]);
    expect(changes.other).toEqual([]);
  });

  it("counts the project of a retired orchestra as paused: it costs nothing from then on", () => {
    const changes = changesOf(
      [stepEvent("same", "Project", "malmo"), ...retirementOf("malmo")],
      planOf({ malmo: { state: "retired" } }),
    );
    expect(changes.cost).toMatchObject({ before: 10, after: 0 });
  });

  it("counts another size in each project, from the stack file of before; where that is not known it says so", () => {
    const events = [
      stepEvent("update", "Project", "malmo", { diff: ["instanceSize"] }),
      stepEvent("update", "Project", "gavle", { diff: ["instanceSize"] }),
    ];
    const entries = { malmo: {}, gavle: {} };
    const after = planOf(entries, { size: "small" });
    expect(changesOf(events, after, { before: planOf(entries) }).cost).toMatchObject({ before: 20, after: 30 });
    expect(changesOf(events, after).cost).toMatchObject({
      before: null,
      after: 30,
      size: { before: null, after: "small" },
    });
  });

  it("warns of every database that goes or is replaced, and that a protected one will not", () => {
    const events = [
      stepEvent("delete", "Project", "malmo", { protect: true }),
      stepEvent("delete", "OrchestraDatabase", "malmo", { protect: true }),
      stepEvent("create-replacement", "Project", "gavle"),
      stepEvent("replace", "Project", "gavle"),
      stepEvent("delete-replaced", "Project", "gavle"),
      stepEvent("same", "OrchestraDatabase", "vasteras", { protect: true, protectAfter: false }),
    ];
    const { warnings, exitCode } = changesOf(events, planOf({ gavle: {}, vasteras: {} }));
    expect(warnings.map(({ text }) => text)).toEqual([
      "malmo: its database is deleted, and all its data is lost. It is protected, so `pulumi up` will refuse.",
      "gavle: its database is replaced by an empty one, and all its data is lost.",
      "vasteras: Pulumi would no longer refuse to delete it (OrchestraDatabase).",
    ]);
    expect(exitCode).toBe(7);
  });

  it("leaves no change without a word", () => {
    const events = [
      stepEvent("update", "Settings", "malmo", { diff: ["network"] }),
      stepEvent("update", "Settings", "gavle", { diff: ["network"] }),
      stepEvent("update", "OrchestraDatabase", "malmo", { old: { connection: "a" }, new: { connection: "b" } }),
      stepEvent("create", "SomethingNew", "malmo"),
      stepEvent("delete", "SomethingOld", "malmo"),
    ];
    expect(changesOf(events, planOf({ malmo: {}, gavle: {} })).other).toEqual([
      { op: "update", kind: "Settings", properties: ["network"], names: ["gavle", "malmo"] },
      { op: "update", kind: "OrchestraDatabase", properties: ["connection"], names: ["malmo"] },
      { op: "create", kind: "SomethingNew", properties: [], names: ["malmo"] },
      { op: "delete", kind: "SomethingOld", properties: [], names: ["malmo"] },
    ]);
  });

  it("tells of new passwords, edited texts and what a refresh has found by whose they are", () => {
    const events = [
      stepEvent("update", "OrchestraDatabase", "malmo", { old: { appRoleVersion: 1 }, new: { appRoleVersion: 2 } }),
      stepEvent("update", "OrchestraDatabase", "gavle", {
        old: { seeds: "a", drift: ["what was found"] },
        new: { seeds: "b" },
      }),
    ];
    const changes = changesOf(events, planOf({ malmo: {}, gavle: {} }));
    expect(changes.rotations).toEqual(["malmo"]);
    expect(changes.texts).toEqual(["gavle"]);
    expect(changes.repairs).toEqual(["gavle"]);
  });

  it("carries over what the program warns of, once for all whom it concerns", () => {
    const warn = (id: string) => ({
      diagnosticEvent: {
        severity: "warning",
        message: `${id} is retired: the name ${id}.stagesub.com is taken away. [orchestra-retired ${id} pool-${id.length}]\n`,
      },
    });
    const debug = { diagnosticEvent: { severity: "debug", message: "an answer of the engine with a secret in it" } };
    const changes = changesOf(
      [debug, warn("gavle"), warn("malmo"), warn("vasteras")],
      planOf({ gavle: {}, malmo: {}, vasteras: {} }),
    );
    expect(changes.warnings).toEqual([
      {
        text: "gavle is retired: the name gavle.stagesub.com is taken away.",
        alsoFor: ["malmo", "vasteras"],
        code: "orchestra-retired",
      },
    ]);
    expect(changes.notes).toEqual([]);
  });

  it("reads code and values of whatever the program says behind its text, and takes nothing else for them", () => {
    const said = { code: "project-adopted" as const, values: ["pool-1", "a".repeat(20)], text: "Adopted [as it is]" };
    expect(readMark(formatNotice(said))).toEqual(said);
    const error = new UserError("pool-full", "Full\n- twice");
    expect(readMark(error.text)).toEqual({ code: error.code, values: [], text: error.message });
    for (const text of ["Expected [a-b]", "[pool-full] first", "in [pool-full x] of it", "[constructor]"])
      expect(readMark(text)).toEqual({ text, values: [] });
  });

  it.each([
    ["a stack file", "stack-file", 'The stack file of "production" has 1 problem; nothing was created or changed.', 2],
    ["a plan", "pool-full", "No databases available in pool: stagesub:pool.max is 0", 1],
  ])("of a preview that was refused for %s gives the reason and its exit code", (_what, code, message, exitCode) => {
    const error = { diagnosticEvent: { severity: "error", message: `<{%fg 1%}>${message} [${code}]<{%reset%}>\n` } };
    const changes = changesOfMalmo([error], { code: 1 });
    expect(changes).toMatchObject({ verdict: "failed", exitCode, refusals: [{ text: message, code }] });
  });

  it("of a preview that came to nothing gives what Pulumi said", () => {
    const changes = changesOfMalmo([], {
      code: 6,
      stderr: "error: no stack named 'production' found",
    });
    expect(changes).toMatchObject({ exitCode: 1, refusals: [{ text: "no stack named 'production' found" }] });
  });

  it("is refused with 5 by a mandatory policy, and warned by another", () => {
    const violation = (enforcementLevel: string, name = "malmo") => ({
      policyEvent: {
        policyName: "allowed-region",
        enforcementLevel,
        message: `Projects are in the EU.\nexpected a region of the EU for ${name}, got us-east-1`,
        resourceUrn: `urn:pulumi:production::stagesub::supabase:index/project:Project::${name}`,
      },
    });
    const changes = changesOfMalmo([violation("mandatory")], { code: 1 });
    expect(changes).toMatchObject({ verdict: "refused", exitCode: 5, refusals: [] });
    expect(renderMarkdown(changes)).toContain(
      "Project malmo: expected a region of the EU for malmo, got us-east-1 (rule allowed-region",
    );
    const sixty = Array.from({ length: 60 }, (_, number) => violation("mandatory", `malmo-${number}`));
    const text = renderMarkdown(changesOf(sixty, planOf({ malmo: {} }), { code: 1 }));
    expect(text.match(/got us-east-1/g)).toHaveLength(2);
    expect(text).toContain("The same for ");
    expect(text).toContain("and 53 more");
    expect(changesOfMalmo([violation("advisory")]).exitCode).toBe(0);
  });

  it("is refused with 5 by a statement that destroys, unless the file accepts it", async () => {
    const judge = async (sql: string) => {
      const dangers = await findDangers([{ file: "0012_nickname.sql", up: sql, upLine: 1 }]);
      return changesOfMalmo(migrationOf("malmo"), { orchestraFolder: { files: [], dangers } });
    };
    const refused = await judge('-- Up Migration\nTRUNCATE "User";\n');
    expect(refused).toMatchObject({ verdict: "refused", exitCode: 5 });
    expect(refused.migrations[0]!.dangers).toMatchObject([{ line: 2, rule: "delete-rows", refused: true }]);
    const orchestraFolder = { files: [], dangers: refused.migrations[0]!.dangers };
    const error = (message: string) => ({
      diagnosticEvent: { message: `<{%reset%}>${message}<{%reset%}>\n`, severity: "error" },
    });
    const events = [...migrationOf("malmo"), error("Refusing these. [dangerous-sql]"), error("Something else.")];
    const { refusals } = changesOfMalmo(events, { orchestraFolder, code: 1 });
    expect(refusals, "the program's own refusal says the same").toEqual([{ text: "Something else.", alsoFor: [] }]);
    const accepted = await judge(
      '-- Up Migration\n-- accept: delete-rows: the table is empty everywhere\nTRUNCATE "User";\n',
    );
    expect(accepted.exitCode).toBe(7);
    expect(renderMarkdown(accepted)).toContain("Accepted in the file: the table is empty everywhere");
  });

  it("adds up the rows that a statement meets, and names the databases that add none", () => {
    const counts = {
      malmo: { users: { kind: "counted" as const, rows: 300 } },
      gavle: { users: { kind: "estimated" as const, rows: 20 } },
      lund: { users: { kind: "unknown" as const } },
      umea: { users: { kind: "absent" as const } },
      vaxjo: undefined,
    };
    expect(formatRows(sumRows("users", Object.keys(counts), counts))).toBe(
      " Affects about 320 rows across 2 databases, most in malmo: 300. The number of rows is unknown in lund. 1 database could not be reached.",
    );
    expect(formatRows(sumRows("users", ["lund"], counts))).toBe(" The number of rows is unknown in lund.");
  });

  it("is refused with 5 where the review refuses a new migration, and shows what each did; without a base to compare with it warns", () => {
    const changes = changesOfMalmo(migrationOf("malmo"));
    const review = {
      base: { ref: "main", commit: "a", mergeBase: "a" },
      files: [
        {
          folder: "orchestra" as const,
          file: "0012_nickname.sql",
          down: { kind: "sql" as const },
          transaction: true,
          emptyMs: 3,
          onData: {
            ms: 1_700,
            locks: [{ table: 'public."User"', mode: "ACCESS EXCLUSIVE" as const, stops: "nobody reads or writes it" }],
            rewritten: [{ table: 'public."User"', rows: 1_000, left: 1_000 }],
            dropped: [],
            changed: [],
          },
        },
      ],
      problems: [],
      dangers: [],
      data: [{ folder: "orchestra" as const, table: 'public."User"', rows: 1_000 }],
    };
    const shown = renderMarkdown(addReview(changes, review));
    expect(shown).toContain("`0012_nickname.sql` took 2 seconds. Its down migration ran too.");
    expect(shown).toContain('locks public."User" (ACCESS EXCLUSIVE): nobody reads or writes it.');
    expect(shown).toContain('rewrites public."User": 1,000 rows, under a lock.');
    const problem = {
      folder: "orchestra" as const,
      file: "0012_nickname.sql",
      rule: "no-down" as const,
      says: "No down migration.",
      instead: "Write one.",
    };
    const refused = addReview(changes, { ...review, problems: [problem] });
    expect(refused).toMatchObject({ verdict: "refused", exitCode: 5 });
    expect(renderMarkdown(refused)).toContain("> - 0012\\_nickname.sql: No down migration. Write one.");
    expect(addReview(changes, new UserError("base-unreadable", "no such base"))).toMatchObject({
      exitCode: 7,
      warnings: [{ text: "The new migrations were not reviewed: no such base" }],
    });
  });

  it("holds no value of the state, whatever form it is shown in", () => {
    const canary = (name: string) => `canary-${name}-Zq8h2LkV9s`;
    const kinds = names(
      "OrchestraDatabase OrchestraRegistration Project Settings DnsRecord OrchestraRetirement RegistryDatabase",
    );
    const keys = names(
      "connection owner migrations seeds versions status name subdomain contactName databaseUrl drift appPassword instanceSize content released",
    );
    const values = (which: string): Record<string, unknown> =>
      Object.fromEntries(
        keys.flatMap((key): [string, unknown][] => [
          [key, canary(`${which}-${key}`)],
          [`${key}Map`, { inner: canary(`${which}-${key}-inner`), list: [canary(which)] }],
        ]),
      );
    const events = names("same create update delete replace import").flatMap((op) =>
      kinds.map((kind) => stepEvent(op, kind, "malmo", { old: values("old"), new: values("new") })),
    );
    const changes = changesOfMalmo(events);
    const shown = [JSON.stringify(changes), renderMarkdown(changes), renderText(changes)].join("\n");
    expect(changes.other.length).toBeGreaterThan(5);
    const secrets = ["old", "new"].flatMap((which) =>
      keys.map((key) => [`${which} ${key}`, canary(`${which}-${key}`)] as const),
    );
    expect(findLeaks(shown, Object.fromEntries(secrets))).toEqual([]);
    expect(shown).not.toContain("Zq8h2LkV9s");
  });
});
