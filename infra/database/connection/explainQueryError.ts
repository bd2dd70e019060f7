import pg from "pg";
import { UserError } from "../../errors.ts";
import { isClientGone, isQueryTimeout } from "../../util/foreignErrors.ts";

/**
 * Returns an error of the server or of the connection in one line, with neither data nor secrets.
 *
 * @param databaseName the database's name for messages: "malmo", "pool-3", "the main database"
 */
export function explainQueryError(error: unknown, databaseName: string): Error {
  if (error instanceof UserError) return error;
  if (isConnectionLost(error)) return new UserError("connection-lost", `${databaseName}: ${describeLoss(error)}`);
  if (error instanceof pg.DatabaseError) {
    const advice = adviceFor(error) ?? "Nothing was changed.";
    return new UserError(
      "server-refused",
      `${databaseName}: PostgreSQL refused: ${describeServerError(error)} ${advice}`,
      {
        sqlState: error.code,
      },
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * Returns the server's message and SQLSTATE. `detail`, `where` and `internalQuery` quote rows and are never shown. Messages
 * of data exceptions (class 22) and RAISE (P0) may quote values too: a quote stays only if `known` contains it.
 *
 * @param known text that holds no secret, such as the migration's own
 */
export function describeServerError(error: pg.DatabaseError, known = ""): string {
  const code = error.code ?? "no SQLSTATE";
  return `${withoutValues(error.message, code, known)} (SQLSTATE ${code}).`;
}

function withoutValues(message: string, code: string, known: string): string {
  if (code.startsWith("P0") && !known.includes(message))
    return "an exception that its code raised; its text may hold data";
  if (!code.startsWith("22")) return message;
  return message.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, (text) =>
    known.includes(text.slice(1, -1)) ? text : "“…”",
  );
}

/** Returns advice on an error that the server's state or another session causes, not the SQL; undefined for other errors. */
export function adviceFor({ code = "" }: pg.DatabaseError): string | undefined {
  switch (code) {
    case "55P03":
      return "Somebody holds a lock that this needs for longer than the limit. Nothing was changed: run again at a quieter time.";
    case "57014":
      return (
        "A time limit of this run, the role, the database or the server ended it, or another session did. Nothing was changed: " +
        "run again when the database has less to do, or split the work."
      );
    case "40P01":
    case "40001":
      return "Others were at work on the same rows or tables each time it was tried. Nothing was changed: run again at a quieter time.";
    case "42501":
      return "Connect as the role that owns the database; it must be allowed to make roles. Nothing was changed.";
    case "25006":
      return (
        "The database takes no changes now: it is a replica, or Supabase has put it into read-only mode because its disk is nearly " +
        "full (Project → Database settings). Nothing was changed: free or add space, then run again."
      );
    case "53100":
      return "The server's disk is full. Nothing was changed: free or add space (Project → Database settings), then run again.";
    case "53200":
      return "The server is out of memory. Nothing was changed: run again when it has less to do, or give it more.";
    case "53400":
      return "A limit in the server's configuration was reached. Nothing was changed: raise it, or split the work.";
    case "55P04":
      return (
        "A value that ALTER TYPE … ADD VALUE adds can be used only after that is committed. Nothing was changed: put ADD VALUE IF " +
        'NOT EXISTS into a file of its own with the first line "-- no-transaction", before the file that uses it.'
      );
    default:
      return undefined;
  }
}

/** Returns whether the server is gone, has ended this connection, or is silent for too long. */
export function isConnectionLost(error: unknown): boolean {
  const failure = error as { code?: string };
  return (
    UserError.is(error, "connection-lost") ||
    isEndedByServer(error) ||
    /^(ECONNRESET|EPIPE|ETIMEDOUT)$/.test(failure.code ?? "") ||
    isClientGone(failure) ||
    isQueryTimeout(failure)
  );
}

/**
 * Recognizes a shutdown, a crash, the end by an administrator or for idling; class 08 is the connection itself. Any other FATAL error,
 * such as the pooler's own, ends the connection too.
 */
function isEndedByServer(error: unknown): boolean {
  const { code = "", severity = "" } = error as { code?: string; severity?: string };
  return /^(57P0[1235]|25P0[34]|08...)$/.test(code) || /^(FATAL|PANIC)$/.test(severity);
}

function describeLoss(error: unknown): string {
  const { code, message = "" } = error as { code?: string; message?: string };
  if (isQueryTimeout({ message }))
    return "the server gave no answer to a statement within its time limit. What it does not finish it rolls back: run again; a run that finds it still at work waits, and says so.";
  if (isEndedByServer(error))
    return `the server ended the connection: ${message} (SQLSTATE ${code}). Nothing is half done: run again once it is up.`;
  return "the connection to the database was lost. Nothing is half done: run again.";
}
