import { describe, expect, it } from "vitest";

import { useDynamicProviders } from "../support/dynamicProvider.ts";
import { describeClean, describeDatabase } from "../support/describeDatabase.ts";
import { killProviderAt, toInputs } from "../support/killProvider.ts";
import { usePostgres } from "../support/postgres.ts";
import type { Halt } from "../support/statementProxy.ts";
import { specFor } from "./support.ts";

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
    provider.abandon();
    await created;
    await provider.ended;
    expect(await describeDatabase(spec)).toEqual(await describeClean(specFor(await postgres.createDatabase())));
  });
});
