import type pg from "pg";
import { poll } from "../../util/poll.ts";
import { type Connection, withClient } from "../connection/connection.ts";

/** A project that a run asked Supabase for. */
export interface ProjectRequest {
  /** The project's name at Supabase. */
  project: string;
  /** The time since the request, by the main database's clock. */
  ageMs: number;
}

/** Supabase takes 120 calls a minute of one endpoint, of all stacks together, and the provider does not repeat a refused one. */
const requestsAMinute = 110;

/** Longer than any queue of requests. */
const patience = { forMs: 3_600_000, everyMs: 1_000 };

/**
 * Records the request for a project in the main database before it is made, once Supabase takes another one: all stacks of the main
 * database count together.
 *
 * @param onWait called at each second of waiting
 */
export async function noteProjectRequest(connection: Connection, project: string, onWait?: () => void): Promise<void> {
  const note = async (client: pg.Client) => {
    const { rowCount } = await client.query(
      `INSERT INTO stagesub.project_request (project, requested_at) SELECT $1, clock_timestamp()
       WHERE (SELECT count(*) FROM stagesub.project_request WHERE requested_at > clock_timestamp() - interval '1 minute') < $2
       ON CONFLICT (project) DO UPDATE SET requested_at = excluded.requested_at`,
      [project, requestsAMinute],
    );
    if (rowCount === 1) return true;
    onWait?.();
    return undefined;
  };
  await poll(() => withClient(connection, note), patience);
}

/** Deletes the record of a request that Supabase refused and that therefore made no project. */
export async function forgetProjectRequest(connection: Connection, project: string): Promise<void> {
  await withClient(connection, (client) =>
    client.query("DELETE FROM stagesub.project_request WHERE project = $1", [project]),
  );
}

/** Reads the requests of the last `withinMs`. */
export async function readProjectRequests(client: pg.Client, withinMs: number): Promise<ProjectRequest[]> {
  const age = "extract(epoch FROM clock_timestamp() - requested_at) * 1000";
  const { rows } = await client.query<ProjectRequest>(
    `SELECT project, (${age})::float8 AS "ageMs" FROM stagesub.project_request WHERE ${age} < $1 ORDER BY project`,
    [withinMs],
  );
  return rows;
}
