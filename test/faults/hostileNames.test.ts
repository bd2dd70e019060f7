import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { migrations, specFor } from "../database/support.ts";
import { hostileOrchestra } from "../support/hostileNames.ts";
import { throughConfig, throughDns, throughHtml } from "../support/namesThrough.ts";
import { throughAdministrators, throughRegistration } from "../support/namesThroughSql.ts";
import { usePostgres } from "../support/postgres.ts";

const count = 100_000;
const batch = 200;

/** The registrations are a sample: each is a transaction of its own with a lock, as in an `up`. */
describe("a hundred thousand hostile names, contacts and subdomains", () => {
  const postgres = usePostgres();

  it("pass configuration, DNS, SQL and pages as the texts they are, or are refused", async () => {
    const main = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: main, migrations: migrations.registry });
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    const seed = Date.now();
    const registered = new Set<string>();
    for (let done = 0; done < count; done += batch) {
      const entries = fc.sample(hostileOrchestra, { numRuns: batch, seed: seed + done });
      try {
        const accepted = throughConfig(entries);
        throughDns(accepted);
        throughHtml(entries);
        await throughAdministrators(spec.connection, entries);
        const fresh = accepted.filter(({ id, subdomain }) => !registered.has(id) && !registered.has(subdomain));
        const [one] = fresh;
        if (one) await throughRegistration(main, [one]);
        for (const name of one ? [one.id, one.subdomain] : []) registered.add(name);
      } catch (error) {
        throw new Error(`With the seed ${seed + done}`, { cause: error });
      }
    }
    expect(registered.size).toBeGreaterThan(200);
  });
});
