import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, copyFolder, messageOf, query, specFor } from "./support.ts";

const partitioned = `-- Up Migration
CREATE TABLE "Event" ("id" bigint NOT NULL, "at" date NOT NULL) PARTITION BY RANGE ("at");
CREATE TABLE "Event_2026" PARTITION OF "Event" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
`;
const detached = `-- no-transaction
-- Up Migration
-- accept: detach-partition: the app reads the rows of 2026 from "Event_2026"
ALTER TABLE "Event" DETACH PARTITION "Event_2026" CONCURRENTLY;
`;

/** PostgreSQL cannot undo a detaching that has begun: the next run finishes it. */
describe("a migration that detaches a partition beside the running app", () => {
  const postgres = usePostgres();

  it("is finished by the next run where the app's transaction outlasted it", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    const warn = vi.fn<(line: string) => void>();
    const spec = { ...specFor(await postgres.createDatabase(), { migrations }), warn };
    await writeFile(path.join(migrations, "0012_event.sql"), partitioned);
    await ensureOrchestraDatabase(spec);
    const app = await connect(spec.connection);
    await app.query('BEGIN; SELECT FROM "Event"');
    await writeFile(path.join(migrations, "0013_detach.sql"), detached);
    const failed = await messageOf(ensureOrchestraDatabase({ ...spec, limits: { lockWaitMs: 500 } }));
    expect(failed).toContain(
      'The statement ran outside a transaction and has begun to detach "Event_2026": its rows are no longer found in "Event", and the next run finishes it.',
    );
    await app.query("ROLLBACK");
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0013_detach.sql" });
    expect(warn).toHaveBeenLastCalledWith(
      'malmo: finishing what 0013_detach.sql was interrupted at: detaching "Event_2026" from "Event"',
    );
    expect(await query(spec.connection, "SELECT FROM pg_inherits")).toEqual([]);
  });

  it("detaches it in a new database with all others in one transaction", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    await writeFile(path.join(migrations, "0012_event.sql"), partitioned);
    await writeFile(path.join(migrations, "0013_detach.sql"), detached);
    const spec = specFor(await postgres.createDatabase(), { migrations });
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0013_detach.sql" });
    expect(await query(spec.connection, "SELECT FROM pg_inherits")).toEqual([]);
  });
});
