import { UserError } from "../errors.ts";
import {
  type Connection,
  formatConnectionUrl,
  parseConnectionUrl,
  withRole,
} from "../database/connection/connection.ts";

/** A login of the app: the role without its pooler suffix, and its password. */
export interface Login {
  role: string;
  password: string;
}

/** Returns host, port and name of a database. */
export function describeAddress({ host, port, database }: Pick<Connection, "host" | "port" | "database">): string {
  return `${host}:${port}/${database}`;
}

/** Both connections to one database. */
export interface Connections {
  /** For migrations: session pooler or direct host. */
  migrator: Connection;
  /** For the app: the transaction pooler with a role that owns nothing. */
  app: Connection;
}

/** Pool mode → connection string of a project's pooler, without the password, as the API returns it. */
export type Pooler = Record<string, string>;

/** The parts of a project's connections. */
export interface ProjectEndpoints {
  /** The project's ref, 20 letters. */
  ref: string;
  pooler: Pooler;
  connect: "session" | "direct";
}

/** Returns a Supabase project's connections. The pooler's host always comes from the API, which names the transaction pooler alone. */
export function projectConnections(project: ProjectEndpoints, databasePassword: string, app: Login): Connections {
  const { ref, pooler, connect } = project;
  const transaction = endpoint(pooler.transaction);
  const session = { ...transaction, port: sessionPort(transaction.port) };
  const common = { password: databasePassword, database: "postgres" };
  const pooled = { ...common, user: `postgres.${ref}` };
  return {
    migrator:
      connect === "session"
        ? { ...session, ...pooled }
        : { host: `db.${ref}.supabase.co`, port: 5432, user: "postgres", ...common },
    app: withRole({ ...transaction, ...pooled }, app.role, app.password),
  };
}

/** Returns the connections of an existing database: `url` is the app's, `direct` the migrator's. */
export function adoptedConnections(adopted: { url: string; direct: string }, app: Login): Connections {
  return {
    migrator: parseConnectionUrl(adopted.direct),
    app: withRole(parseConnectionUrl(adopted.url), app.role, app.password),
  };
}

export { type Connection, formatConnectionUrl, parseConnectionUrl };

/**
 * Returns the session pooler's port: of Supabase's pair (https://supabase.com/docs/guides/database/connecting-to-postgres), else the next
 * one.
 */
function sessionPort(transactionPort: number): number {
  return transactionPort === 6543 ? 5432 : transactionPort + 1;
}

/** Reads host and port only: the API's connection string carries the text `[YOUR-PASSWORD]`, so it is no valid URL. */
function endpoint(connectionString: string | undefined): { host: string; port: number } {
  const [, host, port] = /@([^@/:]+):(\d+)\//.exec(connectionString ?? "") ?? [];
  if (host === undefined || port === undefined) {
    throw new UserError(
      "api-refused",
      `Expected the project's pooler to answer with a transaction connection string that names host and port; got ${connectionString === undefined ? "none" : "one without them"}. Look at the project's database settings in Supabase.`,
    );
  }
  return { host, port: Number(port) };
}
