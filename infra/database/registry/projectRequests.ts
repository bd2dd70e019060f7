import type pg from "pg";
import { type Connection, withClient } from "../connection/connection.ts";

/** A project that a run asked Supabase for. */
export interface ProjectRequest {
  /** Its name at Supabase. */
  project: string;
  /** The time since the request, by the main database's clock. */
  ageMs: number;
}

/** Notes in the main database that a project is asked for, before the request. */
export async function noteProjectRequest(connection: Connection, project: string): Promise<void> {
  await withClient(connection, (client) =>
    client.query(
      `INSERT INTO stagesub.project_request (project, requested_at) VALUES ($1, clock_timestamp())
       ON CONFLICT (project) DO UPDATE SET requested_at = excluded.requested_at`,
      [project],
    ),
  );
}

/** Removes the note of a request that Supabase refused: it made nothing. */
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
