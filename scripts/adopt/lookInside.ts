import type { Connection } from "../../infra/database/connection/connection.ts";
import { describeForeignContent } from "../../infra/database/tenant/foreignContent.ts";
import { readLedger } from "../../infra/database/migrations/ledger.ts";
import { type OwnerRecord, readOwner } from "../../infra/database/tenant/owner.ts";
import { withSnapshot } from "../../infra/database/connection/withSnapshot.ts";
import { readLimits } from "../fleet/readDatabase.ts";
import { identifyAddress, readDatabaseAddress } from "../../infra/database/connection/databaseAddress.ts";
import type { OpenStack } from "../stack/openStack.ts";

/** The contents of an existing database. */
export type Inside = { canMigrate: boolean } & (
  | { kind: "empty" }
  /** Migrated by this program; undefined where the record of whose it is was lost. */
  | { kind: "ours"; owner: OwnerRecord | undefined }
  /** Made by the app, or by somebody else; `reason` names what was found. */
  | { kind: "foreign"; reason: string }
);

/**
 * Looks into a database, and whether the role may migrate it: make schemas and the app's role. Changes nothing.
 *
 * @param key its name in messages
 * @throws {UserError} when it cannot be reached
 */
export async function lookInside(key: string, connection: Connection): Promise<Inside> {
  return withSnapshot(
    connection,
    key,
    async (client) => {
      const { rows } = await client.query<{ can: boolean }>(
        `SELECT has_database_privilege(current_database(), 'CREATE') AND (rolcreaterole OR rolsuper) AS can
           FROM pg_roles WHERE rolname = current_user`,
      );
      const canMigrate = rows[0]!.can;
      if (await readLedger(client)) return { kind: "ours", owner: await readOwner(client), canMigrate };
      const others = await describeForeignContent(client);
      if (others === undefined) return { kind: "empty", canMigrate };
      const reason = `Refusing to migrate ${key}: ${others} Check the connection; give an empty database.`;
      return { kind: "foreign", reason, canMigrate };
    },
    readLimits,
  );
}

/** Finds the stack's database that a URL leads to: an orchestra's id, `pool-N` or `the main database`; undefined for none of them. */
export function findKnownDatabase(
  { config, outputs }: Pick<OpenStack, "config" | "outputs">,
  url: string,
): string | undefined {
  const place = identify(url);
  if (place === undefined) return undefined;
  const known: [key: string, url: string][] = [
    ["the main database", config.databaseUrl],
    ...Object.entries(config.adopted).map(([key, { url }]): [string, string] => [key, url]),
    ...Object.entries(outputs.migrators),
  ];
  return known.find(([, other]) => identify(other) === place)?.[0];
}

function identify(url: string): string | undefined {
  const address = readDatabaseAddress(url);
  return address && identifyAddress(address);
}
