import { beforeAll, describe, expect, it } from "vitest";

import { specFor } from "../database/support.ts";
import { describeClean } from "../support/describeDatabase.ts";
import { useDynamicProviders } from "../support/dynamicProvider.ts";
import { killProviderAt } from "../support/killProvider.ts";
import { usePostgres } from "../support/postgres.ts";
import type { Halt } from "../support/statementProxy.ts";
import { reportFigures } from "./support/reportFigures.ts";

/**
 * Pulumi's own process in which dynamic resources are made, killed with SIGKILL at statements of a migrate-and-seed: before the server
 * gets one, and after it has done it. test/database/convergence.test.ts shows a server's death at every statement.
 */
describe("the process of dynamic resources, killed while it migrates and seeds", () => {
  const postgres = usePostgres();
  const providers = useDynamicProviders();
  const isFull = process.env["STAGESUB_SWEEP"] === "full";
  let clean: object;
  beforeAll(async () => {
    clean = await describeClean(specFor(await postgres.createDatabase()));
  });

  it(`leaves what a rerun completes, ${isFull ? "at every statement" : "at every third statement"}`, async () => {
    const started = Date.now();
    let injected = 0;
    for (let statement = 0, isOver = false; !isOver; statement += isFull ? 1 : 3) {
      for (const when of ["before", "after"] satisfies Halt["when"][]) {
        const spec = specFor(await postgres.createDatabase());
        const end = await killProviderAt({ statement, when }, await providers.start(), spec);
        isOver = end === undefined;
        if (isOver) break;
        injected += 1;
        expect(end, `killed ${when} statement ${statement}`).toEqual(clean);
      }
    }
    expect(injected).toBeGreaterThan(isFull ? 100 : 30);
    // A failure has thrown.
    const seconds = Math.round((Date.now() - started) / 1000);
    await reportFigures("killed-provider", { injected, converged: injected, lost: 0, seconds });
  });
});
