import { type Connection, withRole } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import type { Owner } from "../../infra/database/tenant/owner.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import type { TestCloud } from "./cloudContext.ts";

/** Prepares a migrated main database and malmo's own, not registered yet. Returns both ways into malmo's database. */
export async function prepareMalmo(
  cloud: TestCloud,
  owner: Omit<Owner, "orchestra">,
): Promise<{ migrator: Connection; app: Connection }> {
  const { mainDatabase } = cloud.context().settings;
  await ensureRegistryDatabase({ connection: mainDatabase, migrations: "migrations/registry" });
  const migrator = await cloud.createDatabase();
  const appRole = { name: "app_malmo", version: 1, password: "p@ss/word?#%" };
  await ensureOrchestraDatabase({
    connection: migrator,
    key: "malmo",
    stack: "local",
    appRole,
    owner: { orchestra: "malmo", ...owner },
    migrations: "migrations/orchestra",
    seeds: "seeds/orchestra",
  });
  return { migrator, app: withRole(migrator, "app_malmo_1", appRole.password) };
}
