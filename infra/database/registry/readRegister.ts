import type pg from "pg";
import { previewLimits } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import { readDatabaseAddress } from "../connection/databaseAddress.ts";
import { type ProjectRequest, readProjectRequests } from "./projectRequests.ts";
import { mainDatabaseName } from "./registryDatabase.ts";
import { type KeyRecord, readIdentity, readStackKey } from "./stackKey.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";

/** The main database's knowledge of a stack before a run. */
export interface Register {
  /** The main database's identity; undefined if this program has not given it one yet. */
  identity?: string;
  /** The key from which the stack's passwords were last made. */
  key?: KeyRecord;
  /** The stack's orchestras. */
  registered: RegisteredOrchestra[];
  /** The projects that runs of any stack have recently requested. */
  requests: ProjectRequest[];
}

export interface RegisteredOrchestra {
  id: string;
  /** The key of the orchestra's database: the orchestra's id or `pool-N`. */
  key: string;
  /** The status in the orchestra's row. */
  status: string;
  /** The Supabase project that the row's connection URL leads to. */
  project?: RegisteredProject;
}

/** A project as recorded in a row. */
export interface RegisteredProject {
  /** Supabase's reference of twenty letters. */
  ref: string;
  /** The URL that the app reads. Secret. */
  databaseUrl: string;
}

/**
 * Reads the facts that a run needs from the main database before it plans. Changes nothing.
 *
 * @param requestsWithinMs greatest age of the requests for projects to return
 * @throws {UserError} if the main database does not answer
 */
export async function readRegister(connection: Connection, stack: string, requestsWithinMs: number): Promise<Register> {
  const read = async (client: pg.Client): Promise<Register> => {
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
  };
  return withSnapshot(connection, mainDatabaseName, read, previewLimits);
}

async function readRegistered(client: pg.Client, stack: string): Promise<RegisteredOrchestra[]> {
  // Read as JSON, a column that an older main database lacks is a missing key and no error.
  const { rows } = await client.query<{ id: string; key: string | null; status: string | null; url: string | null }>(
    `SELECT r.orchestra AS id, to_jsonb(r) ->> 'database_key' AS key, to_jsonb(o) ->> 'status' AS status,
            to_jsonb(o) ->> 'databaseUrl' AS url
     FROM stagesub.registration r JOIN public."Orchestra" o ON o."id"::text = r.row_id
     WHERE r.stack = $1 ORDER BY r.orchestra`,
    [stack],
  );
  return rows.map(({ id, key, status, url }) => {
    const ref = readDatabaseAddress(url ?? "")?.project;
    return { id, key: key ?? id, status: status ?? "", ...(url && ref && { project: { ref, databaseUrl: url } }) };
  });
}
