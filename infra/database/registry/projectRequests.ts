import type pg from "pg";
import { type Connection, withClient } from "../connection/connection.ts";

/** A project that a run asked Supabase for. */
export interface ProjectRequest {
  /** The project's name at Supabase. */
  project: string;
  /** The time since the request, by the main database's clock. */
  ageMs: number;
}

/** Records the request for a project in the main database before it is made. */
export async function noteProjectRequest(connection: Connection, project: string): Promise<void> {
  await withClient(connection, (client) =>
    client.query(
      `INSERT INTO stagesub.project_request (project, requested_at) VALUES ($1, clock_timestamp())
       ON CONFLICT (project) DO UPDATE SET requested_at = excluded.requested_at`,
      [project],
    ),
  );
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
