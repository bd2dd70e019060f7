import { readDatabaseAddress } from "../database/databaseAddress.ts";
import type { Refusal } from "./textRules.ts";

/** Says why a text is no usable connection URL, without repeating any of it. */
export function refuseDatabaseUrl(text: string): Refusal | undefined {
  const form = "postgresql://USER:PASSWORD@HOST:5432/DATABASE";
  const address = readDatabaseAddress(text);
  // A "/" or "@" of an unencoded password ends up in the path.
  if (address === undefined || /[/@]/.test(address.database)) {
    const why = /^postgres(ql)?:\/\//.test(text)
      ? "it does not parse as a URL; characters such as @ / : # ? % in a password must be percent-encoded"
      : "it does not begin with postgresql://";
    return { why, remedy: `give it in the form ${form}` };
  }
  const url = new URL(text);
  const missing = [
    url.hostname === "" && "a host",
    url.username === "" && "a user",
    url.password === "" && "a password",
    url.pathname.length < 2 && "a database",
  ].filter((part) => part !== false);
  if (missing.length === 0) return undefined;
  return { why: `it lacks ${missing.join(", ")}`, remedy: `give it in the form ${form}` };
}

/** Like {@link refuseDatabaseUrl}, for URLs that migrations use: they hold session locks, which a transaction pooler strands. */
export function refuseMigrationUrl(text: string): Refusal | undefined {
  const refusal = refuseDatabaseUrl(text);
  if (refusal !== undefined) return refusal;
  const address = readDatabaseAddress(text);
  if (address?.port !== "6543" && address?.parameters.get("pgbouncer") !== "true") return undefined;
  return {
    why: "it leads to a transaction pooler, where the lock that keeps two runs apart would be lost",
    remedy: "use the session pooler (the same host, port 5432) or the direct host, without pgbouncer=true",
  };
}
