import { readConnectionUrl } from "./readConnectionUrl.ts";

/** The target of a connection URL, without its password: nothing in it is secret. */
export interface DatabaseAddress {
  host: string;
  port: number;
  user: string;
  database: string;
  /** The Supabase project, if the URL names one by the pooler's user or the direct host. */
  project?: string;
}

/** Supabase's name for a project: 20 lower-case letters. */
const projectRef = /^[a-z]{20}$/;

/** Reads a connection URL; undefined if the text is not one. */
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
 * Returns one text per database. A Supabase project is one database through the direct host and both poolers; elsewhere
 * host, port and database identify it, whoever the user is.
 */
export function identifyAddress(address: DatabaseAddress): string {
  if (address.project !== undefined) return `project ${address.project}, database ${address.database}`;
  return `${address.host}:${address.port}, database ${address.database}`;
}

/** Returns whether two connection URLs lead to one database, whoever logs in. False if one of them cannot be read. */
export function leadsToSame(one: string, other: string): boolean {
  const [a, b] = [readDatabaseAddress(one), readDatabaseAddress(other)];
  if (a === undefined || b === undefined || identifyAddress(a) !== identifyAddress(b)) return false;
  // Behind a pooler that picks the project by the user's suffix, all databases may have one name.
  return a.project !== undefined || suffixOf(a.user) === suffixOf(b.user);
}

/** Returns the part behind the user's last dot, by which a pooler picks the project. */
function suffixOf(user: string): string | undefined {
  return /\.([^.]*)$/.exec(user)?.[1];
}
