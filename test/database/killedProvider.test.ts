import { describe, expect, it } from "vitest";

import type { Connection } from "../../infra/database/connection/connection.ts";
import { useDynamicProviders } from "../support/dynamicProvider.ts";
import { describeClean, describeDatabase } from "../support/describeDatabase.ts";
import { killProviderAt, toInputs } from "../support/killProvider.ts";
import { usePostgres } from "../support/postgres.ts";
import type { Halt } from "../support/statementProxy.ts";
import { query, specFor } from "./support.ts";

/** A few of the statements; `npm run test:faults` kills at every one (test/faults/killedProvider.test.ts). */
describe("the process of dynamic resources, killed while it migrates and seeds", () => {
  const postgres = usePostgres();
  const providers = useDynamicProviders();

  it("leaves what a rerun completes", async () => {
    const clean = await describeClean(specFor(await postgres.createDatabase()));
    const halts: Halt[] = [
      { statement: 17, when: "before" },
      { statement: 33, when: "after" },
    ];
    for (const halt of halts) {
      const spec = specFor(await postgres.createDatabase());
      expect(await killProviderAt(halt, await providers.start(), spec)).toEqual(clean);
    }
  });

  it("finishes what it has begun and leaves, once the engine that started it is gone", async () => {
    const spec = specFor(await postgres.createDatabase());
    const provider = await providers.start();
    const created = provider.create("OrchestraDatabase", toInputs(spec, spec.connection.port));
    // It has begun once it is in the database.
    await expect.poll(() => countSessions(spec.connection), { timeout: 30_000, interval: 5 }).toBeGreaterThan(0);
    provider.abandon();
    await created;
    await provider.ended;
    expect(await describeDatabase(spec)).toEqual(await describeClean(specFor(await postgres.createDatabase())));
  });
});

async function countSessions(connection: Connection): Promise<number> {
  const sql = `SELECT pid FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'stagesub %'`;
  return (await query(connection, sql)).length;
}
