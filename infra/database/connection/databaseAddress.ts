import { readConnectionUrl } from "./readConnectionUrl.ts";

/** Where a connection URL leads; nothing of it is secret, its password is left out. */
export interface DatabaseAddress {
  host: string;
  port: number;
  user: string;
  database: string;
  /** The Supabase project it leads to, where the URL tells: by the pooler's user or by the direct host. */
  project?: string;
}

/** Supabase's name for a project: 20 lower-case letters. */
const projectRef = /^[a-z]{20}$/;

/** Reads a connection URL; undefined where it is none. */
export function readDatabaseAddress(text: string): DatabaseAddress | undefined {
  const parts = readConnectionUrl(text);
  if ("why" in parts) return undefined;
  const { port, user } = parts;
  const host = /^(localhost|::1)$/.test(parts.host) ? "127.0.0.1" : parts.host;
  const database = parts.database || user;
  const project = suffixOf(user) ?? /^db\.([a-z]+)\.supabase\.co$/.exec(host)?.[1];
  const address = { host, port, user, database };
  return project !== undefined && projectRef.test(project) ? { ...address, project } : address;
}

/**
 * One text per database. A Supabase project is one database however it is reached (direct host, session or transaction
 * pooler); elsewhere host, port and database tell, whoever the user is.
 */
export function identifyAddress(address: DatabaseAddress): string {
  if (address.project !== undefined) return `project ${address.project}, database ${address.database}`;
  return `${address.host}:${address.port}, database ${address.database}`;
}

/** Whether two connection URLs lead to one database, whoever logs in. False where one of them cannot be read. */
export function leadsToSame(one: string, other: string): boolean {
  const [a, b] = [readDatabaseAddress(one), readDatabaseAddress(other)];
  if (a === undefined || b === undefined || identifyAddress(a) !== identifyAddress(b)) return false;
  // Behind any pooler that picks the database by the user's suffix, all are called alike.
  return a.project !== undefined || suffixOf(a.user) === suffixOf(b.user);
}

/** What a pooler reads behind the user's last dot. */
function suffixOf(user: string): string | undefined {
  return /\.([^.]*)$/.exec(user)?.[1];
}
