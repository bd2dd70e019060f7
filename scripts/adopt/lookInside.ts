import type { Connection } from "../../infra/database/connection/connection.ts";
import { describeForeignContent } from "../../infra/database/tenant/foreignContent.ts";
import { readLedger } from "../../infra/database/migrations/ledger.ts";
import { type OwnerRecord, readOwner } from "../../infra/database/tenant/owner.ts";
import { withSnapshot } from "../../infra/database/connection/withSnapshot.ts";
import { readLimits } from "../fleet/readDatabase.ts";

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
