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
export function identifyAddress(address: DatabaseAddress): string {
  if (address.project !== undefined) return `project ${address.project}, database ${address.database}`;
  return `${address.host}:${address.port}, database ${address.database}`;
}

/** Whether two connection URLs lead to one database, whoever logs in. False where one of them cannot be read. */
export function leadsToSame(one: string, other: string): boolean {
  const [a, b] = [readDatabaseAddress(one), readDatabaseAddress(other)];
  if (a === undefined || b === undefined || identifyAddress(a) !== identifyAddress(b)) return false;
  // Behind any pooler that picks the database by the user's suffix, all are called alike.
  return a.project !== undefined || a.user.split(".")[1] === b.user.split(".")[1];
}
