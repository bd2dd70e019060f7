import pg from "pg";
import type { Connection } from "../../../infra/database/connection/connection.ts";
import { findMainDatabase } from "../mainDatabases.ts";
import type { CloudSettings } from "../settings.ts";

/** A row of the main database's "Orchestra", as the app reads it. */
export interface Orchestra {
  name: string;
  subdomain: string;
  /** Secret. */
  databaseUrl: string;
  status: string;
}

/** The main databases that the app reads: one for each environment, as each has an app of its own elsewhere. */
export interface MainDatabases {
  /** Finds the orchestra that a Host header names; undefined for any other host and for an unknown subdomain. */
  find(host: string): Promise<Orchestra | undefined>;
  close(): Promise<void>;
}

export function openMainDatabases(settings: CloudSettings): MainDatabases {
  const pools = new Map<string, pg.Pool>();
  const open = (connection: Connection) => {
    const known = pools.get(connection.database);
    if (known) return known;
    const pool = new pg.Pool({ ...connection, max: 5, connectionTimeoutMillis: 5000 });
    // The pool drops a broken idle connection by itself; without a listener it would end the process.
    pool.on("error", () => undefined);
    pools.set(connection.database, pool);
    return pool;
  };
  return {
    async find(host) {
      const [subdomain, domain] = splitHost(host);
      const connection = /^[a-z0-9-]+$/.test(subdomain) ? findMainDatabase(settings, domain) : undefined;
      return connection && findOrchestra(open(connection), subdomain);
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

async function findOrchestra(main: pg.Pool, subdomain: string): Promise<Orchestra | undefined> {
  try {
    const { rows } = await main.query<Orchestra>(
      `select "name", "subdomain", "databaseUrl", "status"::text from public."Orchestra" where "subdomain" = $1`,
      [subdomain],
    );
    return rows[0];
  } catch (error) {
    // Before the first run of the program there is no table yet, or no database, and so no orchestra.
    if (error instanceof pg.DatabaseError && /^(42P01|3D000)$/.test(error.code ?? "")) return undefined;
    throw error;
  }
}

/** Splits a host: `malmo` and `stagesub.localhost` of `malmo.stagesub.localhost:8080`. */
function splitHost(host: string): [subdomain: string, domain: string] {
  const name = host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  const dot = name.indexOf(".");
  return dot < 0 ? ["", name] : [name.slice(0, dot), name.slice(dot + 1)];
}
