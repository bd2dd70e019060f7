import { type Connection, withClient } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";
import { readLimits } from "./readDatabase.ts";

/** The result of signing in as the app: no catalogue shows that somebody has changed its password. */
export type AppReading =
  | { kind: "read"; reads: boolean; creates: boolean; looksInside: boolean }
  | { kind: "refused"; reason: string }
  | { kind: "unreachable"; reason: string };

/** Signs in as the app does, and asks what it may. Never throws, and changes nothing. */
export async function observeApp(connection: Connection): Promise<AppReading> {
  try {
    // Asked as the app, so that what was given to PUBLIC or to the login itself counts.
    const { rows } = await withClient(
      connection,
      (client) =>
        client.query<{ reads: boolean; creates: boolean; looksInside: boolean }>(
          `SELECT coalesce(has_table_privilege(to_regclass('public."User"')::oid, 'SELECT'), false) AS reads,
                  has_schema_privilege('public', 'CREATE') AS creates,
                  coalesce(has_schema_privilege(to_regnamespace('stagesub')::oid, 'USAGE'), false) AS "looksInside"`,
        ),
      readLimits,
    );
    return { kind: "read", ...rows[0]! };
  } catch (error) {
    return {
      kind: UserError.is(error, "password-refused") ? "refused" : "unreachable",
      reason: (error as Error).message,
    };
  }
}
