import pg from "pg";
import { zone } from "../cloudflare/zone.ts";

/** A row of the main database's "Orchestra", as the app reads it. */
export interface Orchestra {
  name: string;
  subdomain: string;
  /** Secret. */
  databaseUrl: string;
  status: string;
}

/** Finds the orchestra that a Host header names; undefined for any other host and for an unknown subdomain. */
export async function findOrchestra(main: pg.Pool, host: string): Promise<Orchestra | undefined> {
  const subdomain = readSubdomain(host);
  if (subdomain === undefined) return undefined;
  try {
    const { rows } = await main.query<Orchestra>(
      `select "name", "subdomain", "databaseUrl", "status"::text from public."Orchestra" where "subdomain" = $1`,
      [subdomain],
    );
    return rows[0];
  } catch (error) {
    // Before the first run of the program there is no table yet, and so no orchestra.
    if (error instanceof pg.DatabaseError && error.code === "42P01") return undefined;
    throw error;
  }
}

/** Reads the subdomain of a host: `malmo` of `malmo.stagesub.localhost:8080`. */
function readSubdomain(host: string): string | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  const suffix = `.${zone.name}`;
  const label = name.endsWith(suffix) ? name.slice(0, -suffix.length) : "";
  return /^[a-z0-9-]+$/.test(label) ? label : undefined;
}
