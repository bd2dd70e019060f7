import { readConnectionUrl, urlForm } from "../../database/connection/readConnectionUrl.ts";
import type { Refusal } from "./textField.ts";

/** Returns why a text is no usable connection URL, without repeating any of it. */
export function refuseDatabaseUrl(text: string): Refusal | undefined {
  const parts = readConnectionUrl(text);
  if ("why" in parts) return parts;
  if (parts.missing.length === 0) return undefined;
  return { why: `it lacks ${parts.missing.join(", ")}`, remedy: urlForm };
}

/** Like {@link refuseDatabaseUrl}, for URLs that migrations use: they hold session locks, which a transaction pooler strands. */
export function refuseMigrationUrl(text: string): Refusal | undefined {
  const parts = readConnectionUrl(text);
  const isPooled = !("why" in parts) && (parts.port === 6543 || parts.pgbouncer);
  const pooled = {
    why: "it leads to a transaction pooler, where the lock that keeps two runs apart would be lost",
    remedy: "use the session pooler (the same host, port 5432) or the direct host, without pgbouncer=true",
  };
  return refuseDatabaseUrl(text) ?? (isPooled ? pooled : undefined);
}
