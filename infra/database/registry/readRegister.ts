import type pg from "pg";
import { previewLimits } from "../connection/connectClient.ts";
import { type Connection, parseConnectionUrl, withClient } from "../connection/connection.ts";
import { type ProjectRequest, readProjectRequests } from "./projectRequests.ts";
import { registrySubject } from "./registryDatabase.ts";
import { type KeyRecord, readIdentity, readStackKey } from "./stackKey.ts";
import { withReadOnlyTransaction } from "../connection/withReadOnlyTransaction.ts";

/** The main database's knowledge of a stack before a run. */
export interface Register {
  /** Which main database this is; undefined where this program has never been. */
  identity?: string;
  /** By which key the stack's passwords were last made. */
  key?: KeyRecord;
  /** The stack's orchestras. */
  registered: RegisteredOrchestra[];
  /** The projects that any stack's run has lately asked for. */
  requests: ProjectRequest[];
}

export interface RegisteredOrchestra {
  id: string;
  /** The key of its database: its id or `pool-N`. */
  key: string;
  /** The status in its row. */
  status: string;
  /** The Supabase project that its row leads to. */
  project?: RegisteredProject;
}

/** A project as a row knows it. */
export interface RegisteredProject {
  /** Twenty letters. */
  ref: string;
  /** The URL that the app reads. Secret. */
  databaseUrl: string;
}

/**
 * Reads what a run has to know of the main database before it plans. Changes nothing.
 *
 * @param requestsWithinMs the age of the oldest request for a project that matters
 * @throws {UserError} where it does not answer
 */
export async function readRegister(connection: Connection, stack: string, requestsWithinMs: number): Promise<Register> {
  const read = (client: pg.Client) =>
    withReadOnlyTransaction(client, registrySubject, async () => {
      const { rows } = await client.query<{ there: boolean; list: boolean; asks: boolean }>(
        `SELECT to_regclass('stagesub.identity') IS NOT NULL AS there,
                to_regclass('stagesub.project_request') IS NOT NULL AS asks,
                to_regclass('stagesub.registration') IS NOT NULL AND to_regclass('public."Orchestra"') IS NOT NULL AS list`,
      );
      const { there, list, asks } = rows[0]!;
      const key = there ? await readStackKey(client, stack) : undefined;
      return {
        registered: list ? await readRegistered(client, stack) : [],
        requests: asks ? await readProjectRequests(client, requestsWithinMs) : [],
        ...(there && { identity: await readIdentity(client) }),
        ...(key && { key }),
      };
    });
  return withClient(connection, read, previewLimits);
}

async function readRegistered(client: pg.Client, stack: string): Promise<RegisteredOrchestra[]> {
  // As JSON, a column that a main database of before does not have is merely missing.
  const { rows } = await client.query<{ id: string; key: string | null; status: string | null; url: string | null }>(
    `SELECT r.orchestra AS id, to_jsonb(r) ->> 'database_key' AS key, to_jsonb(o) ->> 'status' AS status,
            to_jsonb(o) ->> 'databaseUrl' AS url
     FROM stagesub.registration r JOIN public."Orchestra" o ON o."id"::text = r.row_id
     WHERE r.stack = $1 ORDER BY r.orchestra`,
    [stack],
  );
  return rows.map(({ id, key, status, url }) => {
    const ref = url === null ? undefined : readRef(url);
    const project = ref !== undefined && url !== null && { ref, databaseUrl: url };
    return { id, key: key ?? id, status: status ?? "", ...(project && { project }) };
  });
}

/** The pooler's user names carry the project: `app_malmo_1.<ref>`. */
function readRef(url: string): string | undefined {
  try {
    return /\.([a-z]{20})$/.exec(parseConnectionUrl(url).user)?.[1];
  } catch {
    return undefined;
  }
}
