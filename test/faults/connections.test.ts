import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { withClient, type Connection } from "../../infra/database/connection/connection.ts";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { startScriptedProxy, type Play, type Script } from "../support/scriptedProxy.ts";
import { connect, copyFolder, messageOf, query, specFor } from "../database/support.ts";

/**
 * Proves that, whatever the connection and the server do, a run ends within its limits, names the trouble in its own words, and a
 * plain rerun completes. A proxy reports disk full and serialization failures in the server's place.
 */
describe("a run whose connection or server fails", () => {
  const postgres = usePostgres();

  /** Returns the same database behind a proxy that plays faults. */
  const behind = async (spec: OrchestraDatabaseSpec, script: Script): Promise<OrchestraDatabaseSpec> => ({
    ...spec,
    connection: { ...spec.connection, port: await startScriptedProxy(spec.connection.port, script) },
  });

  it.each<[Play, "all" | "nothing"]>([
    ["drop before", "nothing"],
    ["drop after", "all"],
  ])(
    "is told apart when the connection breaks at COMMIT (%s): %s is done, and a rerun completes",
    async (play, done) => {
      const spec = specFor(await postgres.createDatabase());
      const cut = await behind(spec, (statement) => (statement === "COMMIT" ? play : undefined));
      expect(await messageOf(ensureOrchestraDatabase(cut))).toBe(
        "malmo: the connection to the database was lost during COMMIT: all of it is done, or nothing, never half. " +
          "Run again: the run looks at what is there and goes on from that.",
      );
      const left = await settled(() => inspectOrchestraDatabase(spec));
      if (done === "nothing") expect(left).toBeUndefined();
      const log = vi.fn();
      const state = await ensureOrchestraDatabase({ ...spec, log });
      expect(log.mock.calls.length === 0).toBe(done === "all");
      if (done === "all") expect(left).toEqual(state);
      expect(state).toMatchObject({ owner: "malmo", templates: 16, users: 1, drift: [] });
    },
  );

  it("has done all or nothing when the connection breaks during COMMIT, and a rerun completes", async () => {
    const spec = specFor(await postgres.createDatabase());
    const cut = await behind(spec, (statement) => (statement === "COMMIT" ? "drop during" : undefined));
    expect(await messageOf(ensureOrchestraDatabase(cut))).toMatch(/lost during COMMIT/);
    const left = await settled(() => inspectOrchestraDatabase(spec));
    const state = await ensureOrchestraDatabase(spec);
    expect([undefined, state]).toContainEqual(left);
  });

  it("gives up on a server that accepts and never answers", async () => {
    const deaf = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    onTestFinished(() => void deaf.close());
    await new Promise((resolve) => deaf.once("listening", resolve));
    const { port } = deaf.address() as { port: number };
    const spec = specFor({ ...(await postgres.createDatabase()), port });
    const message = await messageOf(ensureOrchestraDatabase({ ...spec, limits: { attemptMs: 300 } }));
    expect(message.replaceAll(spec.connection.user, "USER").replaceAll(String(port), "PORT")).toMatchInlineSnapshot(
      `"Cannot connect to 127.0.0.1:PORT as USER: the connection was accepted, and then nothing was said for 0.3 s. Something listens there and does not answer: a server that hangs, or no PostgreSQL. Check host and port, restart the server, then run again."`,
    );
  });

  it("gives up on a server that falls silent in the middle, and a rerun completes", async () => {
    const spec = specFor(await postgres.createDatabase());
    const hung = await behind(spec, (statement) => (statement.includes("EmailTemplate") ? "silence" : undefined));
    const started = Date.now();
    const message = await messageOf(ensureOrchestraDatabase({ ...hung, limits: { statementMs: 2_000 } }));
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(message).toMatchInlineSnapshot(
      `"malmo: the server gave no answer to a statement within its time limit. What it does not finish it rolls back: run again; a run that finds it still at work waits, and says so."`,
    );
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ owner: "malmo", users: 1 });
  });

  it("does not wait for a server that never closes the connection", async () => {
    const spec = specFor(await postgres.createDatabase());
    const port = await startScriptedProxy(spec.connection.port, (statement) =>
      statement === "Terminate" ? "silence" : undefined,
    );
    const started = Date.now();
    await withClient({ ...spec.connection, port }, (client) => client.query("SELECT 1"));
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it("says that the server ended the connection in the middle of a migration, and the corrected file completes", async () => {
    const { spec, file } = await withMigration(await postgres.createDatabase(), "SELECT pg_sleep(60);");
    const run = messageOf(ensureOrchestraDatabase(spec));
    await expect.poll(() => terminate(spec.connection, "pg_sleep"), { timeout: 20_000 }).toBe(1);
    expect(await run).toMatchInlineSnapshot(
      `"malmo: the server ended the connection: terminating connection due to administrator command (SQLSTATE 57P01). Nothing is half done: run again once it is up."`,
    );
    await writeFile(file, "-- Up Migration\nSELECT 1;\n");
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0012_new.sql" });
  });

  it("names file, line and limit where a statement takes too long", async () => {
    const { spec, file } = await withMigration(await postgres.createDatabase(), "SELECT 1;\nSELECT pg_sleep(60);");
    const message = await messageOf(ensureOrchestraDatabase({ ...spec, limits: { statementMs: 3_000 } }));
    expect(message.replace(file, "FILE")).toMatchInlineSnapshot(
      `"FILE:3: canceling statement due to statement timeout (SQLSTATE 57014). A time limit of this run, the role, the database or the server ended it, or another session did. Nothing was changed: run again when the database has less to do, or split the work. This run's own limit is 3 s."`,
    );
  });

  it("says that the database takes no changes, and completes once it does", async () => {
    const spec = specFor(await postgres.createDatabase());
    const { database } = spec.connection;
    await query(spec.connection, `ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    const message = await messageOf(ensureOrchestraDatabase(spec));
    expect(message).toMatchInlineSnapshot(
      `"malmo: PostgreSQL refused: cannot execute CREATE SCHEMA in a read-only transaction (SQLSTATE 25006). The database takes no changes now: it is a replica, or Supabase has put it into read-only mode because its disk is nearly full (Project → Database settings). Nothing was changed: free or add space, then run again."`,
    );
    await query(
      spec.connection,
      `BEGIN READ WRITE; ALTER DATABASE ${database} RESET default_transaction_read_only; COMMIT`,
    );
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ owner: "malmo" });
  });

  it("says that the disk is full, has changed nothing, and completes once it is not", async () => {
    const spec = specFor(await postgres.createDatabase());
    const full = await behind(spec, (statement) =>
      statement.includes("INSERT INTO stagesub.seed")
        ? { sqlState: "53100", message: 'could not extend file "base/1/2": No space left on device' }
        : undefined,
    );
    expect(await messageOf(ensureOrchestraDatabase(full))).toMatchInlineSnapshot(
      `"malmo: PostgreSQL refused: could not extend file "base/1/2": No space left on device (SQLSTATE 53100). The server's disk is full. Nothing was changed: free or add space (Project → Database settings), then run again."`,
    );
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ owner: "malmo" });
  });

  it("waits for a free connection, and no longer than told", async () => {
    const connection = await postgres.createDatabase();
    const limit = (count: number) =>
      postgres
        .cluster()
        .withDatabase(connection.database, (admin) =>
          admin.query(`ALTER ROLE ${connection.user} CONNECTION LIMIT ${count}`),
        );
    await limit(0);
    const message = await messageOf(withClient(connection, async () => undefined, { connectMs: 500 }));
    expect(
      message.replaceAll(connection.user, "USER").replaceAll(String(connection.port), "PORT"),
    ).toMatchInlineSnapshot(
      `"Cannot connect to 127.0.0.1:PORT as USER: too many connections for role "USER" (53300). No connection is free: wait, or raise the pool's size. Tried for 0.5 s."`,
    );
    const one = withClient(connection, async (client) => (await client.query("SELECT 1 AS one")).rows as unknown[]);
    await sleep(300);
    await limit(-1);
    expect(await one).toEqual([{ one: 1 }]);
  });
});

describe("a run that PostgreSQL sacrifices to another transaction", () => {
  const postgres = usePostgres();

  it("is tried again as a whole after a deadlock, and completes", async () => {
    const { spec } = await withMigration(
      await postgres.createDatabase(),
      'LOCK TABLE "Instrument";\nSELECT pg_sleep(3);\nLOCK TABLE "Musician";',
    );
    const app = await connect(spec.connection);
    const warn = vi.fn();
    const run = ensureOrchestraDatabase({ ...spec, warn });
    await sleep(300);
    await expect
      .poll(
        () =>
          query(
            spec.connection,
            `SELECT FROM pg_locks WHERE relation = '"Instrument"'::regclass AND mode = 'AccessExclusiveLock' AND granted`,
          ),
        { timeout: 10_000 },
      )
      .toHaveLength(1);
    // The later one to wait finds the deadlock and is sacrificed: the run.
    await app.query('BEGIN; LOCK TABLE "Musician"');
    await app.query('LOCK TABLE "Instrument"');
    await app.query("COMMIT");
    expect(await run).toMatchObject({ version: "0012_new.sql" });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      "malmo: the server ended the transaction for the sake of another one; trying again",
    );
  });

  it("gives up after four times, with nothing changed", async () => {
    const spec = specFor(await postgres.createDatabase());
    const port = await startScriptedProxy(spec.connection.port, (statement) =>
      statement.includes("CREATE SCHEMA IF NOT EXISTS stagesub")
        ? { sqlState: "40001", message: "could not serialize access due to concurrent update" }
        : undefined,
    );
    const warn = vi.fn();
    const run = ensureOrchestraDatabase({ ...spec, connection: { ...spec.connection, port }, warn });
    expect(await messageOf(run)).toMatchInlineSnapshot(
      `"malmo: PostgreSQL refused: could not serialize access due to concurrent update (SQLSTATE 40001). Others were at work on the same rows or tables each time it was tried. Nothing was changed: run again at a quieter time."`,
    );
    expect(warn).toHaveBeenCalledTimes(3);
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();
  });
});

/** Prepares a migrated database and one more migration. */
async function withMigration(connection: Connection, sql: string) {
  const migrations = await copyFolder("migrations/orchestra");
  const spec = specFor(connection, { migrations });
  await ensureOrchestraDatabase(spec);
  const file = path.join(migrations, "0012_new.sql");
  await writeFile(file, `-- Up Migration\n${sql}\n`);
  return { spec, file };
}

/** Ends sessions whose statement holds this text. @returns how many */
async function terminate(connection: Connection, text: string): Promise<number> {
  const rows = await query(
    connection,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND strpos(query, $1) > 0 AND datname = current_database()",
    [text],
  );
  return rows.length;
}

/** Returns what `look` sees once the server has noticed that a client is gone. */
async function settled<T>(look: () => Promise<T>): Promise<T> {
  await sleep(500);
  return look();
}
