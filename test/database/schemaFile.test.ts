import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { listDrift } from "../../infra/database/tenant/listDrift.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { registryScope } from "../../infra/database/registry/registryDatabase.ts";
import { makeSchemaFile } from "../../scripts/migrations/makeSchema.ts";
import { formatSchemaFile, parseSchemaFile } from "../../infra/database/schema/schemaFile.ts";
import { schemaFilePath } from "../../infra/database/schema/readSchemaFiles.ts";
import { usePostgres } from "../support/postgres.ts";
import { commitSchema, copyFolder, messageOf, migrations, query, specFor } from "./support.ts";

const postgres = usePostgres();

describe("the schema files", () => {
  it.each([
    ["orchestra", { group: null }],
    ["registry", registryScope],
  ] as const)("of %s are what its migrations make", async (folder, scope) => {
    const directory = migrations[folder];
    const { text, major } = await makeSchemaFile(
      await postgres.createDatabase(),
      directory,
      readMigrations(directory),
      scope,
    );
    expect(readFileSync(schemaFilePath(directory, major), "utf8"), "run `./stagesub migrations --write`").toBe(text);
  });

  it("are read as they were written, whatever the names", () => {
    const items = [
      { kind: "table", what: 'table "a\tb\\n"', of: null, definition: "table" },
      { kind: "column", what: 'column "a\tb\\n"."\r\n"', of: 'table "a\tb\\n"', definition: "text DEFAULT E'\\\\n\n'" },
      { kind: "function", what: "function f()", of: null, definition: "" },
    ];
    const gone = { kind: "extension", what: "extension x", of: null, definition: "in schema public" };
    const { items: read, removed } = parseSchemaFile(formatSchemaFile(items, [gone], [], 17));
    expect(read.sort((a, b) => (a.what < b.what ? -1 : 1))).toEqual(items.sort((a, b) => (a.what < b.what ? -1 : 1)));
    expect(removed).toEqual(["extension x"]);
  });
});

/** The cases of issue 13: a live database is never a test bed, and no migration's settings outlive it. */
describe("a run", () => {
  const prepare = async (): Promise<OrchestraDatabaseSpec> =>
    specFor(await postgres.createDatabase(), { migrations: await copyFolder("migrations/orchestra") });
  const add = async ({ migrations: folder }: OrchestraDatabaseSpec, name: string, sql: string): Promise<void> => {
    await writeFile(path.join(folder, `${name}.sql`), `-- Up Migration\n${sql}\n`);
    await commitSchema(postgres, folder);
  };
  const drift = async (spec: OrchestraDatabaseSpec) =>
    listDrift((await inspectOrchestraDatabase(spec))!).map(({ text }) => text);

  it("leaves a sequence as it is where an index was made by hand", async () => {
    const spec = await prepare();
    await add(
      spec,
      "0012_invoices",
      `CREATE TABLE "Invoice" ("number" serial PRIMARY KEY, "text" text);
       SELECT setval('public."Invoice_number_seq"', 1000);`,
    );
    await ensureOrchestraDatabase(spec);
    await query(
      spec.connection,
      `INSERT INTO "Invoice" ("text") SELECT 'x' FROM generate_series(1, 5); CREATE INDEX by_hand ON "Invoice" ("text")`,
    );
    await add(spec, "0013_paid", `ALTER TABLE "Invoice" ADD COLUMN "paid" boolean;`);
    await ensureOrchestraDatabase(spec);
    expect(await query(spec.connection, `SELECT nextval('"Invoice_number_seq"')::int AS next`)).toEqual([
      { next: 1006 },
    ]);
    expect(await drift(spec)).toEqual([
      'index by_hand: made by hand (CREATE INDEX by_hand ON "Invoice" USING btree (text))',
    ]);
  });

  it.each([
    [
      "a schema dump's settings",
      `SET statement_timeout = 0; SET lock_timeout = 0; SET client_encoding = 'UTF8'; SET check_function_bodies = false;
       SELECT pg_catalog.set_config('search_path', '', false);
       CREATE TABLE public."Venue" (id integer PRIMARY KEY, name text NOT NULL);`,
    ],
    ["another search_path", `CREATE SCHEMA side; SET search_path = side; CREATE TABLE public."Venue" (id integer);`],
    [
      "a temporary table that hides a real one",
      `CREATE TEMP TABLE "User" (id text); CREATE TABLE public."Venue" (id integer);`,
    ],
    [
      "settings of the transaction alone",
      `SET LOCAL search_path = pg_catalog; SET LOCAL row_security = off; SET LOCAL TIME ZONE 'Asia/Tokyo'; CREATE TABLE public."Venue" (id integer);`,
    ],
  ])("is not changed by %s in a migration", async (_, sql) => {
    const spec = await prepare();
    await add(spec, "0012_venue", sql);
    await add(spec, "0013_room", `CREATE TABLE "Room" (id integer); ALTER TABLE "User" ADD COLUMN "room" integer;`);
    const state = await ensureOrchestraDatabase(spec);
    expect(state).toMatchObject({ version: "0013_room.sql", templates: 16, differences: [], drift: [] });
    expect(await query(spec.connection, `SELECT to_regclass('public."Room"') IS NOT NULL AS there`)).toEqual([
      { there: true },
    ]);
    expect(await drift(spec)).toEqual([]);
  });

  it("is refused where a migration changes whose database it is", async () => {
    const spec = await prepare();
    await ensureOrchestraDatabase(spec);
    await add(spec, "0012_owner", "UPDATE stagesub.owner SET stack = 'staging', key = 'gavle';");
    expect(await messageOf(ensureOrchestraDatabase(spec))).toMatchInlineSnapshot(
      `"Refusing to migrate malmo: expected its migrations to leave stagesub.owner as it is, found a change in key, stack. Take the statement that writes to schema stagesub out of the migration. Nothing was changed."`,
    );
    expect(await query(spec.connection, "SELECT key, stack FROM stagesub.owner")).toEqual([
      { key: "malmo", stack: "production" },
    ]);
  });

  it("says so where no schema file belongs to its migrations, and compares again once there is one", async () => {
    const spec = await prepare();
    await writeFile(
      path.join(spec.migrations, "0012_room.sql"),
      '-- Up Migration\nCREATE TABLE "Room" (id integer);\n',
    );
    await ensureOrchestraDatabase(spec);
    expect(await drift(spec)).toMatchInlineSnapshot(`
      [
        "schema: not compared, because no schema file of PostgreSQL 17 was there for 0012_room.sql when it was migrated",
      ]
    `);
    await commitSchema(postgres, spec.migrations);
    await ensureOrchestraDatabase(spec);
    expect(await drift(spec)).toEqual([]);
  });
});
