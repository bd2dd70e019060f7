import { describe, expect, it } from "vitest";

import { type Connection, parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { type StateResource, useEngine } from "../support/engine.ts";
import { loseState, readWhatStands } from "../support/loseState.ts";

/**
 * The real `pulumi` over the shipped program and a part of the shipped stack file, on a local cloud of its own; the whole of it
 * is what `./stagesub demo` provisions. The steps build on each other, as a week of work does. Each SQL rule is test/unit/rules' affair. It does not prove what Supabase, Cloudflare and the official providers really do.
 */
describe("pulumi on the local stack", () => {
  const engine = useEngine({ orchestras: ["malmo", "vasteras"], spares: 1 });
  const stackFile = "stacks/Pulumi.local.yaml";

  const tidy = "migrations/orchestra/0099_tidy.sql";

  /** Returns each version that a database of the stack is at. */
  const versions = async () => {
    const databases = (await engine.state()).filter(({ type }) => type.endsWith(":OrchestraDatabase"));
    return [...new Set(databases.map(({ outputs }) => Object.keys(outputs["migrations"] as object).at(-1)!))];
  };
  const migratorOf = async (key: string): Promise<Connection> => {
    const { migrators } = await engine.outputs<Outputs>();
    return parseConnectionUrl(migrators[key]!);
  };

  it("provisions every orchestra of the stack file", async () => {
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    const { orchestras, pool } = await engine.outputs<Outputs>();
    expect(Object.keys(orchestras)).toEqual(["malmo", "vasteras"]);
    expect(Object.values(orchestras).map(({ status }) => status)).toEqual(["Active", "Active"]);
    expect(pool).toEqual({ "pool-1": "vasteras", "pool-2": "free" });
  });

  it("keeps at most seven resources and 12 KB of state for an orchestra", async () => {
    const resources = (await engine.state()).filter(({ urn }) => urn.endsWith("::malmo"));
    const stack = (await engine.state()).find(({ type }) => type === "pulumi:pulumi:Stack")!;
    const outputs = Object.values(stack.outputs).map((all) => (all as Record<string, unknown>)["malmo"]);
    expect(resources).toHaveLength(7);
    expect(Buffer.byteLength(JSON.stringify([...resources, ...outputs]))).toBeLessThanOrEqual(12 * 1024);
  });

  it("finds everything again once its state is lost: nothing is made twice, and no data changes", async () => {
    const before = await readWhatStands(engine);
    await loseState(engine);
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    expect(await readWhatStands(engine)).toEqual(before);
  });

  it("changes nothing and sees no drift when it is run again, also when a provider's source has changed, and loads no SQL parser", async () => {
    const parser = "infra/database/migrations/rules/parseFile.ts";
    const text = await engine.checkout.read(parser);
    await engine.checkout.write(parser, `throw new Error("loaded");\n${text}`);
    const provider = "infra/resources/lifecycle.ts";
    await engine.checkout.write(provider, `// Edited.\n${await engine.checkout.read(provider)}`);
    const { code, output } = await engine.up("--refresh", "--expect-no-changes");
    await engine.checkout.write(parser, text);
    expect(code, output).toBe(0);
  });

  it("shows what was changed by hand as drift, in the main database and inside an orchestra's, and puts it right", async () => {
    const { connections } = await engine.outputs<Outputs>();
    const app = parseConnectionUrl(connections["malmo"]!);
    const owner = await migratorOf("malmo");
    const registry = parseConnectionUrl(engine.env["DATABASE_URL"]!);
    const rename = `UPDATE "Orchestra" SET "name" = 'Någon annan' WHERE "subdomain" = 'malmo'`;
    await withClient(registry, (client) => client.query(rename));
    await withClient(owner, (client) => client.query('GRANT SELECT ON "User" TO anon'));
    await withClient(owner, (client) => client.query(`DELETE FROM "EmailTemplate" WHERE "language"::text = 'en'`));

    const drift = await engine.pulumi("refresh", "--preview-only", "--diff");
    expect(drift.output).toContain("Någon annan");
    expect(drift.output).toContain("missing: EmailTemplate welcome.en");
    expect(drift.output).toMatch(/rights: REVOKE .*anon/);
    const shown = drift.output
      .split("\n")
      .filter((line) => /^ +[-+~] \w/.test(line) && !/ (pulumi|cloudflare|supabase):|-nodejs:/.test(line));
    expect(shown.map((line) => /\w+/.exec(line)![0])).toEqual(
      expect.not.arrayContaining(["backup", "database", "stack"]),
    );

    const { code, output } = await engine.up("--refresh");
    expect(code, output).toBe(0);
    const names = await withClient(registry, (client) =>
      client.query(`SELECT "name" FROM "Orchestra" WHERE "subdomain" = 'malmo'`),
    );
    expect(names.rows).toEqual([{ name: "Malmö Symfoniorkester" }]);
    const templates = await withClient(app, (client) => client.query('SELECT 1 FROM "EmailTemplate"'));
    expect(templates.rowCount).toBe(16);
    const anon = await withClient(owner, (client) =>
      client.query(`SELECT has_table_privilege('anon', '"User"', 'SELECT') AS may`),
    );
    expect(anon.rows).toEqual([{ may: false }]);
  });

  it("adds an orchestra of six lines, and another that claims a pool database in place with a new spare in the same plan: exactly their own resources", async () => {
    const before = await engine.state();
    const claim = sixLines("orebro", "Svenska Kammarorkestern").replace(/\n$/, "\n      database: pool-2\n");
    const umea = sixLines("umea", "NorrlandsOperans symfoniorkester");
    await engine.checkout.edit(stackFile, "    vasteras:\n", `${claim}${umea}    vasteras:\n`);
    const preview = (await engine.preview()).filter(({ op }) => op !== "read");
    expect(preview.map(({ op, what }) => `${op} ${what}`).sort()).toEqual([
      "create DnsRecord orebro",
      "create DnsRecord umea",
      "create Orchestra orebro",
      "create Orchestra umea",
      "create OrchestraDatabase pool-3",
      "create OrchestraDatabase umea",
      "create OrchestraRegistration orebro",
      "create OrchestraRegistration umea",
      "create Project pool-3",
      "create Project umea",
      "create Settings pool-3",
      "create Settings umea",
      "create TenantDatabase pool-3",
      "create TenantDatabase umea",
      "update OrchestraDatabase pool-2",
    ]);
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    const created = preview.filter(({ op }) => op === "create").map(({ what }) => what);
    expect(newResources(before, await engine.state()).sort()).toEqual(created.sort());
    const { pool } = await engine.outputs<Outputs>();
    expect(pool).toEqual({ "pool-1": "vasteras", "pool-2": "orebro", "pool-3": "free" });
  });

  it("fails the preview of a migration that deletes rows, which names it once per database all the same, with file, line, effect and how to accept it", async () => {
    await engine.checkout.write(tidy, tidying(""));
    const { code, output } = await engine.pulumi("preview", "--diff");
    expect(code).not.toBe(0);
    expect(output).toContain('migrations/orchestra/0099_tidy.sql:3: TRUNCATE "AuditLog"');
    expect(output).toContain('Deletes rows of public."AuditLog"');
    expect(output).toContain("-- accept: delete-rows: <reason>");
    const databases = (await engine.state()).filter(({ type }) => type.endsWith(":OrchestraDatabase"));
    expect(output.match(/\+ 0099_tidy\.sql/g)).toHaveLength(databases.length);
  });

  it("stops `up` before that migration changes anything, also without a preview", async () => {
    const before = await versions();
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toContain("Nothing was created or changed.");
    expect(await versions()).toEqual(before);
    expect(before).toHaveLength(1);
  });

  it("stops a failing migration at the canary; a plain rerun of the mended one reaches all, after the one that accepts what it deletes", async () => {
    const before = await versions();
    await engine.checkout.write(tidy, tidying("-- accept: delete-rows: test data of the first week\n"));
    const file = "migrations/orchestra/0100_broken.sql";
    const adding = (table: string) =>
      `-- Up Migration\nALTER TABLE "${table}" ADD COLUMN "x" TEXT;\n\n-- Down Migration\nALTER TABLE "${table}" DROP COLUMN "x";\n`;
    await engine.checkout.write(file, adding("Musicians"));
    const failed = await engine.up();
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/0100_broken\.sql:2/);
    expect(failed.output).toContain("Stopped: the canary malmo failed");
    expect(failed.output).not.toMatch(/^\s+at .*\.ts:\d+/m);
    expect(await versions()).toEqual(before);
    await engine.checkout.write(file, adding("Musician"));
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    expect(await versions()).toEqual(["0100_broken.sql"]);
  });

  it("refuses one changed byte in an applied migration, by name, at preview", async () => {
    await engine.checkout.edit(tidy, "nickname", "nickName");
    const { code, output } = await engine.pulumi("preview");
    await engine.checkout.edit(tidy, "nickName", "nickname");
    expect(code).not.toBe(0);
    expect(output).toContain("0099_tidy.sql was edited after it was applied");
  });

  it("destroys a stack whose file lifts the protection, and leaves nothing behind", async () => {
    await engine.liftProtection();
    expect((await engine.up()).code).toBe(0);
    const { code, output } = await engine.pulumi("destroy", "--yes");
    expect(code, output).toBe(0);
    expect((await engine.state()).filter(({ type }) => type !== "pulumi:pulumi:Stack")).toEqual([]);
  });
});

interface Outputs {
  orchestras: Record<string, { url: string; status: string }>;
  pool: Record<string, string>;
  administrators: Record<string, { email: string; oneTimePassword: string }>;
  connections: Record<string, string>;
  migrators: Record<string, string>;
}

function sixLines(id: string, name: string): string {
  return `    ${id}:
      name: ${name}
      contact:
        name: Orkesterkontoret
        email: ${id}@example.se
      since: "2026-11-22"
`;
}

/** @param accept the comment that accepts what it deletes */
function tidying(accept: string): string {
  return `-- Up Migration
ALTER TABLE "Musician" ADD COLUMN "nickname" TEXT;
${accept}TRUNCATE "AuditLog";

-- Down Migration
ALTER TABLE "Musician" DROP COLUMN "nickname";
`;
}

function newResources(before: StateResource[], after: StateResource[]): string[] {
  const known = new Set(before.map(({ urn }) => urn));
  const added = after.filter(({ urn }) => !known.has(urn));
  return added.map(({ type, urn }) => `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`);
}
