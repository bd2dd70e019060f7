import { describe, expect, it } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { listDrift } from "../../infra/database/tenant/listDrift.ts";
import { specFor } from "../database/support.ts";
import { usePostgres } from "../support/postgres.ts";

/** Its drift after migrations, rotations and claims: test/database/drift.test.ts. */
describe("a clean database", () => {
  const postgres = usePostgres();

  it("reports no drift in a hundred looks", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    for (let look = 1; look <= 100; look++) expect(listDrift((await inspectOrchestraDatabase(spec))!)).toEqual([]);
  });
});
