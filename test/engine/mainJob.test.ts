import { describe, expect, it } from "vitest";

import { type Connection, parseConnectionUrl, withClient } from "../../infra/database/connection.ts";
import { type StateResource, useEngine } from "../support/engine.ts";

/**
 * The real `pulumi` over the shipped program and a part of the shipped stack file, on a local cloud of its own; the whole of it
 * is what `npm run demo` provisions. The steps build on each other, as a week of work does. It does not prove what Supabase, Cloudflare and the official providers really do.
 */
describe("pulumi on the local stack", () => {
  const engine = useEngine({ orchestras: ["gavle", "malmo", "vasteras"], spares: 2 });
  const stackFile = "stacks/Pulumi.local.yaml";

  const migratorOf = async (key: string): Promise<Connection> => {
    const state = await engine.state("--show-secrets");
    const { inputs } = state.find(({ type, urn }) => type.endsWith(":OrchestraDatabase") && urn.endsWith(`::${key}`))!;
    return JSON.parse((inputs["connection"] as { plaintext: string }).plaintext) as Connection;
  };

  it("provisions every orchestra of the stack file", async () => {
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    const { orchestras, pool } = await engine.outputs<Outputs>();
    expect(Object.keys(orchestras)).toEqual(["gavle", "malmo", "vasteras"]);
    expect(Object.values(orchestras).map(({ status }) => status)).toEqual(Array(3).fill("Active"));
    expect(pool).toEqual({ "pool-1": "vasteras", "pool-2": "spare", "pool-3": "spare" });
  });

  it("lets each orchestra be found, opened and signed in to under its own name", async () => {
    const { code, stdout } = await engine.orchestra("verify", "--wait", "0", "--json");
    const { orchestras } = JSON.parse(stdout) as { orchestras: { id: string; ok: boolean; checks: object }[] };
    expect(orchestras.filter(({ ok }) => !ok)).toEqual([]);
    expect(orchestras).toHaveLength(3);
    expect(code).toBe(0);
  });

  it("changes nothing and sees no drift when it is run again, also when a provider's source has changed", async () => {
    await engine.checkout.edit(
      "infra/providers/lifecycle.ts",
      "/** Pulumi's provider methods",
      "/** Edited. Pulumi's methods",
    );
    const { code, output } = await engine.up("--refresh", "--expect-no-changes");
    expect(code, output).toBe(0);
  });

  it("keeps under 1 KB of provider code in each dynamic resource, and no secret in it", async () => {
    const dynamic = (await engine.state()).filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
    expect(dynamic.length).toBeGreaterThan(15);
    for (const { urn, inputs } of dynamic) {
      const provider = inputs["__provider"] as string;
      expect(provider.length, urn).toBeLessThan(1024);
      expect(provider, urn).not.toMatch(/postgres|password:|sbp_/i);
    }
  });

  it("shows what was changed by hand as drift, in the main database and inside an orchestra's, and puts it right", async () => {
    const { connections } = await engine.outputs<Outputs>();
    const app = parseConnectionUrl(connections["gavle"]!);
    const owner = await migratorOf("gavle");
    const registry = parseConnectionUrl(engine.env["DATABASE_URL"]!);
    const rename = `UPDATE "Orchestra" SET "name" = 'Någon annan' WHERE "subdomain" = 'gavle'`;
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
      client.query(`SELECT "name" FROM "Orchestra" WHERE "subdomain" = 'gavle'`),
    );
    expect(names.rows).toEqual([{ name: "Gävle Symfoniorkester" }]);
    const templates = await withClient(app, (client) => client.query('SELECT 1 FROM "EmailTemplate"'));
    expect(templates.rowCount).toBe(16);
    const anon = await withClient(owner, (client) =>
      client.query(`SELECT has_table_privilege('anon', '"User"', 'SELECT') AS may`),
    );
    expect(anon.rows).toEqual([{ may: false }]);
  });

  it("adds an orchestra of six lines: exactly its own resources", async () => {
    const before = await engine.state();
    await engine.checkout.edit(
      stackFile,
      "    vasteras:\n",
      `${sixLines("umea", "NorrlandsOperans symfoniorkester")}    vasteras:\n`,
    );
    const preview = await engine.preview();
    expect(preview.every(({ op }) => op === "create" || op === "read")).toBe(true);
    expect(preview.map(({ what }) => what).sort()).toEqual([
      "DnsRecord umea",
      "Orchestra umea",
      "OrchestraDatabase umea",
      "OrchestraName umea",
      "OrchestraRegistration umea",
      "Passwords umea",
      "Passwords umea-administrator",
      "Project umea",
      "ProjectAccess umea",
      "Settings umea",
      "TenantDatabase umea",
    ]);
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    const added = newResources(before, await engine.state());
    expect(added.sort()).toEqual(preview.map(({ what }) => what).sort());
  });

  it("claims a pool database in place, and makes one new spare in the same plan", async () => {
    const before = await engine.state();
    const claim = sixLines("orebro", "Svenska Kammarorkestern").replace(/\n$/, "\n      database: pool-2\n");
    await engine.checkout.edit(stackFile, "    vasteras:\n", `${claim}    vasteras:\n`);
    const preview = await engine.preview();
    expect(preview.map(({ op, what }) => `${op} ${what}`).sort()).toEqual([
      "create DnsRecord orebro",
      "create Orchestra orebro",
      "create OrchestraDatabase pool-4",
      "create OrchestraName orebro",
      "create OrchestraRegistration orebro",
      "create Passwords orebro-administrator",
      "create Passwords pool-4",
      "create Project pool-4",
      "create ProjectAccess pool-4",
      "create Settings pool-4",
      "create TenantDatabase pool-4",
      "update OrchestraDatabase pool-2",
    ]);
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    expect(newResources(before, await engine.state())).toHaveLength(11);
    const { pool } = await engine.outputs<Outputs>();
    expect(pool).toEqual({ "pool-1": "vasteras", "pool-2": "orebro", "pool-3": "spare", "pool-4": "spare" });
  });

  it("refuses to give a claimed database back to the pool", async () => {
    const text = await engine.checkout.read(stackFile);
    await engine.checkout.write(stackFile, text.replace("      database: pool-2\n", ""));
    const { code, output } = await engine.pulumi("preview");
    await engine.checkout.write(stackFile, text);
    expect(code).not.toBe(0);
    expect(output).toContain("Refusing to return database pool-2 to the pool");
  });

  it("names a new migration once per database and applies it to all of them", async () => {
    const sql = `-- Up Migration\nALTER TABLE "Musician" ADD COLUMN "nickname" TEXT;\n\n-- Down Migration\nALTER TABLE "Musician" DROP COLUMN "nickname";\n`;
    await engine.checkout.write("migrations/orchestra/0099_musician_nickname.sql", sql);
    const { output: preview } = await engine.pulumi("preview", "--diff");
    const databases = (await engine.state()).filter(({ type }) => type.endsWith(":OrchestraDatabase"));
    expect(preview.match(/\+ 0099_musician_nickname\.sql/g)).toHaveLength(databases.length);
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    const versions = (await engine.state())
      .filter(({ type }) => type.endsWith(":OrchestraDatabase"))
      .map(({ outputs }) => (outputs["state"] as { version: string }).version);
    expect(new Set(versions)).toEqual(new Set(["0099_musician_nickname.sql"]));
  });

  it("refuses one changed byte in an applied migration, by name, at preview", async () => {
    const file = "migrations/orchestra/0099_musician_nickname.sql";
    await engine.checkout.edit(file, "nickname", "nickName");
    const { code, output } = await engine.pulumi("preview");
    await engine.checkout.edit(file, "nickName", "nickname");
    expect(code).not.toBe(0);
    expect(output).toContain("0099_musician_nickname.sql was edited after it was applied");
  });

  it("stops a failing migration at the canary, and a plain rerun repairs it", async () => {
    const file = "migrations/orchestra/0100_broken.sql";
    await engine.checkout.write(
      file,
      `-- Up Migration\nALTER TABLE "Musicians" ADD COLUMN "x" TEXT;\n\n-- Down Migration\nSELECT 1;\n`,
    );
    const failed = await engine.up();
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/0100_broken\.sql:2/);
    expect(failed.output).toContain("Stopped: the canary malmo failed");
    expect(failed.output).not.toMatch(/^\s+at .*\.ts:\d+/m);
    const versions = (await engine.state())
      .filter(({ type }) => type.endsWith(":OrchestraDatabase"))
      .map(({ outputs }) => (outputs["state"] as { version: string }).version);
    expect(new Set(versions)).toEqual(new Set(["0099_musician_nickname.sql"]));
    await engine.checkout.write(
      file,
      `-- Up Migration\nALTER TABLE "Musician" ADD COLUMN "x" TEXT;\n\n-- Down Migration\nALTER TABLE "Musician" DROP COLUMN "x";\n`,
    );
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    expect(await engine.preview()).toEqual([]);
  });

  it("destroys a stack whose file lifts the protection, and leaves nothing behind", async () => {
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

function newResources(before: StateResource[], after: StateResource[]): string[] {
  const known = new Set(before.map(({ urn }) => urn));
  const added = after.filter(({ urn }) => !known.has(urn));
  return added.map(({ type, urn }) => `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`);
}
