import { PG_MIGRATE_LOCK_ID } from "node-pg-migrate";
import { describe, expect, it, vi } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { migrationLock } from "../../infra/database/connection/withLockedTransaction.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, messageOf, query, specFor } from "./support.ts";

const postgres = usePostgres();

describe("two runs in one database", () => {
  it("go one after the other; the second finds nothing to do", async () => {
    const spec = specFor(await postgres.createDatabase());
    const logs = [vi.fn(), vi.fn(), vi.fn()];
    const states = await Promise.all(logs.map((log) => ensureOrchestraDatabase({ ...spec, log })));
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
    const applied = logs.flatMap((log) => log.mock.calls.flat() as string[]).filter((line) => line.includes("applied"));
    expect(applied).toHaveLength(1);
    expect(await query(spec.connection, 'SELECT count(*)::int AS n FROM "User"')).toEqual([{ n: 1 }]);
  });

  it("wait for a bounded time and then say who holds the lock", async () => {
    const spec = specFor(await postgres.createDatabase());
    const holder = await connect(spec.connection);
    await holder.query(`SET application_name = 'someone else'; BEGIN; SELECT pg_advisory_xact_lock(${migrationLock})`);
    const log = vi.fn();
    const started = Date.now();
    const message = await messageOf(ensureOrchestraDatabase({ ...spec, limits: { lockWaitMs: 600 }, warn: log }));
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(withoutNumbers(message)).toMatchInlineSnapshot(
      `"malmo: another run is at work in this database: "someone else" (server process N, since hh:mm:ss UTC). Waited 0.6 s. Run again when it has ended; if it hangs, end that connection."`,
    );
    expect(log).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^malmo: waiting for another run, "someone else"/),
    );
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();

    await holder.query("COMMIT");
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ owner: "malmo" });
  });

  it("include node-pg-migrate's own command", () => {
    expect(migrationLock).toBe(String(PG_MIGRATE_LOCK_ID));
  });

  it("leave no lock behind after a refusal", async () => {
    const spec = specFor(await postgres.createDatabase());
    await query(spec.connection, "CREATE TABLE foreign_thing (id int)");
    await messageOf(ensureOrchestraDatabase(spec));
    expect(await query(spec.connection, "SELECT FROM pg_locks WHERE locktype = 'advisory'")).toEqual([]);
  });
});

describe("a table that the app holds", () => {
  it("stops a run after a bounded time, with nothing changed", async () => {
    const spec = specFor(await postgres.createDatabase());
    const before = await ensureOrchestraDatabase(spec);
    await query(spec.connection, 'ALTER TABLE "Instrument" DISABLE ROW LEVEL SECURITY');
    const app = await connect(spec.connection);
    await app.query(`SET application_name = 'the app'; BEGIN; SELECT * FROM "Instrument"`);
    const message = await messageOf(ensureOrchestraDatabase({ ...spec, limits: { tableLockMs: 900 } }));
    expect(withoutNumbers(message)).toMatchInlineSnapshot(
      `"malmo: PostgreSQL refused: canceling statement due to lock timeout (SQLSTATE 55P03). Somebody holds a lock that this needs for longer than the limit. Nothing was changed: run again at a quieter time. It waited for a lock on "Instrument", held by "the app" (server process N, since hh:mm:ss UTC). If that one hangs, end it: SELECT pg_terminate_backend(N)."`,
    );
    await app.query("ROLLBACK");
    expect(await ensureOrchestraDatabase(spec)).toEqual(before);
  });
});

function withoutNumbers(message: string): string {
  return message.replace(/(process |backend\()\d+/g, "$1N").replace(/\d\d:\d\d:\d\d/, "hh:mm:ss");
}
