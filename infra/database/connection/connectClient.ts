import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import pg from "pg";
import { UserError } from "../../errors.ts";
import { isConnectTimeout } from "../../util/foreignErrors.ts";
import { isLoopback } from "../../util/isLoopback.ts";
import { classifyConnectError, explainConnectError } from "./connectErrors.ts";

export interface ConnectLimits {
  /** Time to keep trying while the server is not there yet, in milliseconds. */
  connectMs: number;
  /**
   * Time to keep trying while the password is refused, in milliseconds; default 0. Right after a rotation
   * Supabase's pooler still checks the previous password (https://supabase.com/docs/guides/troubleshooting/supavisor-error-password-authentication-failed-after-password-rotation).
   */
  passwordMs: number;
  /** Time limit of one attempt, in milliseconds. */
  attemptMs: number;
  /** Time limit of one statement, in milliseconds. The client gives up on a silent network a little later. */
  statementMs: number;
}

/** A pooler learns of a new project up to a minute after the API calls it healthy. */
const defaults: ConnectLimits = { connectMs: 90_000, passwordMs: 0, attemptMs: 15_000, statementMs: 300_000 };

/** Limits for a preview: people wait for its result. */
export const previewLimits: Partial<ConnectLimits> = { connectMs: 10_000, attemptMs: 5_000, statementMs: 30_000 };

/** A server's host and port, and the login. */
export type Address = Pick<pg.ClientConfig, "host" | "port" | "user" | "password" | "database"> & {
  host: string;
  port: number;
  user: string;
  ca?: string;
};

/**
 * Connects with verified TLS, or without TLS if the host is loopback. Retries, for a bounded time, only errors that pass
 * by themselves (`classifyConnectError`): a pooler that does not know the project yet, a server that is starting.
 *
 * @throws {UserError}
 */
export async function connectClient(address: Address, limits: Partial<ConnectLimits> = {}): Promise<pg.Client> {
  const { attemptMs, statementMs, ...patience } = { ...defaults, ...limits };
  const started = Date.now();
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({
      host: address.host,
      port: address.port,
      user: address.user,
      password: address.password,
      database: address.database,
      ssl: tlsOptions(address.host, address.ca),
      application_name: `stagesub ${process.pid}@${hostname()}`,
      connectionTimeoutMillis: attemptMs,
      query_timeout: statementMs + Math.min(statementMs, 30_000),
      keepAlive: true,
      // Queries that do not wait for each other share one round trip.
      pipeline: true,
    });
    // An error between two queries has no promise to reject; without a listener it would end the process.
    client.on("error", () => undefined);
    let accepted = false;
    client.connection.once("connect", () => (accepted = true));
    try {
      await client.connect();
      return client;
    } catch (thrown) {
      const error = explainSilence(thrown, attemptMs, accepted);
      await closeClient(client);
      const retry = retryAfter(error, patience);
      if (!retry) throw refusal(address, error);
      const left = started + retry.forMs - Date.now();
      if (left <= 0) {
        throw refusal(address, error, ` Tried for ${retry.forMs / 1000} s.`);
      }
      await sleep(Math.min(retry.firstPause * 2 ** attempt, retry.longestPause, left));
    }
  }
}

/**
 * Ends the session and closes the connection even if the server does not answer: it may be gone or hang. Never rejects.
 */
export async function closeClient(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), closeMs);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/** The time that a server has to close a connection, in milliseconds. */
const closeMs = 2_000;

/** Tells a server that accepts but never speaks from no server at all: `pg` says "timeout expired" for both. */
function explainSilence(error: unknown, attemptMs: number, accepted: boolean): unknown {
  if (!isConnectTimeout(error as Error)) return error;
  const what = accepted ? "the connection was accepted, and then nothing was said" : "no connection came about";
  return Object.assign(new Error(`${what} for ${attemptMs / 1000} s`), { code: accepted ? "SILENT" : "ETIMEDOUT" });
}

/** Exported for the test that no server outside this machine is ever trusted unverified. */
export function tlsOptions(host: string, ca: string | undefined): pg.ClientConfig["ssl"] {
  // A path is the folder of a server's socket.
  if (host.startsWith("/") || isLoopback(host)) return false;
  // A given authority is trusted in addition to those that Node ships.
  // `pg` adds the server's name for the certificate check itself (none for a bare address, where SNI is forbidden).
  return ca === undefined ? { rejectUnauthorized: true } : { rejectUnauthorized: true, ca: [...rootCertificates, ca] };
}

function refusal(address: Address, error: unknown, tried = ""): UserError {
  const message = explainConnectError(address, error) + tried;
  return (error as { code?: string }).code === "28P01"
    ? new UserError("password-refused", message)
    : new UserError("connection-failed", message);
}

/** Returns the time to keep retrying and the pauses between attempts, which double; undefined if a retry is pointless. */
function retryAfter(error: unknown, { connectMs, passwordMs }: Pick<ConnectLimits, "connectMs" | "passwordMs">) {
  const { passes } = classifyConnectError(error);
  if (passes === "soon") return { forMs: connectMs, firstPause: 100, longestPause: 2_000 };
  // After five failures in five minutes the pooler answers nobody for a while.
  if (passes === "slowly") return { forMs: Math.min(connectMs, 30_000), firstPause: 6_000, longestPause: 12_000 };
  // After many refused passwords the pooler shuts this machine out for minutes, so a few tries must do.
  if ((error as { code?: string }).code === "28P01" && passwordMs > 0)
    return { forMs: passwordMs, firstPause: 2_000, longestPause: 32_000 };
  return undefined;
}
