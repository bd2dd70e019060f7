import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { migrationLock } from "../../infra/database/connection/withLockedTransaction.ts";
import { usePostgres } from "../support/postgres.ts";
import { startScriptedProxy, type Script } from "../support/scriptedProxy.ts";
import { connect, copyFolder, messageOf, query, specFor } from "../database/support.ts";

const marked = (sql: string) =>
  `-- no-transaction\n-- Why it is here: CONCURRENTLY; nobody waits.\n\n-- Up Migration\n${sql}\n`;
const plain = (sql: string) => `-- Up Migration\n${sql}\n`;
const index = 'CREATE UNIQUE INDEX CONCURRENTLY "Musician_phone_key" ON "Musician" ("phone");';

/**
 * Proves that a migration outside a transaction converges from wherever it was interrupted, and touches nothing that it
 * has not made. Does not prove what a pooler does with a session.
 */
describe("a migration outside a transaction", () => {
  const postgres = usePostgres();

  /** Prepares a migrated database, with these further migrations on disk: 0012, 0013, … */
  const prepare = async (...texts: string[]) => {
    const migrations = await copyFolder("migrations/orchestra");
    const warn = vi.fn<(line: string) => void>();
    const spec = { ...specFor(await postgres.createDatabase(), { migrations }), warn };
    await ensureOrchestraDatabase(spec);
    const write = (at: number, text: string) => writeFile(path.join(migrations, `00${12 + at}_new.sql`), text);
    for (const [at, text] of texts.entries()) await write(at, text);
    const behind = async (script: Script) => ({
      ...spec,
      connection: { ...spec.connection, port: await startScriptedProxy(spec.connection.port, script) },
    });
    const fail = async (changes: Partial<typeof spec> = {}) =>
      (await messageOf(ensureOrchestraDatabase({ ...spec, ...changes })))
        .replaceAll(`${migrations}/`, "")
        .replace(/(process |backend\()\d+/g, "$1N")
        .replace(/\d\d:\d\d:\d\d/g, "hh:mm:ss");
    return { spec, warn, write, behind, fail };
  };

  it("of every kind runs between others, in its turn, and makes what a fresh database gets", async () => {
    const { spec } = await prepare(
      plain('ALTER TABLE "Musician" ADD COLUMN "city" text;'),
      marked('CREATE INDEX CONCURRENTLY "Musician_city_idx" ON "Musician" ("city");'),
      marked(`ALTER TYPE "InstrumentSection" ADD VALUE IF NOT EXISTS 'ELECTRONICS';`),
      plain(`ALTER TABLE "Instrument" ALTER "section" SET DEFAULT 'ELECTRONICS';`),
      marked('REINDEX (VERBOSE) TABLE CONCURRENTLY "Musician";'),
      marked('VACUUM (ANALYZE) "Musician";'),
      marked('DROP INDEX CONCURRENTLY "Musician_city_idx";'),
      marked(index),
    );
    const log = vi.fn<(line: string) => void>();
    const state = await ensureOrchestraDatabase({ ...spec, log });
    expect(log.mock.calls.flat().filter((line) => line.includes("applied"))).toHaveLength(8);
    expect(state).toMatchObject({ version: "0019_new.sql", drift: [] });
    expect(await query(spec.connection, "SELECT FROM stagesub.in_progress")).toEqual([]);
    expect(await query(spec.connection, "SELECT FROM pg_locks WHERE locktype = 'advisory'")).toEqual([]);
    expect(await inspectOrchestraDatabase(spec)).toEqual(state);
    expect(await ensureOrchestraDatabase(spec)).toEqual(state);

    const fresh = specFor(await postgres.createDatabase(), { migrations: spec.migrations });
    expect((await ensureOrchestraDatabase(fresh)).migrations).toEqual(state.migrations);
    expect(await indexes(fresh.connection)).toEqual(await indexes(spec.connection));
  });

  it("keeps other runs out, and says after a while whose transaction it waits for; the next run completes", async () => {
    const { spec, fail } = await prepare(plain("SELECT 1;"), marked(index), plain("SELECT 2;"));
    const app = await connect(spec.connection);
    await app.query(`SET application_name = 'the app'; BEGIN; UPDATE "Musician" SET "phone" = NULL`);
    const stuck = fail({ limits: { lockWaitMs: 4_000, tableLockMs: 1_500 } });
    await expect.poll(() => isBuilding(spec.connection), { timeout: 10_000 }).toBe(true);
    expect(await fail({ limits: { lockWaitMs: 300 } })).toMatch(
      /^malmo: another run is at work in this database: "stagesub /,
    );
    expect(await stuck).toMatchInlineSnapshot(
      `"0013_new.sql:5: canceling statement due to lock timeout (SQLSTATE 55P03). The statement ran outside a transaction and left the index "Musician_phone_key", which is not valid: the next run drops it. If the app suffers until then: DROP INDEX CONCURRENTLY "Musician_phone_key". Everything before it is applied. Run again at a quieter time. It waited for a transaction to end, begun by "the app" (server process N, since hh:mm:ss UTC). If that one hangs, end it: SELECT pg_terminate_backend(N)."`,
    );
    expect(Object.keys((await inspectOrchestraDatabase(spec))!.migrations).at(-1)).toBe("0012_new.sql");
    await app.query("ROLLBACK");
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0014_new.sql" });
    expect(spec.warn).toHaveBeenLastCalledWith(
      'malmo: dropping the index "Musician_phone_key", which is not valid: 0013_new.sql was interrupted while it made it',
    );
    expect(await validity(spec.connection)).toEqual([true]);
  });

  it("that fails leaves an index that is not valid; corrected data and one rerun make it", async () => {
    const { spec, fail } = await prepare(marked(index));
    const twins = `INSERT INTO "Musician" ("firstName", "lastName", "email", "phone") VALUES ('A', 'B', 'a@x.se', '1'), ('C', 'D', 'c@x.se', '1')`;
    await query(spec.connection, twins);
    expect(await fail()).toMatchInlineSnapshot(
      `"0012_new.sql:5: could not create unique index "Musician_phone_key" (SQLSTATE 23505). The statement ran outside a transaction and left the index "Musician_phone_key", which is not valid: the next run drops it. If the app suffers until then: DROP INDEX CONCURRENTLY "Musician_phone_key". Everything before it is applied. Correct the file or the data, and run again."`,
    );
    expect(await validity(spec.connection)).toEqual([false]);
    expect(await inspectOrchestraDatabase(spec)).toMatchObject({ version: "0011_audit_log.sql" });
    expect(await fail()).toMatch(/could not create unique index/);
    await query(spec.connection, `UPDATE "Musician" SET "phone" = '2' WHERE "firstName" = 'C'`);
    const state = await ensureOrchestraDatabase(spec);
    expect(await validity(spec.connection)).toEqual([true]);
    expect(await ensureOrchestraDatabase(spec)).toEqual(state);
  });

  it("is completed by one rerun, at whatever statement around it the connection broke", async () => {
    const { spec, behind } = await prepare(
      plain('CREATE TABLE "Room" ("id" text);'),
      marked(index),
      plain('CREATE TABLE "Hall" ("id" text);'),
    );
    const made = ["Musician_phone_key", "Room", "Hall"];
    const seen = new Set<string>();
    // From the statement that writes down that it begins, far into the transaction after it.
    for (let at = 0; at < 22; at++) {
      const play = at % 2 ? "drop before" : "drop after";
      let from = Infinity;
      const cut = await behind((statement, number) => {
        if (statement.startsWith("INSERT INTO stagesub.in_progress")) from = number;
        return number === from + at ? play : undefined;
      });
      const outcome = await ensureOrchestraDatabase(cut).then(
        () => "completed",
        (error: Error) => error.message,
      );
      expect(outcome).toMatch(/lost/);
      await expect.poll(() => query(spec.connection, holders), { timeout: 10_000 }).toEqual([]);
      const left = await names(spec.connection, made);
      seen.add(left.join());
      // Back to where it was: every statement gets its turn.
      const state = await ensureOrchestraDatabase(spec);
      expect(state).toMatchObject({ version: "0014_new.sql", drift: [] });
      expect(await names(spec.connection, made)).toEqual([...made].sort());
      expect(await validity(spec.connection)).toEqual([true]);
      expect(await query(spec.connection, "SELECT FROM stagesub.in_progress")).toEqual([]);
      await query(
        spec.connection,
        `DROP INDEX "Musician_phone_key"; DROP TABLE "Room", "Hall"; DELETE FROM stagesub.migration WHERE file > '0012';
         DELETE FROM stagesub.pgmigrations WHERE name > '0012'`,
      );
    }
    // Nothing, the file before it, and the index but not the file behind it.
    expect([...seen].sort()).toEqual(["", "Musician_phone_key,Room", "Room"]);
  }, 240_000);

  it("that was edited after it failed puts away what it had left under the other name", async () => {
    const { spec, write, behind } = await prepare(marked(index));
    await interrupt(spec, behind);
    await write(0, plain("SELECT 1;"));
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0012_new.sql" });
    expect(await validity(spec.connection)).toEqual([]);
  });

  it("that was edited after it had run is refused until the edit is undone", async () => {
    const { spec, write, behind, fail } = await prepare(marked(index));
    const cut = await behind((statement) => (statement === "RESET ALL" ? "drop before" : undefined));
    expect(await messageOf(ensureOrchestraDatabase(cut))).toMatch(/lost/);
    await write(0, marked(index.replace("UNIQUE ", "")));
    expect(await fail()).toMatchInlineSnapshot(
      `"Refusing to migrate malmo: expected 0012_new.sql as it was when it ran, got another file in its place, or none. It had made the index "Musician_phone_key", and was interrupted before that was written down. Bring the file back as it was and run again; or remove that index: DROP INDEX CONCURRENTLY "Musician_phone_key""`,
    );
    await write(0, marked(`${index} -- as it was`));
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0012_new.sql" });
    expect(await validity(spec.connection)).toEqual([true]);
  });

  it("never takes an index that was there before for its own work", async () => {
    const { spec, fail } = await prepare(marked(index));
    const before = await inspectOrchestraDatabase(spec);
    await query(spec.connection, 'CREATE INDEX "Musician_phone_key" ON "Musician" ("lastName")');
    expect(await fail()).toMatchInlineSnapshot(
      `"0012_new.sql:5: expected that there is no "Musician_phone_key" yet, found one, which this file has not made. Nothing was changed: take another name or, where it is the very same index, write IF NOT EXISTS."`,
    );
    expect(await validity(spec.connection)).toEqual([true]);
    expect(await inspectOrchestraDatabase(spec)).toMatchObject({ version: before!.version });
    expect(await query(spec.connection, "SELECT FROM stagesub.in_progress")).toEqual([]);
    await query(spec.connection, 'DROP INDEX "Musician_phone_key"');
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0012_new.sql" });
  });

  it("refuses a connection that changes its session with COMMIT", async () => {
    const { spec, behind } = await prepare(marked(index));
    const pooled = await behind((statement) =>
      statement === `SELECT pg_advisory_lock(${migrationLock})` ? { instead: "SELECT 1" } : undefined,
    );
    expect(await messageOf(ensureOrchestraDatabase(pooled))).toMatchInlineSnapshot(
      `"malmo: expected this connection to stay in one session of the server, got another one after COMMIT: it goes through a transaction pooler. A migration that runs outside a transaction needs the session pooler (port 5432) or the direct host."`,
    );
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0012_new.sql" });
  });

  /** Cuts the connection while the index is being made, which leaves it not valid. */
  async function interrupt(
    spec: { connection: Connection },
    behind: (script: Script) => Promise<Parameters<typeof ensureOrchestraDatabase>[0]>,
  ): Promise<void> {
    const app = await connect(spec.connection);
    await app.query(`BEGIN; UPDATE "Musician" SET "phone" = NULL`);
    const run = messageOf(ensureOrchestraDatabase(await behind(() => undefined)));
    await expect.poll(() => isBuilding(spec.connection), { timeout: 10_000 }).toBe(true);
    await query(spec.connection, `SELECT pg_terminate_backend(pid, 5000) FROM (${holders}) holder`);
    expect(await run).toMatch(
      /0012_new\.sql:5: the connection to the database was lost while this ran outside a transaction/,
    );
    await app.query("ROLLBACK");
    await sleep(100);
    expect(await validity(spec.connection)).toEqual([false]);
  }
});

const holders = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

async function isBuilding(connection: Connection): Promise<boolean> {
  const rows = await query(
    connection,
    `SELECT FROM pg_stat_activity WHERE query LIKE '%CREATE UNIQUE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
  );
  return rows.length > 0;
}

/** Returns whether the index of these tests is valid, where it exists. */
async function validity(connection: Connection): Promise<boolean[]> {
  const rows = await query<{ indisvalid: boolean }>(
    connection,
    `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('"Musician_phone_key"')`,
  );
  return rows.map(({ indisvalid }) => indisvalid);
}

async function names(connection: Connection, among: string[]): Promise<string[]> {
  const rows = await query<{ name: string }>(
    connection,
    `SELECT relname AS name FROM pg_class WHERE relname = ANY ($1) ORDER BY relname COLLATE "C"`,
    [among],
  );
  return rows.map(({ name }) => name);
}

async function indexes(connection: Connection): Promise<unknown[]> {
  return query(connection, "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1");
}
