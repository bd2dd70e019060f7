import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readAudit, registryName } from "../../infra/database/registry/audit.ts";
import { backupDatabase } from "../../infra/database/backup/backupDatabase.ts";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { type Manifest, readBackup } from "../../infra/database/backup/readBackup.ts";
import { restoreDatabase } from "../../infra/database/backup/restoreDatabase.ts";
import { startProgram, withProgramEnvironment } from "../../infra/database/programs/startProgram.ts";
import { text } from "node:stream/consumers";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase, mainDatabaseName } from "../../infra/database/registry/registryDatabase.ts";
import { restoreBackup } from "../../scripts/backup/restoreBackup.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { usePostgresPrograms } from "../support/postgresPrograms.ts";
import { oddObjects, oddRows } from "./restoredObjects.ts";
import { connect, malmoRegistration, messageOf, migrations, query, specFor } from "./support.ts";

/**
 * Restores of everything that PostgreSQL's owner may make, compared with the original by a text of pg_dump's that the restore does not
 * see, and by rows. On a real PostgreSQL 17 with a role that is no superuser, as on Supabase; Supavisor is not there.
 */
describe("a restore", () => {
  const postgres = usePostgres();
  usePostgresPrograms();
  let folder = "";
  beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), "stagesub-restore-test-"))));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const back = async (connection: Connection, changes: object = {}) => {
    const spec = { connection, stack: "production", key: "malmo", name: "malmo", folder, ...changes };
    const { file } = await backupDatabase(spec);
    return { file, manifest: (await readBackup(file)).manifest };
  };
  const prepare = async (...statements: string[]) => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    for (const statement of statements) await query(spec.connection, statement);
    return spec;
  };
  /** Returns the schema as pg_dump tells it, and every row as JSON. */
  const picture = async (connection: Connection) => {
    const programs = await findPostgresPrograms(17);
    const schema = await withProgramEnvironment(connection, async (env) => {
      const dump = startProgram(path.join(programs, "pg_dump"), ["--schema-only", "--no-owner"], { env });
      const written = await text(dump.stdout);
      await dump.done;
      return written.replace(/^\\(un)?restrict .*$/gm, "").replaceAll(connection.user, "OWNER");
    });
    const tables = await query<{ name: string }>(
      connection,
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information)' ORDER BY 1`,
    );
    const rows: Record<string, unknown> = {};
    for (const { name } of tables)
      rows[name] = await query(connection, `SELECT to_jsonb(t) AS row FROM ONLY ${name} t ORDER BY t::text`);
    rows["sequences"] = await query(
      connection,
      "SELECT schemaname, sequencename, last_value, data_type, start_value, increment_by, max_value, cycle FROM pg_sequences ORDER BY schemaname, sequencename",
    );
    rows["objects"] = await query(
      connection,
      "SELECT oid, lo_get(oid) FROM pg_largeobject_metadata WHERE pg_has_role(lomowner, 'USAGE') ORDER BY oid",
    );
    return { schema, rows };
  };

  it("brings every kind of object back over what became of the database, exactly", async () => {
    const { connection } = await prepare(
      oddObjects,
      oddRows,
      'ALTER ROLE CURRENT_USER SET search_path = public, "söder"',
    );
    const { file, manifest } = await back(connection, { rehearse: true });
    const withoutBroken = "ALTER TABLE broken DROP CONSTRAINT desk_there";
    await query(connection, withoutBroken);
    const before = await picture(connection);
    await query(
      connection,
      `CREATE TABLE later (id int PRIMARY KEY REFERENCES "Zdesk"); CREATE SCHEMA later; CREATE VIEW later.v AS SELECT * FROM cache;
       DROP TABLE "Without key"; DELETE FROM "User"; SELECT nextval('counted'); SELECT lo_from_bytea(99, 'x');
       DROP TABLE concert_2026; DELETE FROM stagesub.owner; DROP EXTENSION citext CASCADE`,
    );
    await restoreDatabase({ connection, path: file });
    expect((await back(connection)).manifest.contents).toEqual(manifest.contents);
    // A CHECK that a row breaks comes back, and is not validated: nobody could validate it.
    const checks =
      "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'c' AND coninhcount = 0 AND NOT convalidated ORDER BY 1";
    expect(await query(connection, checks)).toEqual([
      { conname: "desk_there", convalidated: false },
      { conname: "parent_id_check1", convalidated: false },
    ]);
    await query(connection, withoutBroken);
    expect(await picture(connection)).toEqual(before);
  });

  it("fills an empty database in which neither the roles nor the extensions are, nor any default privilege", async () => {
    const { connection } = await prepare(oddObjects, oddRows);
    const { file, manifest } = await back(connection);
    const target = await postgres.createDatabase();
    await restoreDatabase({ connection: target, path: file });
    expect((await picture(target)).rows).toEqual((await picture(connection)).rows);
    expect((await back(target)).manifest.contents).toEqual(manifest.contents);
    const reach = `SELECT count(*)::int AS n FROM information_schema.role_table_grants WHERE grantee = 'anon' AND table_schema = 'public'`;
    expect(await query(target, reach)).toEqual(await query(connection, reach));
  });

  for (const name of cases)
    it(`brings back what ${name} made: rows of every schema, filled views, constraints that rows break`, async () => {
      const { connection } = await prepare(...(await readCases(name)));
      const before = await picture(connection);
      const { file } = await back(connection);
      await query(connection, `DELETE FROM reports.monthly; DROP TABLE "Seat" CASCADE`);
      await restoreDatabase({ connection, path: file });
      expect(await picture(connection)).toEqual(before);
      expect(
        await query(
          connection,
          `SELECT (SELECT count(*)::int FROM reports.monthly) AS monthly, n::int FROM "SeatCount"`,
        ),
      ).toEqual([{ monthly: 2, n: 2 }]);
      const [holder] = await query<{ convalidated: boolean }>(
        connection,
        `SELECT convalidated FROM pg_constraint WHERE conname = 'Seat_holder_there'`,
      );
      expect(holder?.convalidated).toBe(name === "0013_holder.sql" ? false : undefined);
    });

  it("is refused where something outside the backup hangs on what it would replace, and changes nothing", async () => {
    const { connection } = await prepare(
      `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
    );
    const { file } = await back(connection);
    await postgres.cluster().withDatabase(connection.database, async (client) => {
      await client.query(`CREATE SCHEMA auth; CREATE TABLE auth.users (id int); GRANT USAGE ON SCHEMA auth TO PUBLIC;
        CREATE TRIGGER on_user BEFORE INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.f()`);
    });
    const before = await picture(connection).catch((error: Error) => error.message);
    expect(await messageOf(restoreDatabase({ connection, path: file }))).toMatchInlineSnapshot(
      `"Refusing to restore malmo: trigger on_user on table auth.users depends on what would be replaced, and the backup does not hold it. Drop it, restore, and make it again. The database is as it was."`,
    );
    expect(await picture(connection).catch((error: Error) => error.message)).toEqual(before);
  });

  it.each<[string, string, string]>([
    [
      "tables that come and go",
      `CREATE TABLE late (id int); CREATE SCHEMA side; CREATE TABLE side.t (); DROP TABLE "AuditLog"`,
      'tables public."AuditLog", tables public.late, tables side.t',
    ],
    [
      "rows, numbers, large objects, and another run's migration",
      `INSERT INTO "SystemSetting" ("key", "value", "type", "description") VALUES ('x', 'y', 'TEXT', ''); UPDATE "User" SET "name" = 'Other';
       DELETE FROM "EmailTemplate" WHERE "language" = 'en'; SELECT nextval('numbers'); SELECT lo_from_bytea(0, '\\x01');
       INSERT INTO stagesub.migration (file, sha256) VALUES ('0012_x.sql', repeat('0', 64))`,
      'objects digest, objects rows, sequences public.numbers, tables public."EmailTemplate", ' +
        'tables public."SystemSetting", tables public."User", tables stagesub.migration',
    ],
  ])("replaces nothing where somebody wrote after it was saved: %s", async (_, write, what) => {
    const { connection } = await prepare("CREATE SEQUENCE numbers");
    const { file, manifest } = await back(connection);
    const spec = { connection, path: file, saved: manifest.contents };
    await query(connection, write);
    const before = await picture(connection);
    expect(await messageOf(restoreDatabase(spec))).toBe(
      `Refusing to restore malmo: expected what was saved a moment ago, found that somebody has written since: ${what}. ` +
        "The database is as it is, with that. Stop whoever writes, then run this again.",
    );
    expect(await picture(connection)).toEqual(before);
  });

  it("waits for a write that has begun, and then replaces nothing", async () => {
    const { connection } = await prepare();
    const { file, manifest } = await back(connection);
    const writer = await connect(connection);
    await writer.query(`BEGIN; UPDATE "User" SET "name" = 'Other'`);
    const restore = messageOf(restoreDatabase({ connection, path: file, saved: manifest.contents }));
    await vi.waitUntil(
      async () =>
        (await query(connection, "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'")).length > 0,
      { timeout: 30_000 },
    );
    await writer.query("COMMIT");
    expect(await restore).toContain('somebody has written since: tables public."User"');
    expect(await query(connection, 'SELECT "name" FROM "User"')).toEqual([{ name: "Other" }]);
  });

  it("loses no write that the app was told is done: what is not in the end's rows is in the saved copy", async () => {
    const spec = await prepare();
    const { connection, key, stack } = spec;
    const { file } = await back(connection);
    const registry = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: registry, migrations: migrations.registry });
    const name = `${spec.appRole.name}_1`;
    const app = await connect({ ...connection, user: name, password: spec.appRole.password });
    app.on("error", () => undefined);
    let written = 0;
    const writing = (async () => {
      for (;;) {
        await app.query(`INSERT INTO "AuditLog" ("id", "action", "entity") VALUES ($1, 'x', 'x')`, [String(written)]);
        written += 1;
      }
    })().catch(() => undefined);
    const log: string[] = [];
    const target = { name: "malmo", key, connection, retired: false, appRole: spec.appRole.name };
    const told = (line: string) => void log.push(line);
    const { signal } = new AbortController();
    const { saved } = await restoreBackup({ target, stack, registry, file, folder, signal, log: told, warn: told });
    await writing;
    expect(written).toBeGreaterThan(0);
    expect(log.findIndex((line) => line.includes("shut out"))).toBeLessThan(
      log.findIndex((line) => line.includes("saved")),
    );
    const { rows } = (await readBackup(saved)).manifest.contents.tables['public."AuditLog"']!;
    // The answer to the last write may be lost with the session.
    expect([written, written + 1]).toContain(rows);
    expect(await query(connection, 'SELECT FROM "AuditLog"')).toEqual([]);
    // The app may come in again.
    expect(await query({ ...connection, user: name, password: spec.appRole.password }, "SELECT 1 AS one")).toEqual([
      { one: 1 },
    ]);
  });

  it("of the main database tells its log of the copy after it, and lets nobody's write slip between", async () => {
    const registry = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: registry, migrations: migrations.registry });
    await ensureRegistration(registry, { ...malmoRegistration, stack: "production" });
    const { file } = await back(registry, { key: mainDatabaseName });
    await query(registry, `UPDATE "Orchestra" SET "name" = 'Later'`);
    const lines: string[] = [];
    const target = { name: registryName, key: mainDatabaseName, connection: registry, retired: false };
    const told = (line: string) => void lines.push(line);
    const { signal } = new AbortController();
    const spec = { target, stack: "production", registry, file, folder, signal, warn: told };
    const late = (line: string) => {
      lines.push(line);
      return line.includes("saved what is there")
        ? psql(registry, `UPDATE "Orchestra" SET "name" = 'Last'`)
        : undefined;
    };
    expect(await messageOf(restoreBackup({ ...spec, log: late }))).toContain(
      'somebody has written since: tables public."Orchestra"',
    );
    expect(await query(registry, 'SELECT "name" FROM "Orchestra"')).toEqual([{ name: "Last" }]);
    const { saved } = await restoreBackup({ ...spec, log: told });
    expect(await query(registry, 'SELECT "name" FROM "Orchestra"')).toEqual([{ name: malmoRegistration.name }]);
    const logged = await readAudit(registry, { stack: "production", limit: 2 });
    expect(logged.map(({ action, detail }) => [action, (detail as { file: string }).file])).toEqual([
      ["restored", path.basename(file)],
      ["backup", path.basename(saved)],
    ]);
  });

  /** Runs psql at once, before anything else goes on in this process. */
  const psql = (connection: Connection, sql: string) => {
    const { host, port, user, password, database } = connection;
    const env = { ...process.env, PGPASSWORD: password };
    execFileSync(program, ["-qX", "-h", host, "-p", String(port), "-U", user, "-d", database, "-c", sql], { env });
  };
  let program = "";
  beforeAll(async () => void (program = path.join(await findPostgresPrograms(17), "psql")));

  it("that brings back other rows than the manifest counts is rolled back, with the names", async () => {
    const { connection } = await prepare();
    const { file } = await back(connection);
    const there = await mkdtemp(path.join(folder, "rewritten-"));
    execFileSync("tar", ["-xf", file, "-C", there]);
    const manifest = path.join(there, "manifest.json");
    const rewritten = JSON.parse(await readFile(manifest, "utf8")) as Manifest;
    rewritten.contents.tables['public."User"']!.rows = 2;
    await writeFile(manifest, JSON.stringify(rewritten));
    execFileSync("tar", ["-cf", file, "-C", there, "manifest.json", "database.dump"]);
    await query(connection, `DELETE FROM "User"`);
    const before = await picture(connection);
    expect(await messageOf(restoreDatabase({ connection, path: file }))).toBe(
      'malmo: what arrived is not what was backed up: tables public."User". The database is as it was.',
    );
    expect(await picture(connection)).toEqual(before);
  });
});

const cases = ["0012_reports.sql", "0013_holder.sql"];

/** Returns the case files' migrations, each after the ones before it, with rows after the first. */
async function readCases(last: string): Promise<string[]> {
  const texts = cases.slice(0, cases.indexOf(last) + 1).map(async (name) => {
    const file = await readFile(path.join(import.meta.dirname, "../cases/migrations", name), "utf8");
    return file.split("-- Down Migration")[0]!;
  });
  const [first, ...rest] = await Promise.all(texts);
  const rows = `INSERT INTO reports.monthly VALUES ('2026-01-01', 'x'), ('2026-02-01', 'y');
    INSERT INTO "Seat" VALUES (1, 'a'), (2, 'b'); REFRESH MATERIALIZED VIEW "SeatCount"`;
  return [first!, rows, ...rest];
}
