import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type AuditEntry, readAudit } from "../../infra/database/registry/audit.ts";
import { backupDatabase } from "../../infra/database/backup/backupDatabase.ts";
import { findStaleBackup, recordBackups } from "../../infra/database/backup/backupLog.ts";
import { restoreDatabase } from "../../infra/database/backup/restoreDatabase.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase, mainDatabaseName } from "../../infra/database/registry/registryDatabase.ts";
import { backupFolder } from "../../infra/database/sources.ts";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { backUpFirst, refuseStaleBackup } from "../../infra/resources/registryBackup.ts";
import { usePostgres } from "../support/postgres.ts";
import { usePostgresPrograms } from "../support/postgresPrograms.ts";
import { malmoRegistration, messageOf, migrations, query } from "./support.ts";

/**
 * The backup of the main database that counts, and a run without one. It does not prove that the file is still
 * where it was written; how a run meets the engine, test/engine/backup.test.ts proves.
 */
describe("the main database's backup", () => {
  const postgres = usePostgres();
  usePostgresPrograms();
  let folder = "";
  beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), "stagesub-registry-"))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Prepares a main database that holds an orchestra. */
  const prepare = async (): Promise<Connection> => {
    const connection = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection, migrations: migrations.registry });
    await ensureRegistration(connection, malmoRegistration);
    return connection;
  };
  const backUp = async (connection: Connection) => {
    const spec = { connection, stack: "local", key: mainDatabaseName, name: "registry", folder };
    const backup = await backupDatabase(spec);
    await recordBackups(connection, "local", "backup", [{ ...backup, name: "registry" }]);
    return backup;
  };
  /** Records a backup as if it had been made so long ago. */
  const recordOld = async (connection: Connection, age: string) => {
    const [row] = await query<{ at: Date }>(connection, "SELECT now() - $1::interval AS at", [age]);
    const backup = { file: "/secret/folder/registry-old.tar", takenAt: row!.at.toISOString(), sha256: "0".repeat(64) };
    await recordBackups(connection, "local", "backup", [{ ...backup, name: "registry" }]);
  };
  /** Times differ from run to run. */
  const stale = async (connection: Connection, maxAge = "24h") =>
    (await findStaleBackup(connection, maxAge))?.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "<time>");

  it("that a run is to make by itself is refused at preview where none could be made, with what to install", async () => {
    const connection = await prepare();
    const policy = { stack: "local", maxAge: "24h", automatic: true };
    expect(await refuseStaleBackup(connection, policy, true)).toEqual([]);
    const { PATH } = process.env;
    onTestFinished(() => void (process.env["PATH"] = PATH));
    process.env["PATH"] = "";
    // A machine may have them where Debian keeps them.
    const missing = await findPostgresPrograms(17).then(
      () => [],
      ({ message }: Error) => [message],
    );
    expect(await refuseStaleBackup(connection, policy, true)).toEqual(missing);
    expect(missing.join()).toMatch(/^$|Install them \(Debian and Ubuntu: postgresql-client-17 /);
    // A run that writes nothing needs no backup.
    expect(await refuseStaleBackup(connection, policy, false)).toEqual([]);
  });

  it("knows itself there: file, digest, rows and size, without a path or a secret", async () => {
    const connection = await prepare();
    const made = await backUp(connection);
    const [entry] = (await readAudit(connection, { stack: "local", limit: 1 })) as [AuditEntry];
    expect(entry).toMatchObject({ stack: "local", orchestra: "registry", action: "backup" });
    expect(entry.detail).toEqual({
      file: path.basename(made.file),
      sha256: createHash("sha256")
        .update(await readFile(made.file))
        .digest("hex"),
      rows: made.rows,
      bytes: (await stat(made.file)).size,
      takenAt: made.takenAt,
      database: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    });
    expect(JSON.stringify(entry)).not.toMatch(/Secret|stagesub-registry-/);
  });

  it("is asked for where there are rows to lose, and nowhere else", async () => {
    const connection = await postgres.createDatabase();
    expect(await stale(connection)).toBeUndefined();
    await query(connection, `CREATE TABLE "Account" ("id" integer); INSERT INTO "Account" VALUES (1)`);
    expect(await stale(connection)).toBeUndefined();
    await ensureRegistryDatabase({ connection, migrations: migrations.registry });
    expect(await stale(connection)).toBe("none: it was never backed up");
    await query(connection, `DELETE FROM "Account"`);
    expect(await stale(connection)).toBeUndefined();
    await ensureRegistration(connection, malmoRegistration);
    expect(await stale(connection)).toBe("none: it was never backed up");
    await query(connection, "DROP TABLE stagesub.identity");
    expect(await stale(connection)).toBe("none that it knows of: its log comes with this `up`");
  });

  it("is too old past the limit, by the server's own clock, and the last one counts", async () => {
    const connection = await prepare();
    await recordOld(connection, "25 hours");
    expect(await stale(connection)).toMatchInlineSnapshot(`"one of <time> UTC (registry-old.tar)"`);
    expect(await stale(connection, "2d")).toBeUndefined();
    await recordOld(connection, "50 days");
    expect(await stale(connection, "7d")).toBeDefined();
    await recordOld(connection, "89 minutes");
    expect(await stale(connection)).toBeUndefined();
    expect(await stale(connection, "60m")).toBeDefined();
    await backUp(connection);
    expect(await stale(connection, "1m")).toBeUndefined();
  });

  it("is not that of an orchestra, of another database, or of the one that this was restored from", async () => {
    const original = await prepare();
    const { file, ...backup } = await backUp(original);
    await backUp(original).then((latest) => (backup.takenAt = latest.takenAt));
    const other = await prepare();
    await recordBackups(other, "local", "backup", [{ ...backup, file, name: "malmo" }]);
    await recordBackups(other, "local", "restored", [{ name: "malmo", file, takenAt: backup.takenAt }]);
    await query(
      other,
      "INSERT INTO stagesub.audit (stack, orchestra, action, detail, actor) SELECT 'local', 'registry', 'backup', $1, 'x'",
      [(await readAudit(original, { stack: "local", limit: 1 }))[0]!.detail],
    );
    expect(await stale(other)).toBe("none: it was never backed up");

    await ensureRegistration(original, { ...malmoRegistration, name: "MSO" });
    const second = await backUp(original);
    const copy = await postgres.createDatabase();
    await restoreDatabase({ connection: copy, path: second.file });
    await recordBackups(copy, "local", "restored", [{ ...second, name: "registry" }]);
    expect((await readAudit(copy, { stack: "local", limit: 9 })).map(({ action }) => action)).toContain("backup");
    expect((await stale(copy))?.replace(/registry-[\w-]+/, "<name>")).toMatchInlineSnapshot(
      `"none since it was restored from <name>.tar, which is of <time> UTC"`,
    );
    expect(await stale(original)).toBeUndefined();
    await backUp(copy);
    expect(await stale(copy)).toBeUndefined();
  });

  describe("before a run", () => {
    const policy = { stack: "local", maxAge: "24h", automatic: false };

    it("is wanted of one that would write, said in full once, and of no other", async () => {
      const connection = await prepare();
      expect(await refuseStaleBackup(connection, policy, false)).toEqual([]);
      const [first] = await refuseStaleBackup(connection, policy, true);
      expect(first).toMatchInlineSnapshot(`
        "Refusing to write to the main database: expected a backup of it that is at most 24h old (stagesub:backup), got none: it was never backed up.
        Back it up, then run this again: ./stagesub backup registry --stack local
        To go without for one run, set STAGESUB_BACKUP_CHECK=skip in its environment."
      `);
      expect(await refuseStaleBackup(connection, policy, true)).toMatchInlineSnapshot(`
        [
          "Refusing to write to the main database without a recent backup of it: the first refusal names the remedy.",
        ]
      `);
      expect(await messageOf(backUpFirst(connection))).toBe(first);
    });

    it("is made once, also when another resource is looked at meanwhile, and leaves ten of its kind and all others", async () => {
      const connection = await prepare();
      const stack = `once-${path.basename(folder)}`;
      const own = backupFolder(stack);
      onTestFinished(() => rm(own, { recursive: true, force: true }));
      await mkdir(own, { recursive: true });
      const names = [...Array(12).keys()].map((n) => `registry-automatic-2026-01-${String(n + 10)}T00-00-00Z.tar`);
      const others = ["malmo-2020-01-01T00-00-00Z.tar", "registry-2020-01-01T00-00-00Z.tar"];
      for (const name of [...names, ...others]) await writeFile(path.join(own, name), "");
      const look = () => refuseStaleBackup(connection, { ...policy, stack, automatic: true }, true);
      await look();
      const first = backUpFirst(connection);
      await look();
      await Promise.all([first, backUpFirst(connection)]);
      const left = (await readdir(own)).filter((name) => !others.includes(name)).sort();
      expect(left.slice(0, 9)).toEqual(names.slice(3));
      expect(left).toHaveLength(10);
      expect(await readdir(own)).toHaveLength(12);
    });

    it("is not wanted of the run that fills an empty database, whose rows are its own", async () => {
      const connection = await postgres.createDatabase();
      expect(await refuseStaleBackup(connection, policy, true)).toEqual([]);
      await ensureRegistryDatabase({ connection, migrations: migrations.registry });
      await ensureRegistration(connection, malmoRegistration);
      expect(await refuseStaleBackup(connection, policy, true)).toEqual([]);
      await backUpFirst(connection);
    });

    it("is not wanted where the run was told to go without", async () => {
      const connection = await prepare();
      await refuseStaleBackup(connection, policy, true);
      expect(await refuseStaleBackup(connection, undefined, true)).toEqual([]);
      await backUpFirst(connection);
    });

    it("says what is wrong when the database cannot be asked", async () => {
      const connection = { ...(await prepare()), password: "Wrong-Secret" };
      const [reason] = await refuseStaleBackup(connection, policy, true);
      expect(reason).toMatch(
        /^Refusing to write to the main database: expected a backup .*, and could not ask for the last one\. .*password.*STAGESUB_BACKUP_CHECK=skip/s,
      );
      expect(reason).not.toContain("Secret");
    });
  });
});
