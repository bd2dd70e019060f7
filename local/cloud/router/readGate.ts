import type pg from "pg";
import type { ProjectGate } from "./routeConnection.ts";

/** Returns a gate that lets connections through to projects that are ACTIVE_HEALTHY in the Supabase API's table. */
export function readGate(store: pg.Pool): ProjectGate {
  return async (ref) => {
    const found = await store.query("select from supabase.project where ref = $1 and status = 'ACTIVE_HEALTHY'", [ref]);
    return found.rowCount === 1;
  };
}
