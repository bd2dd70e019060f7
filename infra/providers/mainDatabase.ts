import { readAuthority } from "../database/sources.ts";
import { DatabaseError } from "../database/databaseError.ts";
import { type Connection, parseConnectionUrl, trust } from "./connections.ts";

/** Reads a value of the stack's configuration, by its full key. */
type ReadConfig = (key: string) => string | undefined;

/** Host, port and name of a database. */
export function describeAddress({ host, port, database }: Pick<Connection, "host" | "port" | "database">): string {
  return `${host}:${port}/${database}`;
}

/**
 * Returns how this run reaches the main database: by the stack's configuration or the environment, as the program does; no URL of it
 * is in any resource's state.
 *
 * @returns its connection, by the address that a resource was made for
 * @throws DatabaseError where this run was given another one
 */
export function reachMainDatabase(config: ReadConfig, environment: NodeJS.ProcessEnv): (main: string) => Connection {
  return (main) => {
    const url = config("stagesub:databaseUrl") || environment["DATABASE_URL"];
    if (!url)
      throw new DatabaseError(
        `Expected the URL of the main database (${main}) in stagesub:databaseUrl or DATABASE_URL, found none. Set it, and run this again.`,
      );
    const connection = parseConnectionUrl(url);
    if (describeAddress(connection) === main) return trust(connection, readAuthority(caFileOf(config)));
    throw new DatabaseError(
      `Refusing to work in the main database ${describeAddress(connection)}: the state's is ${main}. ` +
        "DATABASE_URL of another environment is set: set it back. If the main database has moved, `pulumi up` says what to do.",
    );
  };
}

function caFileOf(config: ReadConfig): string | undefined {
  const { caFile } = JSON.parse(config("stagesub:supabase") || "{}") as { caFile?: string };
  return caFile;
}
