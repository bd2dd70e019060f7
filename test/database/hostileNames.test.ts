import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { hostileOrchestra } from "../support/hostileNames.ts";
import { throughConfig } from "../support/namesThrough.ts";
import { throughAdministrators, throughRegistration } from "../support/namesThroughSql.ts";
import { usePostgres } from "../support/postgres.ts";
import { migrations, specFor } from "./support.ts";

/** Through real SQL. test/faults/hostileNames.test.ts takes many more. */
describe("a hostile name or contact in a database", () => {
  const postgres = usePostgres();

  it("stays the text it was, in the list of orchestras and as an administrator", async () => {
    const sample = fc.sample(hostileOrchestra, 1_000);
    const accepted = throughConfig(sample).slice(0, 15);
    expect(accepted.length).toBeGreaterThan(3);
    const main = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: main, migrations: migrations.registry });
    await throughRegistration(main, accepted);
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await throughAdministrators(spec.connection, sample);
  });
});
