import { classifyConnectError } from "./connectErrors.ts";

/**
 * Returns one sentence on the failure, in the server's own words, and one of advice if its kind is known. The text never holds the
 * password: neither `pg` nor the server repeats passwords, and the rest is written here.
 */
export function explainConnectError(address: { host: string; port: number; user: string }, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const where = `${address.host}:${address.port} as ${address.user}`;
  const what =
    code && code !== "SILENT" && !message?.includes(code) ? `${message} (${code})` : (message ?? String(error));
  const { advice } = classifyConnectError(error);
  return `Cannot connect to ${where}: ${what}.${advice === undefined ? "" : ` ${advice}`}`;
}
