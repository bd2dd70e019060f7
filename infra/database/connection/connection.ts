import type pg from "pg";
import { UserError } from "../../errors.ts";
import { readConnectionUrl, urlForm, type UrlRefusal } from "./readConnectionUrl.ts";
import { closeClient, connectClient, type ConnectLimits } from "./connectClient.ts";

/** A database's address and login. Kept in parts: a password may hold characters that break URLs. */
export interface Connection {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** PEM text of the certificate authority that signed the server's certificate. Trusted in addition to the authorities that Node ships. */
  ca?: string;
}

/**
 * Reads a connection URL. Ignores parameters that do not change its target: a URL does not decide how this program connects
 * (verified TLS unless the host is loopback).
 *
 * @throws {UserError} that names the mistake and shows nothing of the URL: any part may hold the password.
 */
export function parseConnectionUrl(url: string): Connection {
  const parts = readConnectionUrl(url);
  const refuse = ({ why, remedy }: UrlRefusal) =>
    new UserError(
      "connection-url",
      `Expected a connection URL, got one (not shown) that cannot be used: ${why}. Do this: ${remedy}.`,
    );
  if ("why" in parts) throw refuse(parts);
  const { host, port, user, password, database, missing } = parts;
  if (missing.length > 0) throw refuse({ why: `it lacks ${missing.join(", ")}`, remedy: urlForm });
  return { host, port, user, password, database };
}

/** Returns the URL of a connection, every part percent-encoded. `parameters` is for example `pgbouncer=true&sslmode=require`. */
export function formatConnectionUrl(connection: Connection, parameters?: string): string {
  const { user, password, port, database } = connection;
  const host = connection.host.includes(":") ? `[${connection.host}]` : connection.host;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@${host}:${port}/${encodeURIComponent(database)}${parameters ? `?${parameters}` : ""}`;
}

/** Returns the connection with another role. A pooler's `.ref` suffix stays: `postgres.abc` becomes `role.abc`. */
export function withRole(connection: Connection, role: string, password: string): Connection {
  const dot = connection.user.lastIndexOf(".");
  return { ...connection, user: dot < 0 ? role : role + connection.user.slice(dot), password };
}

/** Returns the connection with `ca` among the authorities that its server is checked against. */
export function trust(connection: Connection, ca: string | undefined): Connection {
  return ca === undefined ? connection : { ...connection, ca };
}

/** Lends a connected client to `work` and closes it afterwards. {@link connectClient} describes the limits. */
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
