import type pg from "pg";
import { DatabaseError } from "./databaseError.ts";
import { closeClient, connectClient, type ConnectLimits } from "./connectClient.ts";

/** Where a database is and as whom to log in. Kept in parts: a password may hold characters that break URLs. */
export interface Connection {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** PEM text of the certificate authority that signed the server's certificate. Trusted besides those that Node ships. */
  ca?: string;
}

/**
 * Reads `postgres://user:password@host:port/database`. Parameters after `?` are ignored: how this program connects
 * (verified TLS unless the host is loopback) is not up to a URL.
 *
 * @throws DatabaseError that names what is missing, and shows nothing of the URL: any part may hold the password.
 */
export function parseConnectionUrl(url: string): Connection {
  const expected = "Expected a connection URL like postgres://user:password@host:5432/database";
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new DatabaseError(
      `${expected}, got text that is no URL. Characters such as / ? # @ % in the password must be percent-encoded.`,
    );
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw new DatabaseError(`${expected}, got another scheme.`);
  const connection = {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(parsed.port || 5432),
    user: decodePart(parsed.username, "user"),
    password: decodePart(parsed.password, "password"),
    database: decodePart(parsed.pathname.slice(1), "database"),
  };
  const missing = (["host", "user", "password", "database"] as const).filter((part) => connection[part] === "");
  if (missing.length > 0) throw new DatabaseError(`${expected}, got one without ${missing.join(", ")}.`);
  return connection;
}

/** The URL of a connection, every part percent-encoded. `parameters` is for example `pgbouncer=true&sslmode=require`. */
export function formatConnectionUrl(connection: Connection, parameters?: string): string {
  const { user, password, port, database } = connection;
  const host = connection.host.includes(":") ? `[${connection.host}]` : connection.host;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@${host}:${port}/${encodeURIComponent(database)}${parameters ? `?${parameters}` : ""}`;
}

/** The same database as another role. A pooler's `.ref` suffix stays: `postgres.abc` becomes `role.abc`. */
export function withRole(connection: Connection, role: string, password: string): Connection {
  const dot = connection.user.indexOf(".");
  return { ...connection, user: dot < 0 ? role : role + connection.user.slice(dot), password };
}

/** The same connection, its server checked against `ca` too. */
export function trust(connection: Connection, ca: string | undefined): Connection {
  return ca === undefined ? connection : { ...connection, ca };
}

/** Lends a connected client to `work` and closes it afterwards. How it connects: see `connectClient`. */
export async function withClient<T>(
  connection: Connection,
  work: (client: pg.Client) => Promise<T>,
  limits?: Partial<ConnectLimits>,
): Promise<T> {
  const client = await connectClient(connection, limits);
  try {
    return await work(client);
  } finally {
    await closeClient(client);
  }
}

function decodePart(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseError(
      `The ${part} in a connection URL holds a % that starts no percent-encoding: write it as %25.`,
    );
  }
}
