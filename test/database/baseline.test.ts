import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { baselineDatabase, type BaselineSpec } from "../../infra/database/tenant/baselineDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import type { MadeSchema } from "../../infra/database/schema/schemaFile.ts";
import { connect, copyFolder, makeSchema, malmo, messageOf, query, specFor } from "./support.ts";
import { writeFile } from "node:fs/promises";
import path from "node:path";

const postgres = usePostgres();

const all = readMigrations(specFor({} as Connection).migrations);

/** Makes the tables as the app would have made them: the same SQL, without our ledger. */
async function makeByHand(connection: Connection, upTo = all.length): Promise<void> {
  for (const { path: file } of all.slice(0, upTo)) {
    const text = readFileSync(file, "utf8");
    await query(connection, text.slice(0, text.indexOf("-- Down Migration")));
  }
}

const schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'stagesub%'";

/** An adopted database may at first hold nothing, our own work, or anything else. */
describe("an adopted database", () => {
  it("that is empty is migrated", async () => {
    const spec = specFor(await postgres.createDatabase(), { key: "pool-1" });
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0011_audit_log.sql", owner: "malmo" });
  });

  it("that holds our ledger is checked and brought up to date", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    const spec = specFor(await postgres.createDatabase(), { migrations });
    await ensureOrchestraDatabase(spec);
    await writeFile(path.join(migrations, "0012_room.sql"), '-- Up Migration\nCREATE TABLE "Room" ("id" text);\n');
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0012_room.sql" });
    await writeFile(path.join(migrations, "0012_room.sql"), '-- Up Migration\nCREATE TABLE "Rum" ("id" text);\n');
    expect(await messageOf(ensureOrchestraDatabase(spec))).toContain("0012_room.sql was edited after it was applied");
  });

  it("that holds anything else is refused with what was found, and with the way to take it over", async () => {
    const spec = specFor(await postgres.createDatabase());
    await makeByHand(spec.connection, 3);
    expect(await messageOf(ensureOrchestraDatabase(spec))).toMatchInlineSnapshot(
      `"Refusing to migrate malmo: expected an empty database, found 6 things that this program did not make (public."EmailTemplate", public."Language", public."SettingType", public."SystemSetting", public."User" and 1 more). Check the connection; give an empty database. If the app made it by other means, take it over as it is: ./stagesub baseline malmo --at <the last migration it holds>"`,
    );
    expect(await query(spec.connection, schemas)).toEqual([]);
  });
});

/** It does not prove what Supabase's own `postgres` role may do: the role here owns its database and nothing else. */
describe("baseline", () => {
  const made = new Map<string, Promise<MadeSchema>>();
  const baselineFor = async (connection: Connection, changes: Partial<BaselineSpec> = {}): Promise<BaselineSpec> => {
    const { key, stack, migrations } = specFor(connection);
    const spec = { connection, key, stack, owner: malmo, migrations, at: "0011_audit_log.sql", ...changes };
    const name = `${spec.migrations} ${spec.at}`;
    if (!made.has(name)) made.set(name, makeSchema(postgres, spec.migrations, spec.at));
    return { ...spec, made: await made.get(name)! };
  };

  it("takes over a database that is as the migrations make it, with its data and people; the next run goes on from there", async () => {
    const spec = specFor(await postgres.createDatabase());
    await makeByHand(spec.connection, 9);
    await query(
      spec.connection,
      `INSERT INTO "User" ("id", "name", "email", "role", "passwordHash") VALUES ('u1', 'Bo', 'asa@example.se', 'ADMIN', '$x');
       INSERT INTO "EmailTemplate" ("name", "language", "subject", "body") VALUES ('welcome', 'sv', 'Vår egen', 'Hej')`,
    );
    const report = await baselineDatabase(await baselineFor(spec.connection, { at: "0009_substitute_requests.sql" }));
    expect(report).toEqual({ differences: [], leftAlone: [], written: true });
    expect(await query(spec.connection, "SELECT key, stack, orchestra, administrator_id FROM stagesub.owner")).toEqual([
      { key: "malmo", stack: "production", orchestra: "malmo", administrator_id: "u1" },
    ]);

    const state = await ensureOrchestraDatabase(spec);
    expect(state).toMatchObject({ version: "0011_audit_log.sql", users: 1, templates: 16, drift: [], missing: [] });
    expect(state.administrator).toEqual({ email: "asa@example.se", mustChangePassword: false, found: true });
    expect(
      await query(
        spec.connection,
        `SELECT "subject" FROM "EmailTemplate" WHERE "name" = 'welcome' AND "language" = 'sv'`,
      ),
    ).toEqual([{ subject: "Vår egen" }]);
    expect(await query(spec.connection, "SELECT name FROM stagesub.pgmigrations ORDER BY id DESC LIMIT 1")).toEqual([
      { name: "0011_audit_log" },
    ]);
  });

  it("names every difference and then writes nothing", async () => {
    const { connection } = specFor(await postgres.createDatabase());
    await makeByHand(connection);
    await query(
      connection,
      `ALTER TABLE "User" ALTER "name" TYPE varchar(80), ALTER "email" DROP NOT NULL, ALTER "isActive" SET DEFAULT false,
         DROP COLUMN "lastLoginAt", ADD COLUMN "nickname" text;
       ALTER TABLE "Service" DROP CONSTRAINT "Service_times_check";
       ALTER TABLE "Production" DROP CONSTRAINT "Production_contactId_fkey",
         ADD CONSTRAINT "Production_contactId_fkey" FOREIGN KEY ("contactId") REFERENCES "User" ("id");
       DROP INDEX "User_email_lower_key";
       CREATE INDEX "User_name_idx" ON "User" ("name");
       ALTER TYPE "UserRole" ADD VALUE 'GUEST';
       DROP TABLE "NotificationLog";
       CREATE TABLE "Extra" ("id" int PRIMARY KEY);
       CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER touch BEFORE UPDATE ON "Musician" FOR EACH ROW EXECUTE FUNCTION touch();
       CREATE VIEW people AS SELECT "name" FROM "Instrument";
       ALTER TABLE "Instrument" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
       CREATE POLICY few ON "Instrument" AS RESTRICTIVE FOR SELECT USING ("isArchived" = false);
       CREATE SEQUENCE numbers`,
    );
    const { differences, leftAlone, written } = await baselineDatabase(await baselineFor(connection));
    const lines = differences.map(({ what, expected, found }) => `${what}: ${expected ?? "–"} | ${found ?? "–"}`);
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "enum "UserRole": 'ADMIN', 'COORDINATOR', 'VIEWER' | 'ADMIN', 'COORDINATOR', 'VIEWER', 'GUEST'
      table "Instrument": table | table, row-level security forced on its owner
      table "NotificationLog": table | –
      constraint "Production"."Production_contactId_fkey": FOREIGN KEY ("contactId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE SET NULL | FOREIGN KEY ("contactId") REFERENCES "User"(id)
      constraint "Service"."Service_times_check": CHECK ("endsAt" > "startsAt") | –
      column "User"."isActive": boolean NOT NULL DEFAULT true | boolean NOT NULL DEFAULT false
      column "User"."lastLoginAt": timestamp(3) without time zone | –
      column "User".email: text NOT NULL | text
      column "User".name: text NOT NULL | character varying(80) NOT NULL
      index "User_email_lower_key": CREATE UNIQUE INDEX "User_email_lower_key" ON "User" USING btree (lower(email)) | –
      sequence numbers: – | sequence, bigint from 1 by 1
      table "Extra": – | table
      policy "Instrument".few: – | restrictive for select to PUBLIC using (("isArchived" = false))
      trigger "Musician".touch: – | CREATE TRIGGER touch BEFORE UPDATE ON "Musician" FOR EACH ROW EXECUTE FUNCTION touch()
      column "User".nickname: – | text
      index "User_name_idx": – | CREATE INDEX "User_name_idx" ON "User" USING btree (name)
      view people: – | view, SELECT name FROM "Instrument";"
    `);
    expect({ leftAlone, written }).toEqual({ leftAlone: ["function touch()"], written: false });
    expect(await query(connection, schemas)).toEqual([]);
  });

  it("passes over Prisma's own ledger and functions that nothing calls", async () => {
    const { connection } = specFor(await postgres.createDatabase());
    await makeByHand(connection);
    await query(
      connection,
      `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL);
       CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    );
    expect(await baselineDatabase(await baselineFor(connection))).toEqual({
      differences: [],
      leftAlone: ["function helper()", "table _prisma_migrations"],
      written: true,
    });
  });

  it("waits for nobody and lets nobody wait: the app's tables stay free while it runs", async () => {
    const { connection } = specFor(await postgres.createDatabase());
    await makeByHand(connection);
    const app = await connect(connection);
    // The strongest claims of an app at work: rows being written, and a table that is read.
    await app.query(
      `BEGIN; INSERT INTO "Instrument" ("name", "section") VALUES ('Oboe', 'WOODWINDS'); SELECT FROM "User"`,
    );
    const report = await baselineDatabase(await baselineFor(connection));
    expect(report.written).toBe(true);
    await app.query("COMMIT");
    expect(await query(connection, `SELECT "name" FROM "Instrument"`)).toEqual([{ name: "Oboe" }]);
  });

  it("makes a spare only of a database without data", async () => {
    const spec = await baselineFor(await postgres.createDatabase(), { key: "pool-2" });
    const { owner: _, ...spare } = spec;
    await makeByHand(spare.connection);
    await query(spare.connection, `INSERT INTO "Instrument" ("name", "section") VALUES ('Oboe', 'WOODWINDS')`);
    expect(await messageOf(baselineDatabase(spare))).toMatchInlineSnapshot(
      `"Refusing to baseline pool-2 as a free pool database: expected no data but templates and settings, found rows in "Instrument". Let the orchestra that they belong to claim it in the stack file first, or empty those tables."`,
    );
    await query(spare.connection, `DELETE FROM "Instrument"`);
    expect((await baselineDatabase(spare)).written).toBe(true);
    const { owner: __, ...inside } = specFor(spare.connection, { key: "pool-2" });
    expect(await ensureOrchestraDatabase(inside)).toMatchObject({ owner: null, version: "0011_audit_log.sql" });
  });

  it("is refused where there is a ledger, and for a file that is none", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    expect(await messageOf(baselineDatabase(await baselineFor(spec.connection)))).toMatchInlineSnapshot(
      `"Refusing to baseline malmo: expected a database without our ledger, found one up to 0011_audit_log.sql. \`pulumi up\` checks it and brings it up to date."`,
    );
    const other = { ...(await baselineFor(spec.connection)), at: "0011.sql" };
    expect(await messageOf(baselineDatabase(other))).toContain(
      'Expected a migration\'s file, got "0011.sql". There are: 0001_users.sql,',
    );
  });

  it("runs no migration in the database, also where a migration names schema public and sets a sequence", async () => {
    const { connection } = specFor(await postgres.createDatabase());
    const migrations = await copyFolder("migrations/orchestra");
    const sql = `CREATE TABLE public."Invoice" ("number" serial PRIMARY KEY);
      SELECT setval('public."Invoice_number_seq"', 1000);`;
    await writeFile(path.join(migrations, "0012_invoices.sql"), `-- Up Migration\n${sql}\n`);
    await makeByHand(connection);
    await query(connection, sql);
    await query(connection, `INSERT INTO "Invoice" DEFAULT VALUES`);
    const report = await baselineDatabase(await baselineFor(connection, { migrations, at: "0012_invoices.sql" }));
    expect(report).toEqual({ differences: [], leftAlone: [], written: true });
    expect(await query(connection, `SELECT last_value::int FROM "Invoice_number_seq"`)).toEqual([{ last_value: 1001 }]);
  });
});
