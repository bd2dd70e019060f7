import type { Refusal } from "./textField.ts";

/** Where a connection URL leads; nothing of it is secret, its password is left out. */
export interface DatabaseAddress {
  host: string;
  port: string;
  user: string;
  database: string;
  /** The Supabase project it leads to, where the URL tells: by the pooler's user or by the direct host. */
  project?: string;
  parameters: URLSearchParams;
}

/** Supabase's name for a project: 20 lower-case letters. */
const projectRef = /^[a-z]{20}$/;

/** Reads a connection URL; undefined where it is none. */
export function readDatabaseAddress(text: string): DatabaseAddress | undefined {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  try {
    const user = decodeURIComponent(url.username);
    const database = decodeURIComponent(url.pathname.slice(1)) || user;
    const host = loopback.has(url.hostname) ? "127.0.0.1" : url.hostname.toLowerCase();
    const project = user.split(".")[1] ?? /^db\.([a-z]+)\.supabase\.co$/.exec(host)?.[1];
    const address = { host, port: url.port || "5432", user, database, parameters: url.searchParams };
    return project !== undefined && projectRef.test(project) ? { ...address, project } : address;
  } catch {
    return undefined; // a stray % in a part
  }
}

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * One text per database. A Supabase project is one database however it is reached (direct host, session or transaction
 * pooler); elsewhere host, port and database tell, whoever the user is.
 */
export function identifyDatabase(address: DatabaseAddress): string {
  if (address.project !== undefined) return `project ${address.project}, database ${address.database}`;
  return `${address.host}:${address.port}, database ${address.database}`;
}

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
