import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditEntry, readAudit } from "../../infra/database/audit.ts";
import { backupDatabase } from "../../infra/database/backup/backupDatabase.ts";
import { restoreDatabase } from "../../infra/database/backup/restoreDatabase.ts";
import { storeBackup } from "../../infra/database/backup/storeBackup.ts";
import type { Connection } from "../../infra/database/connection.ts";
import { ensureOrchestraDatabase, type OrchestraDatabaseSpec } from "../../infra/database/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/inspectOrchestraDatabase.ts";
import { ensureRegistration, inspectRegistration } from "../../infra/database/registration.ts";
import { ensureRegistryDatabase, registrySubject } from "../../infra/database/registryDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, copyFolder, malmoRegistration, messageOf, migrations, query, specFor } from "./support.ts";

/**
 * On a real PostgreSQL 17 with a role that is no superuser, as on Supabase. It does not prove that a disk keeps what it
 * has written, nor that Supavisor lets COPY through.
 */
describe("a backup of an orchestra", () => {
  const postgres = usePostgres();
  const folder = useFolder();
  let spec: OrchestraDatabaseSpec;
  let file: string;
  const back = (changes: Partial<Parameters<typeof backupDatabase>[0]> = {}) =>
    backupDatabase({ connection: spec.connection, stack: "local", key: "malmo", path: file, ...changes });
  const restore = (connection: Connection, from = file) =>
    restoreDatabase({ connection, path: from, migrations: { ...migrations, orchestra: spec.migrations } });

  /** As when a whole Supabase project is gone: roles belong to the cluster. */
  const dropRoles = ({ connection, appRole: { name } }: OrchestraDatabaseSpec) =>
    postgres.cluster().withDatabase(connection.database, async (client) => {
      await client.query(`DROP OWNED BY ${name}, ${name}_1; DROP ROLE ${name}_1, ${name}`);
    });

  beforeAll(async () => {
    // A copy with what the real migrations do not have, since later ones may.
    const copy = path.join(folder(), "migrations");
    await cp(migrations.orchestra, copy, { recursive: true });
    await writeFile(path.join(copy, "0900_odd.sql"), oddTables);
    spec = specFor(await postgres.createDatabase(), { migrations: copy });
    await ensureOrchestraDatabase(spec);
    await query(spec.connection, oddRows);
    file = path.join(folder(), "malmo.tar");
  });

  it("comes back in an empty database with every row, sequence, right and the ledger", async () => {
    const manifest = await back();
    expect(manifest).toMatchObject({ stack: "local", key: "malmo", orchestra: "malmo" });
    expect(manifest.tables.find(({ name }) => name === "Chair")!.rows).toBe(2);
    expect(manifest.tables.find(({ name }) => name === "Musician")!.rows).toBe(20_000);

    const target = await postgres.createDatabase();
    expect(await restore(target)).toEqual(manifest);
    expect(await everything(target)).toEqual(await everything(spec.connection));
    expect(await inspectOrchestraDatabase({ connection: target, key: "malmo" })).toEqual(
      await inspectOrchestraDatabase({ connection: spec.connection, key: "malmo" }),
    );
    // Constraints, triggers and sequences are as they were.
    expect(await query(target, `INSERT INTO "Chair" DEFAULT VALUES RETURNING "id", "note"`)).toEqual([
      { id: "3", note: "from the trigger" },
    ]);
    expect(await messageOf(query(target, `INSERT INTO "Chair" ("next") VALUES (99)`))).toContain("foreign key");
    expect(
      await query(
        target,
        "SELECT conname, condeferrable, condeferred FROM pg_constraint ORDER BY connamespace::regnamespace::text, 1",
      ),
    ).toEqual(
      await query(
        spec.connection,
        "SELECT conname, condeferrable, condeferred FROM pg_constraint ORDER BY connamespace::regnamespace::text, 1",
      ),
    );
  });

  it("makes the app's role where it is missing, and is what the next up takes over", async () => {
    const lund = specFor(await postgres.createDatabase(), {
      key: "lund",
      owner: { ...spec.owner!, orchestra: "lund" },
    });
    const before = await ensureOrchestraDatabase(lund);
    const users = await query(lund.connection, 'SELECT * FROM "User"');
    const path = `${file}-lund`;
    await back({ connection: lund.connection, key: "lund", path });
    await dropRoles(lund);

    const target = await postgres.createDatabase();
    await restoreDatabase({ connection: target, path, migrations });
    expect(await inspectOrchestraDatabase({ connection: target, key: "lund" })).toEqual(before);
    expect(await ensureOrchestraDatabase({ ...lund, connection: target })).toEqual(before);
    expect(await query(target, 'SELECT * FROM "User"')).toEqual(users);
    const { name, password } = lund.appRole;
    const app = await connect({ ...target, user: `${name}_1`, password });
    expect((await app.query('SELECT FROM "User"')).rowCount).toBe(1);
  });

  it("is one moment: what is written meanwhile is in it wholly or not at all", async () => {
    const writer = await connect(spec.connection);
    let [writing, written] = [true, 0];
    const write = (async () => {
      for (; writing; written++)
        await writer.query(
          `WITH m AS (INSERT INTO "Musician" ("firstName", "lastName", "email") VALUES ('a', 'b', $1) RETURNING "id")
           INSERT INTO "AuditLog" ("action", "entity", "entityId") SELECT 'made', 'Musician', "id" FROM m`,
          [`meanwhile-${written}@example.se`],
        );
    })();
    await expect.poll(() => written).toBeGreaterThan(0);
    const manifest = await back();
    writing = false;
    await write;
    const rows = (name: string) => manifest.tables.find((table) => table.name === name)!.rows;
    expect(rows("Musician") - 20_000).toBe(rows("AuditLog"));
    expect(rows("AuditLog")).toBeLessThan(written);
    await query(spec.connection, `DELETE FROM "AuditLog"; DELETE FROM "Musician" WHERE "firstName" = 'a'`);
  });

  it("is a tar file for its owner's eyes only, which tar and gunzip open", async () => {
    await back();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const names = execFileSync("tar", ["-tf", file], { encoding: "utf8" }).trim().split("\n");
    expect(names.at(-1)).toBe("manifest.json");
    const language = names.find((name) => name.includes("SystemSetting"))!;
    const text = execFileSync("sh", ["-c", 'tar -xOf "$0" "$1" | gunzip', file, language], { encoding: "utf8" });
    expect(text).toContain("\tINTEGER\t");
  });

  it("leaves no file behind when it is interrupted or the connection is lost", async () => {
    const interrupted = path.join(folder(), "interrupted", "x.tar");
    expect(await messageOf(back({ path: interrupted }))).toBe(
      `malmo: cannot write ${interrupted} (ENOENT). Give another folder with --to.`,
    );
    const empty = await mkdtemp(path.join(folder(), "empty-"));
    const controller = new AbortController();
    const watch = setInterval(() => void readdir(empty).then((files) => files.length > 0 && controller.abort()), 1);
    const message = await messageOf(back({ path: path.join(empty, "x.tar"), signal: controller.signal }));
    clearInterval(watch);
    expect(message).toBe("malmo: interrupted; no file was left behind.");

    // One after the other: one that is still under way at the end would reach the next test's backup.
    let isOver = false;
    const kill = async () => {
      const sql =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND pid <> pg_backend_pid()";
      while (!isOver) await query(spec.connection, sql).catch(() => undefined);
    };
    const killing = kill();
    const lost = await messageOf(back({ path: path.join(empty, "x.tar") }));
    isOver = true;
    await killing;
    expect(lost).toMatch(/connection|terminat/i);
    expect(await readdir(empty)).toEqual([]);
  });

  it("takes away what a killed one left, and nothing of one that is at work", async () => {
    const there = await mkdtemp(path.join(folder(), "stored-"));
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    for (const pid of [gone, process.ppid]) await writeFile(path.join(there, `gavle-1.tar.${pid}.partial`), "rows");
    const stored = await storeBackup({
      connection: spec.connection,
      stack: "local",
      key: "malmo",
      name: "malmo",
      folder: there,
    });
    expect((await readdir(there)).sort()).toEqual([`gavle-1.tar.${process.ppid}.partial`, path.basename(stored.file)]);
  });

  it("refuses a database that says it is another, or that this program has never migrated", async () => {
    expect(await messageOf(back({ key: "lund" }))).toMatchInlineSnapshot(
      `"Refusing to back up lund: the database itself says that it is malmo. Check the connection."`,
    );
    expect(await messageOf(back({ connection: await postgres.createDatabase() }))).toMatchInlineSnapshot(
      `"Refusing to back up malmo: this program has never migrated that database."`,
    );
  });

  it("is refused by a database that holds something, which stays as it is", async () => {
    await back();
    const before = await everything(spec.connection);
    expect(await messageOf(restore(spec.connection))).toMatchInlineSnapshot(
      `"Refusing to restore over malmo: expected an empty database for malmo, got one that this program has migrated. Give an empty one; none is ever emptied here."`,
    );
    expect(await everything(spec.connection)).toEqual(before);

    const foreign = await postgres.createDatabase();
    await query(foreign, "CREATE TABLE notes (text text)");
    expect(await messageOf(restore(foreign))).toMatchInlineSnapshot(
      `"Refusing to migrate malmo: expected an empty database, found 1 things that this program did not make (public.notes). Check the connection; give an empty database."`,
    );
    expect(await query(foreign, "SELECT nspname FROM pg_namespace WHERE nspname = 'stagesub'")).toEqual([]);
  });

  it("is refused with names when the migrations are not those of the backup, before anything is connected to", async () => {
    await back();
    const edited = await copyFolder("migrations/orchestra");
    await writeFile(path.join(edited, "0005_instruments.sql"), "-- Up Migration\nSELECT 1;\n");
    await rm(path.join(edited, "0011_audit_log.sql"));
    const nowhere = { host: "127.0.0.1", port: 1, user: "x", password: "Restore-Secret", database: "x" };
    expect(
      await messageOf(
        restoreDatabase({ connection: nowhere, path: file, migrations: { ...migrations, orchestra: edited } }),
      ),
    ).toMatchInlineSnapshot(`
      "Refusing to restore malmo: the migrations here are not those of the backup. Check out the version that made it.
      - 0005_instruments.sql was edited after it was applied (applied 47165693c34d…, on disk f64b413457fb…). Undo the edit and put the change in a new file.
      - 0011_audit_log.sql was applied but is gone from disk. Bring it back.
      - 0900_odd.sql was applied but is gone from disk. Bring it back."
    `);
  });

  it("stops at its own migrations; later ones are for the next up", async () => {
    const old = specFor(await postgres.createDatabase(), { owner: { ...spec.owner! } });
    await ensureOrchestraDatabase(old);
    await back({ connection: old.connection });
    await dropRoles(old);
    const target = await postgres.createDatabase();
    await restore(target);
    expect((await inspectOrchestraDatabase({ connection: target, key: "malmo" }))!.version).toBe("0011_audit_log.sql");
    const state = await ensureOrchestraDatabase({ ...old, migrations: spec.migrations, connection: target });
    expect(state.version).toBe("0900_odd.sql");
  });

  it("is refused when it was damaged or cut off, wherever that is", async () => {
    await back();
    const bytes = await readFile(file);
    const target = await postgres.createDatabase();
    const damaged = path.join(folder(), "damaged.tar");
    const messages = new Set<string>();
    for (let at = 300; at < bytes.length - 1024; at += Math.ceil(bytes.length / 40)) {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 0x55;
      await writeFile(damaged, copy);
      const outcome = await restore(target, damaged).then(
        () => "restored",
        (error: Error) => error.message,
      );
      if (outcome === "restored") throw new Error(`damage at ${at} went unseen`);
      messages.add(outcome.replaceAll(damaged, "FILE").replace(/in [\w, ]+: the file/, "in TABLE: the file"));
    }
    await writeFile(damaged, bytes.subarray(0, bytes.length / 2));
    messages.add((await messageOf(restore(target, damaged))).replaceAll(damaged, "FILE"));
    expect([...messages].filter((message) => !/Take another|damaged|manifest/.test(message))).toEqual([]);
    expect(await messageOf(restore(target, path.join(folder(), "none.tar")))).toContain("cannot read");
    expect(await query(target, "SELECT nspname FROM pg_namespace WHERE nspname = 'stagesub'")).toEqual([]);
  });
});

describe("a backup of the main database", () => {
  const postgres = usePostgres();
  const folder = useFolder();
  const prepare = async (appTables: string) => {
    const connection = await postgres.createDatabase();
    if (appTables) await query(connection, appTables);
    await ensureRegistryDatabase({ connection, migrations: migrations.registry });
    await ensureRegistration(connection, malmoRegistration);
    const file = path.join(folder(), `${connection.database}.tar`);
    await backupDatabase({ connection, stack: "local", key: registrySubject, path: file });
    return { connection, file };
  };

  it("comes back with its rows, the app's own columns and tables included", async () => {
    const { connection, file } = await prepare(appTables);
    await ensureRegistration(connection, { ...malmoRegistration, status: "Suspended" });
    await backupDatabase({ connection, stack: "local", key: registrySubject, path: file });

    const target = await postgres.createDatabase();
    expect(await messageOf(restoreDatabase({ connection: target, path: file, migrations }))).toMatchInlineSnapshot(
      `"Refusing to restore: the backup holds what the migrations here do not make: "public"."Account", "public"."Orchestra"."logoUrl". If it is the app's, let the app's migrations make it first. Nothing was changed."`,
    );
    await query(target, appTables.replace(/INSERT INTO "Account".*/, ""));
    await restoreDatabase({ connection: target, path: file, migrations });
    const [{ detail, ...entry }] = (await readAudit(target, { stack: "local", limit: 1 })) as [AuditEntry];
    expect(entry).toMatchObject({ orchestra: "registry", action: "restored" });
    expect(detail).toMatchObject({ file: path.basename(file) });
    const [before, after] = [await everything(connection), await everything(target)];
    // Nothing but that entry is new.
    expect(after["stagesub.audit"]!.slice(0, -1)).toEqual(before["stagesub.audit"]);
    expect({ ...after, "stagesub.audit": [], sequences: [] }).toEqual({
      ...before,
      "stagesub.audit": [],
      sequences: [],
    });
    expect(await inspectRegistration(target, malmoRegistration)).toMatchObject({ status: "Suspended" });
    await ensureRegistryDatabase({ connection: target, migrations: migrations.registry });
  });

  it("is refused where the app has rows, and as an orchestra's", async () => {
    const { file } = await prepare("");
    const target = await postgres.createDatabase();
    await query(target, appTables);
    expect(await messageOf(restoreDatabase({ connection: target, path: file, migrations }))).toMatchInlineSnapshot(
      `"Refusing to restore over "public"."Account": expected the app's tables to be empty, got one with rows. Give an empty database."`,
    );
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    expect(
      await messageOf(restoreDatabase({ connection: spec.connection, path: file, migrations })),
    ).toMatchInlineSnapshot(
      `"Refusing to restore over malmo: expected an empty database for the main database, got one that this program has migrated. Give an empty one; none is ever emptied here."`,
    );
  });
});

/** A folder for the describe block. */
function useFolder(): () => string {
  let folder = "";
  beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), "stagesub-backup-"))));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** Every row of every table and every sequence. `_prisma_migrations` comes with the app's schema. */
async function everything(connection: Connection): Promise<Record<string, unknown[]>> {
  const tables = await query<{ name: string }>(
    connection,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname IN ('public', 'stagesub') AND tablename NOT IN ('_prisma_migrations', 'expected_schema') ORDER BY 1`,
  );
  const found: Record<string, unknown[]> = {};
  for (const { name } of tables)
    found[name] = await query(connection, `SELECT t::text AS row FROM ${name} t ORDER BY 1`);
  found["sequences"] = await query(
    connection,
    "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2",
  );
  return found;
}

const oddTables = `-- Up Migration
CREATE TABLE "Desk" ("id" integer PRIMARY KEY, "chair" bigint NOT NULL);
CREATE TABLE "Chair" (
  "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "next" bigint REFERENCES "Chair",
  "desk" integer REFERENCES "Desk" DEFERRABLE INITIALLY IMMEDIATE,
  "double" bigint GENERATED ALWAYS AS ("id" * 2) STORED,
  "note" text
);
ALTER TABLE "Desk" ADD FOREIGN KEY ("chair") REFERENCES "Chair" DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE "Without key" ("a b" text, "t" jsonb, "at" timestamptz, "raw" bytea, "number" double precision, "span" interval);
CREATE FUNCTION note_chair() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW."note" := 'from the trigger'; RETURN NEW; END $$;
CREATE TRIGGER note BEFORE INSERT ON "Chair" FOR EACH ROW EXECUTE FUNCTION note_chair();
INSERT INTO "Without key" ("a b") VALUES ('written by the migration');
`;

const oddRows = `
BEGIN;
DELETE FROM "Without key";
INSERT INTO "Chair" DEFAULT VALUES;
INSERT INTO "Chair" DEFAULT VALUES;
INSERT INTO "Desk" VALUES (1, 2);
UPDATE "Chair" SET "next" = 3 - "id", "desk" = 1, "note" = E'two\\nlines, a\\ttab and a \\\\ backslash';
INSERT INTO "Without key" VALUES
  (E'\\\\N', NULL, NULL, NULL, NULL, NULL),
  (NULL, '{"ö": [1, "\\\\n"]}', '2026-11-22 12:00:00.123456+01', '\\x00ff0a', 0.1, '1 mon -3 days 04:05:06.7'),
  ('', 'null', 'infinity', '', 'NaN', '0'), ('', 'null', 'infinity', '', 'NaN', '0');
COMMIT;
INSERT INTO "Musician" ("firstName", "lastName", "email", "notes")
  SELECT 'Örjan', 'Ek' || n, n || '@example.se', repeat('ö' || n, 20) FROM generate_series(1, 20000) n`;

const appTables = `
  CREATE TABLE "_prisma_migrations" ("id" text PRIMARY KEY);
  INSERT INTO "_prisma_migrations" VALUES ('20260101_init');
  CREATE TABLE "Account" ("id" integer PRIMARY KEY, "name" text);
  INSERT INTO "Account" VALUES (1, 'Anna');
  CREATE TABLE "Orchestra" (
    "id" text PRIMARY KEY, "name" text NOT NULL, "subdomain" text NOT NULL, "databaseUrl" text NOT NULL,
    "status" text NOT NULL, "logoUrl" text DEFAULT '/standard.svg', "setupDate" timestamp(3), "updatedAt" timestamp(3) NOT NULL)`;
