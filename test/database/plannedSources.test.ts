import { appendFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { UserError } from "../../infra/errors.ts";
import { ensureOrchestraDatabase, type PlannedSources } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { readSeeds } from "../../infra/database/seeds/readSeeds.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { readSchemaFiles } from "../../infra/database/schema/readSchemaFiles.ts";
import { standInKey } from "../../infra/config/schema/keySchema.ts";
import { digestOfAll, shortDigests } from "../../infra/util/digest.ts";
import { provider } from "../../infra/resources/orchestraDatabaseProvider.ts";
import { usePostgres } from "../support/postgres.ts";
import { digestsOf, toInputs } from "../support/killProvider.ts";
import { copyFolder, query, specFor } from "./support.ts";

const postgres = usePostgres();

/** Nothing listens at this address: a refusal shows that nobody tried to connect. */
const nowhere = { host: "127.0.0.1", port: 1, user: "x", password: "x", database: "x" };

const newMigration = '-- Up Migration\nALTER TABLE "User" ADD COLUMN "nickname" text;\n';

describe("a run that was planned", () => {
  const copies = async () => ({
    migrations: await copyFolder("migrations/orchestra"),
    seeds: await copyFolder("seeds/orchestra"),
  });

  it.each<[string, (folders: { migrations: string; seeds: string }) => void, string]>([
    [
      "an edited migration",
      (at) => appendFileSync(`${at.migrations}/0011_audit_log.sql`, "\n"),
      "0011_audit_log.sql was edited",
    ],
    ["a new migration", (at) => writeFileSync(`${at.migrations}/0012_new.sql`, newMigration), "0012_new.sql is new"],
    ["a migration that is gone", (at) => rmSync(`${at.migrations}/0011_audit_log.sql`), "0011_audit_log.sql is gone"],
    [
      "a migration under another name",
      (at) => renameSync(`${at.migrations}/0011_audit_log.sql`, `${at.migrations}/0011_log.sql`),
      "0011_audit_log.sql is gone, 0011_log.sql is new",
    ],
    [
      "an edited mail",
      (at) => appendFileSync(`${at.seeds}/templates/welcome.sv.md`, "P.S.\n"),
      "some of them were edited, added or taken away",
    ],
    [
      "edited settings",
      (at) => appendFileSync(`${at.seeds}/settings.yaml`, "# \n"),
      "some of them were edited, added or taken away",
    ],
    [
      "an edited schema file",
      (at) => appendFileSync(`${at.migrations}/schema/postgres-17.txt`, "#\n"),
      "postgres-17.txt was edited",
    ],
    [
      "a new schema file",
      (at) => writeFileSync(`${at.migrations}/schema/postgres-99.txt`, "#\n"),
      "postgres-99.txt is new",
    ],
    [
      "a schema file that is gone",
      (at) => rmSync(`${at.migrations}/schema/postgres-17.txt`),
      "postgres-17.txt is gone",
    ],
  ])("refuses %s before it connects", async (_, change, words) => {
    const folders = await copies();
    const spec = specFor(nowhere, { ...folders, planned: readPlanned(folders) });
    change(folders);
    const refusal = await refusalOf(ensureOrchestraDatabase(spec));
    expect(refusal.message).toContain(
      `as they were when this run was planned, found that ${words}. Nothing was changed`,
    );
  });

  it("refuses an edit for the databases that are left, and keeps those that it has finished", async () => {
    const folders = await copies();
    const planned = readPlanned(folders);
    const first = specFor(await postgres.createDatabase(), { ...folders, planned });
    const done = await ensureOrchestraDatabase(first);
    appendFileSync(`${folders.migrations}/0011_audit_log.sql`, "-- B\n");
    await refusalOf(ensureOrchestraDatabase(specFor(nowhere, { ...folders, planned })));
    expect(shortDigests(done.migrations)).toEqual(planned.migrations);
    // The same run may come back to it, as a retry does.
    await refusalOf(ensureOrchestraDatabase(first));
  });

  it("gives a spare no seeds, so an edited mail is no news to it", async () => {
    const folders = await copies();
    const { seeds: _seeds, ...planned } = readPlanned(folders);
    appendFileSync(`${folders.seeds}/templates/welcome.sv.md`, "P.S.\n");
    const { owner: _, ...spare } = specFor(await postgres.createDatabase(), { ...folders, planned });
    expect(await ensureOrchestraDatabase(spare)).toMatchObject({ owner: null });
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      "migration",
      (folder) => appendFileSync(path.join(folder, readMigrations(folder).at(-1)!.file), "\n"),
      "was edited",
    ],
    [
      "schema file",
      (folder) => appendFileSync(`${folder}/schema/postgres-17.txt`, "#\n"),
      "postgres-17.txt was edited",
    ],
  ])("refuses an edited %s of the main database", async (_, change, words) => {
    const folder = await copyFolder("migrations/registry");
    const planned = { migrations: digestsOf(readMigrations(folder)), schemaFiles: digestsOf(readSchemaFiles(folder)) };
    change(folder);
    const refusal = await refusalOf(ensureRegistryDatabase({ connection: nowhere, migrations: folder, planned }));
    expect(refusal.message).toMatch(/^Refusing to run migrations\/registry/);
    expect(refusal.message).toContain(words);
  });

  it("is what Pulumi's provider compares with", async () => {
    const config = { get: () => standInKey } as unknown as pulumi.dynamic.Config;
    await provider.configure({ config });
    const inputs = toInputs(specFor(nowhere), nowhere.port);
    const migrations = { ...inputs.migrations, "0001_users.sql": "another" };
    await refusalOf(provider.create({ ...inputs, migrations }));
    await refusalOf(provider.create({ ...inputs, seeds: "another" }));
    await refusalOf(provider.update("malmo", { ...inputs, state: {} as never }, { ...inputs, schemaFiles: {} }));
  });
});

describe("a run that has read its files", () => {
  it.each<[string, (folder: string) => void]>([
    ["edited", (folder) => appendFileSync(`${folder}/0012_new.sql`, 'DROP TABLE "AuditLog" CASCADE;\n')],
    ["deleted", (folder) => rmSync(`${folder}/0012_new.sql`)],
    [
      "joined by another",
      (folder) => writeFileSync(`${folder}/0013_late.sql`, "-- Up Migration\nCREATE TABLE late ();\n"),
    ],
  ])("runs them as read where one is %s meanwhile", async (_, change) => {
    const migrations = await copyFolder("migrations/orchestra");
    writeFileSync(`${migrations}/0012_new.sql`, newMigration);
    const planned = digestsOf(readMigrations(migrations));
    const spec = specFor(await postgres.createDatabase(), { migrations });
    const run = ensureOrchestraDatabase(spec);
    change(migrations);
    expect(shortDigests((await run).migrations)).toEqual(planned);
    const [found] = await query(
      spec.connection,
      `SELECT (SELECT count(*)::int FROM pg_attribute WHERE attname = 'nickname') AS nickname, to_regclass('late') AS late,
         to_regclass('"AuditLog"') IS NOT NULL AS log, (SELECT count(*)::int FROM stagesub.pgmigrations) AS ran`,
    );
    expect(found).toEqual({ nickname: 1, late: null, log: true, ran: Object.keys(planned).length });
  });

  it("refuses to run an applied file once more, where its row is gone from node-pg-migrate's ledger", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    const add = (name: string, value: string) =>
      writeFileSync(
        `${migrations}/${name}.sql`,
        `-- Up Migration\nINSERT INTO "SystemSetting" ("key", "value", "type", "description") VALUES (gen_random_uuid()::text, '${value}', 'TEXT', '');\n`,
      );
    const spec = specFor(await postgres.createDatabase(), { migrations });
    add("0012_once", "first");
    await ensureOrchestraDatabase(spec);
    await query(spec.connection, "DELETE FROM stagesub.pgmigrations WHERE name = '0012_once'");
    add("0013_next", "second");
    await expect(ensureOrchestraDatabase(spec)).rejects.toThrow(
      "expected 0013_next to run, found 0012_once. stagesub.pgmigrations and stagesub.migration do not agree",
    );
    const rows = await query(
      spec.connection,
      `SELECT "value" FROM "SystemSetting" WHERE "value" IN ('first', 'second')`,
    );
    expect(rows).toEqual([{ value: "first" }]);
  });

  it("refuses to write down files that it could not run, where the folder was emptied", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    const spec = specFor(await postgres.createDatabase(), { migrations });
    const run = ensureOrchestraDatabase(spec);
    for (const name of readdirSync(migrations)) rmSync(path.join(migrations, name), { recursive: true });
    expect((await refusalOf(run)).message).toContain("was emptied meanwhile");
    expect(await query(spec.connection, "SELECT FROM pg_namespace WHERE nspname = 'stagesub'")).toEqual([]);
  });
});

async function refusalOf(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (UserError.is(error, "sources-changed")) return error;
  throw new Error(`Expected sources-changed, got ${String(error)}`);
}

function readPlanned({ migrations, seeds }: { migrations: string; seeds: string }): PlannedSources {
  return {
    migrations: digestsOf(readMigrations(migrations)),
    schemaFiles: digestsOf(readSchemaFiles(migrations)),
    seeds: digestOfAll(digestsOf(readSeeds(seeds).files, (sha256) => sha256)),
  };
}
