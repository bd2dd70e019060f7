import type pg from "pg";
import { previewLimits } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import { readDatabaseAddress } from "../connection/databaseAddress.ts";
import { hasRelation } from "../connection/serverFacts.ts";
import { type OrchestraRow, readRows } from "./orchestraRows.ts";
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
  /** Every row of the list of orchestras. */
  rows: OrchestraRow[];
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
    const isKnown = await hasRelation(client, "stagesub.identity");
    const key = isKnown ? await readStackKey(client, stack) : undefined;
    const asks = await hasRelation(client, "stagesub.project_request");
    const rows = await readRows(client);
    return {
      rows,
      registered: rows.filter((row) => row.registration?.stack === stack).map(readRegistered),
      requests: asks ? await readProjectRequests(client, requestsWithinMs) : [],
      ...(isKnown && { identity: await readIdentity(client) }),
      ...(key && { key }),
    };
  };
  return withSnapshot(connection, mainDatabaseName, read, previewLimits);
}

function readRegistered({ registration, key, status, databaseUrl: url }: OrchestraRow): RegisteredOrchestra {
  const ref = readDatabaseAddress(url ?? "")?.project;
  const id = registration!.orchestra;
  return { id, key: key ?? id, status: status ?? "", ...(url && ref && { project: { ref, databaseUrl: url } }) };
}
