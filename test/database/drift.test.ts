import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import pg from "pg";
import { describe, expect, it } from "vitest";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { describeDifference, type Drift, listDrift } from "../../infra/database/tenant/listDrift.ts";
import { readFacts } from "../../infra/database/connection/serverFacts.ts";
import { readOwnRecords } from "../../infra/database/tenant/ownRecords.ts";
import { readState } from "../../infra/database/tenant/orchestraState.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { baselineDatabase } from "../../infra/database/tenant/baselineDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { commitSchema, copyFolder, makeSchema, malmo, query, specFor } from "./support.ts";

/** Changes by hand, each with a pattern of the drift that must be reported. */
const changes = readFileSync(path.join(import.meta.dirname, "changesByHand.txt"), "utf8").matchAll(
  /^([^#\s].*)\n {2}(.+)$/gm,
);
const changesByHand = [...changes].map(([, sql, reported]) => ({ sql: sql!, reported: new RegExp(reported!, "m") }));

/**
 * Every kind of thing that somebody may change by hand, on a real PostgreSQL. It does not prove what Supabase's own upgrades change, nor
 * that a password was changed by hand: the catalogue does not show it, `./stagesub drift` tries it.
 */
describe("drift of an orchestra's database", () => {
  const postgres = usePostgres();

  /** Prepares a database with a function of ours besides the real migrations. */
  const prepare = async (): Promise<OrchestraDatabaseSpec> => {
    const migrations = await copyFolder("migrations/orchestra");
    await addMigration(
      migrations,
      "0012_ours",
      `CREATE FUNCTION ours() RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE SCHEMA reports; CREATE TABLE reports.monthly (month date PRIMARY KEY, body text)`,
    );
    const spec = specFor(await postgres.createDatabase(), { migrations });
    await ensureOrchestraDatabase(spec);
    return spec;
  };
  /** Adds a migration with its schema file, as a developer does. */
  const addMigration = async (folder: string, name: string, sql: string): Promise<void> => {
    await writeFile(path.join(folder, `${name}.sql`), `-- Up Migration\n${sql};\n`);
    await commitSchema(postgres, folder);
  };
  const look = async (spec: OrchestraDatabaseSpec) => listDrift((await inspectOrchestraDatabase(spec))!);
  const lines = async (spec: OrchestraDatabaseSpec) => (await look(spec)).map(({ text }) => text);

  it(`reports each of ${changesByHand.length} changes by hand, one a kind`, async () => {
    const spec = await prepare();
    // A role, a database and its rights that have nothing to do with this one.
    await withCluster("CREATE ROLE dashboard_user");
    await ensureOrchestraDatabase(specFor(await postgres.createDatabase()));
    const missed: string[] = [];
    await postgres.cluster().withDatabase(spec.connection.database, async (client) => {
      // Nobody reads the whole catalogue, as long as nothing changes in it.
      expect(await seenAfter(client, spec, "SELECT")).toEqual([]);
      expect(await isAsVerifiedAfter(client, spec, "VACUUM; ANALYZE")).toBe(true);
      for (const { sql, reported } of changesByHand) {
        const drift = await seenAfter(client, spec, sql);
        if (!reported.test(drift.join("\n"))) missed.push(`${sql}: ${drift.join(" | ") || "nothing"}`);
      }
    });
    expect(missed).toEqual([]);
    expect(await lines(spec)).toEqual([]);
  });

  it("notices that a role was renamed which the host had given something before the first run", async () => {
    const spec = specFor(await postgres.createDatabase());
    const { database, user } = spec.connection;
    const [name, owner] = [`member_of_${database}`, pg.escapeIdentifier(user)];
    await withCluster(
      `CREATE ROLE ${name}; GRANT ${owner} TO ${name}; CREATE ROLE ${name}_set; ALTER ROLE ${name}_set IN DATABASE "${database}" SET work_mem = '8MB'`,
    );
    await ensureOrchestraDatabase(spec);
    expect(await lines(spec)).toEqual([]);
    await withCluster(`ALTER ROLE ${name} RENAME TO ${name}_2`);
    expect(await lines(spec)).toEqual([
      expect.stringMatching(`^membership ${name} in .*: missing`),
      expect.stringMatching(`^membership ${name}_2 in .*: made by hand`),
    ]);
    await withCluster(`ALTER ROLE ${name}_2 RENAME TO ${name}; ALTER ROLE ${name}_set RENAME TO ${name}_set_2`);
    expect(await lines(spec)).toEqual([
      expect.stringMatching(`^setting of role ${name}_set in this database: work_mem: missing`),
      expect.stringMatching(`^setting of role ${name}_set_2 in this database: work_mem: made by hand`),
    ]);
  });

  const withCluster = (sql: string) => postgres.cluster().withDatabase("postgres", (client) => client.query(sql));

  it("restores what is ours, leaves the rest as it is and says so", async () => {
    const spec = await prepare();
    await query(
      spec.connection,
      `CREATE TABLE "Extra" ("id" int PRIMARY KEY);
       INSERT INTO "Extra" VALUES (1);
       ALTER TABLE "User" ADD COLUMN nickname text, DROP COLUMN "lastLoginAt", DISABLE ROW LEVEL SECURITY;
       CREATE INDEX by_name ON "User" ("name");
       DROP INDEX "User_email_lower_key";
       DROP POLICY stagesub_app ON "Musician";
       REVOKE ALL ON "Service" FROM "${spec.appRole.name}";
       ALTER ROLE "${spec.appRole.name}_1" NOLOGIN;
       DELETE FROM "EmailTemplate" WHERE "name" = 'welcome'`,
    );
    const before = await look(spec);
    expect(before.filter(({ restored }) => restored).map(({ text }) => text.replaceAll(spec.appRole.name, "app_x")))
      .toMatchInlineSnapshot(`
      [
        "missing: EmailTemplate welcome.en",
        "missing: EmailTemplate welcome.sv",
        "missing: the app's login role",
        "rights: ALTER ROLE "app_x_1" LOGIN",
        "rights: ALTER TABLE public."Extra" ENABLE ROW LEVEL SECURITY",
        "rights: DROP POLICY IF EXISTS stagesub_app ON public."Extra"",
        "rights: CREATE POLICY stagesub_app ON public."Extra" TO "app_x" USING (true) WITH CHECK (true)",
        "rights: DROP POLICY IF EXISTS stagesub_app ON public."Musician"",
        "rights: CREATE POLICY stagesub_app ON public."Musician" TO "app_x" USING (true) WITH CHECK (true)",
        "rights: GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public."Service" TO "app_x"",
        "rights: ALTER TABLE public."User" ENABLE ROW LEVEL SECURITY",
      ]
    `);
    const leftAlone = before.filter(({ restored }) => !restored).map(({ text }) => text);
    expect(leftAlone).toMatchInlineSnapshot(`
      [
        "column "User"."lastLoginAt": missing; expected timestamp(3) without time zone",
        "index "User_email_lower_key": missing; expected CREATE UNIQUE INDEX "User_email_lower_key" ON "User" USING btree (lower(email))",
        "table "Extra": made by hand (table)",
        "column "User".nickname: made by hand (text)",
        "index by_name: made by hand (CREATE INDEX by_name ON "User" USING btree (name))",
      ]
    `);

    const { drift, missing, differences } = await ensureOrchestraDatabase(spec);
    expect({ drift, missing }).toEqual({ drift: [], missing: [] });
    expect(differences.map(describeDifference)).toEqual(leftAlone);
    expect(await lines(spec)).toEqual(leftAlone);
    expect(await query(spec.connection, 'SELECT * FROM "Extra"')).toEqual([{ id: 1 }]);
  });

  it("reports nothing where nobody had a hand in it: look after look, after a migration, a rotation and a claim", async () => {
    const spec = await prepare();
    for (let time = 1; time <= 5; time++) expect(await lines(spec)).toEqual([]);
    await addMigration(
      spec.migrations,
      "0013_room",
      'CREATE TABLE "Room" ("id" text); ALTER TABLE "User" DROP COLUMN "lastLoginAt"',
    );
    expect(await lines(spec)).toEqual([]);
    await ensureOrchestraDatabase(spec);
    expect(await lines(spec)).toEqual([]);
    const rotated = { ...spec, appRole: { ...spec.appRole, version: 2, password: "AppPassword-Secret-2" } };
    expect((await ensureOrchestraDatabase(rotated)).previousLogins).toHaveLength(1);
    expect(await lines(rotated)).toEqual([]);

    const { owner, ...spare } = specFor(await postgres.createDatabase(), { key: "pool-1" });
    await ensureOrchestraDatabase(spare);
    expect(await lines(spare)).toEqual([]);
    const claimed = { ...spare, owner: owner! };
    await ensureOrchestraDatabase(claimed);
    expect(await lines(claimed)).toEqual([]);
  });

  it("goes on reporting what was done by hand after a migration that touches the same table", async () => {
    const spec = await prepare();
    await query(
      spec.connection,
      `ALTER TABLE "User" ALTER "name" TYPE varchar(80), ADD COLUMN nickname text;
       CREATE INDEX by_name ON "User" ("name");
       CREATE INDEX by_role ON "User" ("role")`,
    );
    await addMigration(
      spec.migrations,
      "0013_names",
      `ALTER TABLE "User" ALTER "name" SET DEFAULT ''; ALTER TABLE "User" ADD COLUMN "phone" text;
       CREATE INDEX IF NOT EXISTS by_role ON "User" ("role")`,
    );
    await ensureOrchestraDatabase(spec);
    expect(await lines(spec)).toEqual([
      `column "User".name: expected text NOT NULL DEFAULT ''::text, found character varying(80) NOT NULL DEFAULT ''::character varying`,
      `column "User".nickname: made by hand (text)`,
      `index by_name: made by hand (CREATE INDEX by_name ON "User" USING btree (name))`,
    ]);
  });

  it("is known of a database whose record is gone, from what the migrations make", async () => {
    const spec = await prepare();
    await query(spec.connection, 'DELETE FROM stagesub.expected_schema; CREATE INDEX by_name ON "User" ("name")');
    expect(await look(spec)).toEqual([
      { text: "record of its schema: missing; expected made for 0012_ours.sql", restored: true },
    ]);
    await ensureOrchestraDatabase(spec);
    expect(await lines(spec)).toEqual([
      `index by_name: made by hand (CREATE INDEX by_name ON "User" USING btree (name))`,
    ]);
  });

  it("counts what a baseline accepted as it was", async () => {
    const spec = specFor(await postgres.createDatabase());
    const all = readMigrations(spec.migrations);
    for (const { up } of all) await query(spec.connection, up);
    await query(
      spec.connection,
      `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY); CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    );
    const { key, stack, connection, migrations } = spec;
    const made = await makeSchema(postgres, migrations);
    await baselineDatabase({ connection, key, stack, owner: malmo, migrations, at: all.at(-1)!.file, made });
    await ensureOrchestraDatabase(spec);
    expect(await lines(spec)).toEqual([]);
    await query(spec.connection, "DROP FUNCTION helper()");
    expect(await lines(spec)).toEqual([expect.stringMatching(/^function helper\(\): missing/)]);
  });
});

/** Returns the drift of the database, as if no fingerprint had ever been taken. */
async function lookAtAll(client: pg.Client, expected: OrchestraDatabaseSpec & { orchestra: string }): Promise<Drift[]> {
  const [, facts] = await readFacts(client);
  const records = (await readOwnRecords(client, facts))!;
  const { record } = records.schema;
  const schema = { ...records.schema, record: record && { ...record, fingerprint: null } };
  return listDrift((await readState(client, expected, { facts, records: { ...records, schema } }))!.state);
}

/** Returns whether a run would read no catalogue after these statements, which stay. */
async function isAsVerifiedAfter(client: pg.Client, spec: OrchestraDatabaseSpec, sql: string): Promise<boolean> {
  for (const statement of sql.split("; ")) await client.query(statement);
  await client.query(`SET ROLE "${spec.connection.user}"`);
  const { fingerprint } = (await readState(client, spec))!;
  await client.query("RESET ROLE");
  return fingerprint === null;
}

/**
 * Returns the drift of the database after the change, and rolls the change back. Requires that the whole catalogue shows the same, which is
 * not read if its fingerprint says that nobody has changed it.
 */
async function seenAfter(client: pg.Client, spec: OrchestraDatabaseSpec, sql: string): Promise<string[]> {
  const { connection, appRole } = spec;
  const names = {
    app: appRole.name,
    login: `${appRole.name}_1`,
    owner: connection.user,
    database: connection.database,
  };
  await client.query(`BEGIN; SET LOCAL search_path = public; SET LOCAL ROLE "${connection.user}"`);
  const expected = { ...spec, orchestra: "malmo" };
  try {
    await client.query(sql.replace(/\{(\w+)\}/g, (_, name: keyof typeof names) => `"${names[name]}"`));
    await client.query(`SET LOCAL ROLE "${connection.user}"`);
    const seen = listDrift((await readState(client, expected))!.state);
    expect(seen, `what the whole catalogue shows: ${sql}`).toEqual(await lookAtAll(client, expected));
    return seen.map(({ text }) => text);
  } catch (error) {
    throw new Error(`${sql}: ${(error as Error).message}`, { cause: error });
  } finally {
    await client.query("ROLLBACK");
  }
}
