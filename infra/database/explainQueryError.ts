import pg from "pg";
import { DatabaseError } from "./databaseError.ts";

/**
 * An error of the server or of the connection, in one line, with neither data nor secrets.
 *
 * @param subject whose database: "malmo", "pool-3", "the main database"
 */
export function explainQueryError(error: unknown, subject: string): Error {
  if (error instanceof pg.DatabaseError) {
    return new DatabaseError(`${subject}: PostgreSQL refused: ${describeServerError(error)} ${adviceFor(error)}`);
  }
  if (isConnectionLost(error)) {
    return new DatabaseError(`${subject}: the connection to the database was lost. Nothing is half done: run again.`);
  }
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * The server's message and SQLSTATE. `detail`, `where` and `internalQuery` quote rows and are never shown. Messages of
 * data exceptions (class 22) and RAISE (P0) may quote values too: what they quote stays only if it is in `known`.
 *
 * @param known text that is no secret, such as the migration's own
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

function adviceFor(error: pg.DatabaseError): string {
  if (error.code === "55P03")
    return "Someone else holds a table for longer than the limit: run again at a quieter time.";
  if (error.code === "57014") return "A statement took longer than the limit.";
  if (error.code === "42501") return "Connect as the role that owns the database; it must be allowed to make roles.";
  return "Nothing was changed.";
}

/** Whether the server is gone, or silent for too long. */
export function isConnectionLost(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return (
    /^(ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code ?? "") ||
    /connection terminated|connection error|not queryable|query read timeout/i.test(message ?? "")
  );
}
