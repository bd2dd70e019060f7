import type { Connection } from "../../infra/database/connection/connection.ts";
import { zone } from "./cloudflare/zone.ts";
import { createDatabase } from "./cluster/projects.ts";
import { withSuperuser } from "./cluster/startCluster.ts";
import type { CloudSettings } from "./settings.ts";

/**
 * Returns the main database of an environment of the local cloud, by its domain: `stagesub` for stagesub.localhost, `stagesub_rehearsal` for
 * rehearsal.stagesub.localhost; undefined for any other domain.
 */
export function findMainDatabase(
  { mainDatabase }: Pick<CloudSettings, "mainDatabase">,
  domain: string,
): Connection | undefined {
  if (domain === zone.name) return mainDatabase;
  const label = domain.endsWith(`.${zone.name}`) ? domain.slice(0, -zone.name.length - 1) : "";
  return /^[a-z0-9-]{1,40}$/.test(label)
    ? { ...mainDatabase, database: `${mainDatabase.database}_${label}` }
    : undefined;
}

/** Makes a main database, if it is missing. */
export async function ensureMainDatabase(settings: CloudSettings, { database, user }: Connection): Promise<void> {
  const server = { port: settings.ports.postgres, superuserPassword: settings.cluster.superuserPassword };
  await withSuperuser(server, "postgres", (client) => createDatabase(client, database, user));
}
