import type pg from "pg";
import type { ProjectGate } from "./routeConnection.ts";

/** Lets connections through to projects that the Supabase API's table has as ACTIVE_HEALTHY. */
export function readGate(store: pg.Pool): ProjectGate {
  return async (ref) => {
    const found = await store.query("select from supabase.project where ref = $1 and status = 'ACTIVE_HEALTHY'", [ref]);
    return found.rowCount === 1;
  };
}
