import { beforeAll, describe, expect, it } from "vitest";
import { listRegistryDrift } from "../../infra/database/tenant/listDrift.ts";
import { ensureRegistryDatabase, inspectRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { usePostgres } from "../support/postgres.ts";
import { migrations, query } from "./support.ts";

/** Changes by hand of the main database, one a kind, and the text that must be reported. */
const mutations: [kind: string, sql: string, said: RegExp][] = [
  ["the table open to anon", `GRANT SELECT ON "Orchestra" TO anon`, /grant table "Orchestra" to anon: made by hand/],
  [
    "a column open to PUBLIC",
    `GRANT SELECT ("databaseUrl") ON "Orchestra" TO PUBLIC`,
    /grant column "Orchestra"."databaseUrl" to "PUBLIC"/,
  ],
  [
    "a policy for everybody",
    `CREATE POLICY p ON "Orchestra" USING (true)`,
    /policy "Orchestra".p: made by hand \(permissive/,
  ],
  [
    "row-level security off",
    `ALTER TABLE "Orchestra" DISABLE ROW LEVEL SECURITY`,
    /table "Orchestra": expected .*row-level security/,
  ],
  ["the unique index dropped", `DROP INDEX "Orchestra_subdomain_key"`, /index "Orchestra_subdomain_key": missing/],
  [
    "a check dropped",
    `ALTER TABLE "Orchestra" DROP CONSTRAINT "Orchestra_status_check"`,
    /"Orchestra_status_check": missing/,
  ],
  ["a column's type", `ALTER TABLE "Orchestra" ALTER "name" TYPE varchar(9)`, /column "Orchestra".name: expected text/],
  [
    "a trigger that copies connection strings",
    `CREATE TABLE copy (url text);
     CREATE FUNCTION copy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO copy VALUES (NEW."databaseUrl"); RETURN NEW; END';
     CREATE TRIGGER copy AFTER INSERT OR UPDATE ON "Orchestra" FOR EACH ROW EXECUTE FUNCTION copy()`,
    /trigger "Orchestra".copy: made by hand/,
  ],
  [
    "a rule that copies them",
    `CREATE TABLE copy2 (url text); CREATE RULE r AS ON INSERT TO "Orchestra" DO ALSO INSERT INTO copy2 VALUES (NEW."databaseUrl")`,
    /rule "Orchestra".r/,
  ],
  ["a publication of them", `CREATE PUBLICATION urls FOR TABLE "Orchestra"`, /publication urls: made by hand/],
  [
    "the audit's trigger disabled",
    `ALTER TABLE stagesub.audit DISABLE TRIGGER append_only`,
    /trigger stagesub.audit.append_only: expected .*not enabled/,
  ],
  [
    "the audit's function replaced",
    `CREATE OR REPLACE FUNCTION stagesub.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    /function stagesub.refuse_audit_change\(\): expected/,
  ],
  [
    "the audit open to anon",
    `GRANT USAGE ON SCHEMA stagesub TO anon; GRANT SELECT ON stagesub.audit TO anon`,
    /grant table stagesub.audit to anon/,
  ],
  [
    "the registrations' key dropped",
    `ALTER TABLE stagesub.registration DROP CONSTRAINT registration_pkey`,
    /registration_pkey: missing/,
  ],
  [
    "a view of connection strings, open to anon",
    `CREATE VIEW urls AS SELECT "databaseUrl" AS url FROM "Orchestra"; CREATE VIEW again AS SELECT url FROM urls;
     REVOKE ALL ON urls, again FROM PUBLIC, anon, authenticated; GRANT SELECT ON again TO anon`,
    /reader of "Orchestra"."databaseUrl", view again: made by hand \(open to anon\)/,
  ],
  [
    "a view of whole rows, open to anon",
    `CREATE VIEW whole WITH (security_invoker = no) AS SELECT "id", to_jsonb(o) AS doc FROM "Orchestra" o; GRANT SELECT ON whole TO anon`,
    /view whole: made by hand \(open to anon/,
  ],
  [
    "a function that reads whole rows as its owner",
    `CREATE FUNCTION rows() RETURNS SETOF "Orchestra" LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM "Orchestra"'`,
    /function rows\(\): made by hand \(open to PUBLIC/,
  ],
  [
    "a function that reads them as its owner",
    `CREATE FUNCTION url() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT "databaseUrl" FROM "Orchestra" LIMIT 1'`,
    /function url\(\): made by hand \(open to PUBLIC/,
  ],
  [
    "node-pg-migrate's ledger, a row gone",
    "DELETE FROM stagesub.pgmigrations WHERE name LIKE '0001%'",
    /record of migration 0001\w+: expected once/,
  ],
  ["the record gone", `DELETE FROM stagesub.expected_schema`, /record of its schema: missing/],
];

const marks: [kind: string, sql: string, said: RegExp][] = [
  ["another key", "UPDATE stagesub.owner SET key = 'malmo'", /stagesub.owner: expected the main database, found malmo/],
  ["a stack's", "UPDATE stagesub.owner SET stack = 'x'", /stagesub.owner: .* found the main database of stack x/],
  ["gone", "DELETE FROM stagesub.owner", /stagesub.owner: missing; expected the main database/],
];

describe("drift of the main database", () => {
  const postgres = usePostgres();

  const ensure = (connection: Connection) => ensureRegistryDatabase({ connection, migrations: migrations.registry });
  const drift = async (connection: Connection) => listRegistryDrift((await inspectRegistryDatabase(connection))!);

  let made: Connection;
  beforeAll(async () => {
    made = await postgres.createDatabase();
    await ensure(made);
    expect(await drift(made)).toEqual([]);
  });
  let copies = 0;
  /** Copies a main database as a run leaves it. */
  const copy = async (): Promise<Connection> => {
    const database = `copy${++copies}`;
    const sql = `CREATE DATABASE ${database} TEMPLATE "${made.database}" OWNER "${made.user}"`;
    await postgres.cluster().withDatabase("postgres", (client) => client.query(sql));
    return { ...made, database };
  };

  it.each(mutations)("is reported: %s", async (_, sql, said) => {
    const connection = await copy();
    await query(connection, sql);
    expect((await drift(connection)).join("\n")).toMatch(said);
    await ensure(connection);
    if (!sql.startsWith("DELETE")) expect((await drift(connection)).join("\n")).toMatch(said);
  });

  it.each(marks)("is reported, and stops the next run: the owner mark, %s", async (_, sql, said) => {
    const connection = await copy();
    await query(connection, sql);
    expect((await drift(connection)).join("\n")).toMatch(said);
    await expect(ensure(connection)).rejects.toThrow("Refusing to treat this database as the main database");
  });

  it("is none of the app's own doing, with or without a table of its own there before", async () => {
    const connection = await postgres.createDatabase();
    await query(
      connection,
      `CREATE TABLE "Orchestra" ("id" text PRIMARY KEY, "name" text, "subdomain" text NOT NULL, "logo" text);
       CREATE UNIQUE INDEX "Orchestra_subdomain_key" ON "Orchestra" ("subdomain");
       CREATE ROLE web_${connection.database}; GRANT SELECT ON "Orchestra" TO web_${connection.database}, anon`,
    );
    await ensure(connection);
    expect(await drift(connection)).toEqual([
      expect.stringMatching(/^grant table "Orchestra" to anon: made by hand/),
      expect.stringMatching(/^grant table "Orchestra" to authenticated: made by hand/),
    ]);
    await query(
      connection,
      `REVOKE ALL ON "Orchestra" FROM anon, authenticated; CREATE TABLE "Customer" (id int); ALTER TABLE "Orchestra" ADD COLUMN "slogan" text;
       CREATE INDEX by_logo ON "Orchestra" ("logo"); ALTER TABLE "Orchestra" ADD CHECK ("logo" <> '');
       CREATE VIEW names AS SELECT "id", "name" FROM "Orchestra"; CREATE VIEW mine WITH (security_invoker = yes) AS SELECT * FROM "Orchestra";
       CREATE FUNCTION how_many() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM "Orchestra"'`,
    );
    expect(await drift(connection)).toEqual([]);
    await query(
      connection,
      `DROP VIEW mine; ALTER TABLE "Orchestra" ALTER "databaseUrl" TYPE varchar(500), DROP COLUMN "logo"`,
    );
    expect(await drift(connection)).toEqual([
      'column "Orchestra".logo: missing; expected text',
      'column "Orchestra"."databaseUrl": expected text, found character varying(500)',
    ]);
  });
});
