import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditEntry, readAudit } from "../../infra/database/registry/audit.ts";
import { backupDatabase, makeFolder } from "../../infra/database/backup/backupDatabase.ts";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { digestStream, type Manifest, readBackup } from "../../infra/database/backup/readBackup.ts";
import { recordBackups, requireLoggedDigest } from "../../infra/database/backup/backupLog.ts";
import { restoreDatabase } from "../../infra/database/backup/restoreDatabase.ts";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistration, inspectRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase, mainDatabaseName } from "../../infra/database/registry/registryDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { usePostgresPrograms } from "../support/postgresPrograms.ts";
import { connect, malmoRegistration, messageOf, migrations, query, specFor } from "./support.ts";

const postgres = usePostgres();

/**
 * Files and refusals, on a real PostgreSQL 17 with a role that is no superuser, as on Supabase; restore.test.ts shows what comes back.
 * It does not prove that a disk keeps what it has written.
 */
describe("a backup of an orchestra", () => {
  usePostgresPrograms();
  const folder = useFolder();
  let spec: OrchestraDatabaseSpec;
  let file: string;
  const store = (changes: Partial<Parameters<typeof backupDatabase>[0]> = {}) =>
    backupDatabase({
      connection: spec.connection,
      stack: "local",
      key: "malmo",
      name: "malmo",
      folder: folder(),
      ...changes,
    });
  const back = async (changes: Parameters<typeof store>[0] = {}) => {
    ({ file } = await store(changes));
    return (await readBackup(file)).manifest;
  };
  const rows = ({ contents }: Manifest, name: string) => contents.tables[`public."${name}"`]!.rows;

  beforeAll(async () => {
    spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await query(
      spec.connection,
      `INSERT INTO "Musician" ("firstName", "lastName", "email", "notes")
       SELECT 'Örjan', 'Ek' || n, n || '@example.se', repeat('ö' || n, 20) FROM generate_series(1, 20000) n`,
    );
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
    expect(rows(manifest, "Musician") - 20_000).toBe(rows(manifest, "AuditLog"));
    expect(rows(manifest, "AuditLog")).toBeLessThan(written);
    // The dump is of that moment too: compared with the manifest when it is restored.
    await restoreDatabase({ connection: await postgres.createDatabase(), path: file });
    await query(spec.connection, `DELETE FROM "AuditLog"; DELETE FROM "Musician" WHERE "firstName" = 'a'`);
  });

  it("is a tar file for its owner's eyes only, which tar and pg_restore open", async () => {
    await back();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const list = execFileSync("tar", ["-tf", file], { encoding: "utf8" });
    expect(list.trim().split("\n")).toEqual(["manifest.json", "database.dump"]);
    const restore = path.join(await findPostgresPrograms(17), "pg_restore");
    const text = execFileSync(
      "sh",
      ["-c", 'tar -xOf "$0" database.dump | "$1" --file=- --table=SystemSetting', file, restore],
      {
        encoding: "utf8",
      },
    );
    expect(text).toContain("\tINTEGER\t");
  });

  it("leaves no file behind when it is interrupted or the connection is lost", async () => {
    const empty = await mkdtemp(path.join(folder(), "empty-"));
    const controller = new AbortController();
    const watch = setInterval(() => void readdir(empty).then((files) => files.length > 0 && controller.abort()), 1);
    const message = await messageOf(back({ folder: empty, signal: controller.signal }));
    clearInterval(watch);
    expect(message).toBe("malmo: interrupted; no file was left behind.");

    // One statement in the server, which sees the shortest COPY and ends with the one that it has killed.
    const killing = query(
      spec.connection,
      `DO $$ BEGIN LOOP
         PERFORM pg_stat_clear_snapshot();
         PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY %';
         EXIT WHEN FOUND;
       END LOOP; END $$`,
    );
    const lost = await messageOf(back({ folder: empty }));
    await killing;
    expect(lost).toMatch(/^(malmo|pg_dump): .*(connection|terminat)/i);
    expect(await readdir(empty)).toEqual([]);
  });

  it("deletes a draft of this machine whose process is gone and another machine's of a day ago, and no other", async () => {
    const there = await mkdtemp(path.join(folder(), "stored-"));
    const here = hostname().replace(/[^\w.]/g, "_");
    const gone = spawnSync("true").pid;
    const left = [`gavle-1.tar.partial-${here}-${gone}-a1B2c3`, "gavle-2.tar.partial-other.host-7-a1B2c3"];
    const atWork = [`gavle-3.tar.partial-${here}-${process.pid}-a1B2c3`, "gavle-4.tar.partial-other.host-7-a1B2c3"];
    for (const name of [...left, ...atWork]) {
      await makeFolder(path.join(there, name));
      await writeFile(path.join(there, name, "database.dump"), "rows");
    }
    const aDayAgo = Date.now() / 1_000 - 86_500;
    await utimes(path.join(there, left[1]!), aDayAgo, aDayAgo);
    const stored = await store({ folder: there });
    expect((await readdir(there)).sort()).toEqual([...atWork, path.basename(stored.file)].sort());
  });

  it("has a file of its own although another one of the same database is made in the same second", async () => {
    const there = await mkdtemp(path.join(folder(), "twice-"));
    const stored = await Promise.all([store({ folder: there }), sleep(20).then(() => store({ folder: there }))]);
    expect((await readdir(there)).sort()).toEqual(stored.map(({ file: made }) => path.basename(made)).sort());
    for (const { file: made, sha256 } of stored) expect(await digestStream(made)).toBe(sha256);
  });

  it("refuses a database that says it is another, or that this program has never migrated", async () => {
    expect(await messageOf(back({ key: "lund" }))).toMatchInlineSnapshot(
      `"Refusing to back up lund: the database itself says that it is malmo. Check the connection."`,
    );
    expect(await messageOf(back({ connection: await postgres.createDatabase() }))).toMatchInlineSnapshot(
      `"Refusing to back up malmo: this program has never migrated that database."`,
    );
  });

  it("is refused when it was damaged or cut off, wherever that is", async () => {
    await back();
    const bytes = await readFile(file);
    const start = bytes.indexOf("PGDMP");
    const target = await postgres.createDatabase();
    const damaged = path.join(folder(), "damaged.tar");
    const attempts = [
      bytes.subarray(0, bytes.length / 2),
      bytes.subarray(0, 700),
      Buffer.from("no tar"),
      Buffer.alloc(0),
    ];
    for (let at = start; at < bytes.length - 10_240; at += Math.ceil(bytes.length / 10)) {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 0x55;
      attempts.push(copy);
    }
    expect(attempts.length).toBeGreaterThan(10);
    for (const attempt of attempts) {
      await writeFile(damaged, attempt);
      expect(await messageOf(restoreDatabase({ connection: target, path: damaged }))).toMatch(
        /^Expected .*damaged.* Take another/,
      );
    }
    expect(await messageOf(restoreDatabase({ connection: target, path: path.join(folder(), "none.tar") }))).toContain(
      "No such file",
    );
    expect(await query(target, "SELECT nspname FROM pg_namespace WHERE nspname = 'stagesub'")).toEqual([]);
  });

  it("is refused with a manifest rewritten to fit, by the digest in the log of its name or its moment", async () => {
    const registry = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: registry, migrations: migrations.registry });
    const stored = await store();
    const entry = { ...stored, name: "malmo" };
    expect(await requireLoggedDigest(registry, "local", entry)).toBe(false);
    await recordBackups(registry, "local", "backup", [entry]);
    expect(await requireLoggedDigest(registry, "local", entry)).toBe(true);
    const rewritten = { ...entry, sha256: "0".repeat(64) };
    for (const changed of [{}, { file: "renamed.tar" }, { takenAt: "2020-01-01T00:00:00.000Z" }])
      expect(await messageOf(requireLoggedDigest(registry, "local", { ...rewritten, ...changed }))).toContain(
        `the log of the main database holds for it, ${stored.sha256}, got 0000`,
      );
    expect(await requireLoggedDigest(registry, "local", { ...rewritten, name: "gavle" })).toBe(false);
  });

  it("fails at once in a folder that cannot be, before the database is asked", async () => {
    await writeFile(path.join(folder(), "a file"), "");
    const connection = { ...spec.connection, port: 1 };
    const notThere = path.join(folder(), "a file", "below");
    for (const there of ["/proc/stagesub/deep/er", notThere, path.dirname(notThere), "/dev/null/below"])
      expect(await messageOf(store({ connection, folder: there }))).toMatch(
        /^Expected a folder to write to: mkdir failed: mkdir: .*\. Name another: --to$/,
      );
    await Promise.all([1, 2].map(() => makeFolder(path.join(folder(), "new", "er"))));
    expect((await stat(path.join(folder(), "new", "er"))).isDirectory()).toBe(true);
  });

  it("is refused where its own role sees not every row, or owns not everything; one with BYPASSRLS sees all", async () => {
    const { connection } =
      await prepared(`CREATE TABLE secret (id int); INSERT INTO secret VALUES (1); ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
      ALTER TABLE secret FORCE ROW LEVEL SECURITY`);
    expect(await messageOf(back({ connection }))).toContain(
      'query would be affected by row-level security policy for table "secret"',
    );
    await postgres.cluster().withDatabase(connection.database, async (client) => {
      await client.query(`ALTER ROLE ${connection.user} BYPASSRLS`);
    });
    expect((await back({ connection })).contents.tables["public.secret"]!.rows).toBe(1);
    await postgres.cluster().withDatabase(connection.database, async (client) => {
      await client.query("CREATE TABLE public.strange (id int); GRANT SELECT ON public.strange TO PUBLIC");
    });
    expect((await messageOf(back({ connection }))).replaceAll(connection.user, "OWNER")).toMatchInlineSnapshot(
      `"Refusing to back up malmo: expected everything to belong to OWNER, who restores it, got table strange, of supabase_admin. Make OWNER the owner (ALTER … OWNER TO), or move it out."`,
    );
  });

  it("needs PostgreSQL's programs of the server's version, and says what to install", async () => {
    expect(await messageOf(findPostgresPrograms(99))).toMatch(
      /^Expected PostgreSQL's client programs \(pg_dump, pg_restore, psql\) of version 99 or newer on PATH or in .*, got 1\d in .*Install them \(Debian and Ubuntu: postgresql-client-99 /,
    );
    expect(await messageOf(findPostgresPrograms(99, "client and server programs", ""))).toContain("postgresql-99 from");
    const fake = path.join(folder(), "bin");
    await makeFolder(fake);
    for (const name of ["pg_dump", "pg_restore", "psql"])
      await writeFile(path.join(fake, name), "#!/bin/sh\necho 'pg_dump (PostgreSQL) 100.1'\n", { mode: 0o755 });
    expect(await findPostgresPrograms(99, "client programs", `/nowhere:${fake}`)).toBe(fake);
  });

  const prepared = async (sql: string) => {
    const made = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(made);
    await query(made.connection, sql);
    return made;
  };
});

describe("a backup of the main database", () => {
  usePostgresPrograms();
  const folder = useFolder();

  it("comes back with its rows, the app's own columns and tables included, in a database whose default privileges open it", async () => {
    const connection = await postgres.createDatabase();
    await query(connection, appTables);
    await ensureRegistryDatabase({ connection, migrations: migrations.registry });
    await ensureRegistration(connection, { ...malmoRegistration, status: "Suspended" });
    const spec = { connection, stack: "local", key: mainDatabaseName, name: "registry", folder: folder() };
    const { file, takenAt } = await backupDatabase(spec);

    const target = await postgres.createDatabase();
    await restoreDatabase({ connection: target, path: file, mark: { key: mainDatabaseName, stack: null } });
    await recordBackups(target, "local", "restored", [{ name: "registry", file, takenAt }]);
    const [{ detail, ...entry }] = (await readAudit(target, { stack: "local", limit: 1 })) as [AuditEntry];
    expect(entry).toMatchObject({ orchestra: "registry", action: "restored" });
    expect(detail).toMatchObject({ file: path.basename(file) });
    expect(await query(target, 'SELECT * FROM "Account"')).toEqual([{ id: 1, name: "Anna" }]);
    expect(await inspectRegistration(target, malmoRegistration)).toMatchObject({ status: "Suspended" });
    const open = `SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'anon' AND table_schema = 'public' ORDER BY 1`;
    expect(await query(target, open)).toEqual(await query(connection, open));
    await ensureRegistryDatabase({ connection: target, migrations: migrations.registry });
  });
});

/** Makes a folder for the describe block. */
function useFolder(): () => string {
  let folder = "";
  beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), "stagesub-backup-"))));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

const appTables = `
  CREATE TABLE "_prisma_migrations" ("id" text PRIMARY KEY);
  INSERT INTO "_prisma_migrations" VALUES ('20260101_init');
  CREATE TABLE "Account" ("id" integer PRIMARY KEY, "name" text);
  INSERT INTO "Account" VALUES (1, 'Anna');
  CREATE TABLE "Orchestra" (
    "id" text PRIMARY KEY, "name" text NOT NULL, "subdomain" text NOT NULL, "databaseUrl" text NOT NULL,
    "status" text NOT NULL, "logoUrl" text DEFAULT '/standard.svg', "setupDate" timestamp(3), "updatedAt" timestamp(3) NOT NULL)`;
