import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { UserError } from "../../../infra/errors.ts";
import type { OrchestraRow } from "../../../infra/database/registry/orchestraRows.ts";
import { insertStandIns } from "../../../scripts/adopt/encryptAdopted.ts";
import { changeStackFile } from "../../../scripts/stack/changeStackFile.ts";
import { printable } from "../../../scripts/cli/reportError.ts";
import { proposeEntry, type RowValues } from "../../../scripts/adopt/proposeEntry.ts";
import { nameVariables } from "../../../scripts/orchestra/adoptPool.ts";
import { completeEntry, nameOrigins } from "../../../scripts/orchestra/import.ts";
import { addOrchestra } from "../../../scripts/stack/editStackFile.ts";
import { suggestId } from "../../../scripts/stack/suggestId.ts";
import { root } from "../../support/checkout.ts";
import { runStagesub } from "../../support/runStagesub.ts";

const url = "postgresql://u:h3mlig@db.example.se:5432/d";
const logins = [
  url,
  `Kontoret ${url}`,
  "u:h3mlig@db.example.se",
  "https://u:h3mlig@x.se",
  "postgres:h3mlig",
  `"${url}"`,
];

/** `local` is read and never written. */
const refusalOf = (change: (text: string) => string, optionOf: (path: string) => string | undefined) =>
  changeStackFile("local", change, { dryRun: true, optionOf }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof UserError) return error.message;
      throw error;
    },
  );

describe("a connection URL in a wrong place", () => {
  it.each(logins)("becomes no id: %s", (text) => {
    expect(suggestId(text, new Set())).toBe("unnamed");
  });

  it.each([
    ["Cannot read postgresql://u:h3mlig@h/d: ENOENT", "Cannot read (a URL, not shown) ENOENT"],
    ["got 'postgres://u:h3 m@lig@h:5432/d?x=1', expected", "got '(a URL, not shown)', expected"],
    [
      "prisma+postgres://u:h3mlig@h/d and https://a.se (kontoret@a.se)",
      "(a URL, not shown) and https://a.se (kontoret@a.se)",
    ],
    ["See https://supabase.com/docs/x. Ask a@b.se", "See https://supabase.com/docs/x. Ask a@b.se"],
    ["\u001b[31mred\u001b[0m \u202e\u2028x\ny", "red \\u{202e}\\u{2028}x\ny"],
  ])("is covered in whatever a command prints of an error: %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(text)).not.toMatch(/h3|lig/);
  });

  it("is refused by `add`, which shows nothing of it and writes nothing", { timeout: 60_000 }, async () => {
    const before = await readFile(path.join(root, "stacks/Pulumi.local.yaml"), "utf8");
    const calls = [
      ["add", "--name", url, "--contact", logins[2]!, "--email", "postgresql://u:h3mlig", "-s", "local"],
      ["add", "--name", "X", "--contact", "Y", "--email", "a@b.se", "--subdomain", url, "--id", url, "-s", "local"],
      ["suspend", url, "-s", "local"],
      ["adopt-pool", "--env", url, "-s", "local"],
      [url],
    ];
    const runs = await Promise.all(calls.map((call) => runStagesub(root, call, { PULUMI_STACK: "" })));
    for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toMatch(/h3mlig|^ {4}at /m);
    expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 1, 2]);
    for (const option of ["--name", "--contact", "--email"])
      expect(runs[0]!.stderr).toContain(`Expected ${option} to be`);
    expect(await readFile(path.join(root, "stacks/Pulumi.local.yaml"), "utf8")).toBe(before);
  });
});

describe("a row that is imported", () => {
  const columns: Record<string, keyof OrchestraRow> = {
    '"name"': "name",
    '"contactName"': "contactName",
    '"contactEmail"': "contactEmail",
    '"setupDate"': "setupDate",
  };
  const row: OrchestraRow = {
    ...{ id: "1", name: "Borås", subdomain: "boras", databaseUrl: null, status: "Active", contactName: "Bo" },
    ...{ contactEmail: "bo@example.se", setupDate: "2025-01-01", key: null, registration: null },
  };
  const hostile = [
    ...logins,
    "a\nb",
    "\0",
    "\u001b[2J",
    "\u202eabc",
    "x".repeat(3000),
    "\u2028",
    " ",
    "{{x}}: *a",
    "2026-02-30",
  ];

  const importRow = async (change: Partial<OrchestraRow>, given: RowValues = {}) => {
    const proposal = proposeEntry({ ...row, ...change }, { kind: "none" }, { taken: new Set(), pool: [] });
    const entry = await completeEntry(proposal, given, false);
    return { proposal, message: await refusalOf((text) => addOrchestra(text, entry), nameOrigins(proposal)) };
  };

  it("is refused by its column's name, whatever stands in it, or read back as it is", { timeout: 60_000 }, async () => {
    const refused: string[] = [];
    for (const [name, column] of Object.entries(columns))
      for (const value of hostile) {
        const { message } = await importRow({ [column]: value });
        if (message === undefined) continue;
        refused.push(name);
        expect(message).toMatch(`Expected ${name} in the row of boras to be `);
        expect(printable(message)).not.toMatch(/h3mlig|Pulumi\.local\.yaml:/);
      }
    expect([...new Set(refused)]).toEqual(Object.keys(columns));
  });

  it("is refused by the option that stands in for an empty column", async () => {
    const { message } = await importRow({ name: null, contactEmail: "" }, { name: url, email: "nobody" });
    expect(message).toMatch(/^Expected --name to be .*not shown/);
    expect(message).toMatch(/^Expected --email to be an e-mail address, got "nobody"/m);
    expect(message).not.toContain("h3mlig");
  });

  it.each(["a\nb", url, "\u001b[2J", "x".repeat(300), "Borås!", ""])(
    "names a hostile subdomain safely: %j",
    async (subdomain) => {
      const { proposal, message } = await importRow({ subdomain });
      const label = nameOrigins(proposal)(`stagesub:orchestras.${proposal.id}.name`) ?? "";
      expect(label + String(message)).not.toContain("h3mlig");
      expect(label).not.toMatch(/\p{Cc}/u);
      expect(proposal.problems.length + (message === undefined ? 0 : 1)).toBeGreaterThan(0);
    },
  );
});

describe("a pool database that is adopted", () => {
  const chosen = ["pool-4", "pool-40", "pool-99"].map((key) => ({
    key,
    variable: `DATABASE_URL_POOL_${key.slice("pool-".length)}`,
  }));

  it.each([
    ["stagesub:adopted.pool-4", "DATABASE_URL_POOL_4"],
    ["stagesub:adopted.pool-4.url", "DATABASE_URL_POOL_4"],
    ["stagesub:adopted.pool-40.direct", "DATABASE_URL_POOL_40"],
    ["stagesub:adopted.pool-400.url", undefined],
    ["stagesub:adopted", undefined],
    ["stagesub:orchestras.pool-4", undefined],
  ])("is named by its variable: %s", (place, variable) => {
    expect(nameVariables(chosen)(place)).toBe(variable);
  });

  it("is refused by its variable where the file has no room for it", async () => {
    expect(await refusalOf(insertStandIns(["pool-99"]), nameVariables(chosen))).toMatch(
      /^Expected DATABASE_URL_POOL_99 to be /,
    );
  });
});
