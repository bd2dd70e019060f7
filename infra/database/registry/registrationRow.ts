import type pg from "pg";
import { leadsToSame } from "../connection/databaseAddress.ts";
import { UserError } from "../../errors.ts";

/** Which orchestra of which stack: our own key, which never changes. */
export interface RegistrationKey {
  stack: string;
  orchestra: string;
}

/** An orchestra's row in the main database's `"Orchestra"`, which the app reads. */
export interface Registration extends RegistrationKey {
  name: string;
  subdomain: string;
  /** Secret. */
  databaseUrl: string;
  status: "Pending" | "Active" | "Suspended" | "Retired";
  contactName: string;
  contactEmail: string;
  /** YYYY-MM-DD */
  setupDate: string;
  /** What is behind it. The app's row holds nothing of it; left out, what was told before stays. */
  database?: RegisteredDatabase;
}

/** An orchestra's database as it was when the orchestra was registered with it. */
export interface RegisteredDatabase {
  /** The orchestra's id or `pool-N`. */
  key: string;
  /** The last migration that is applied. */
  version: string;
  /** Of its passwords. */
  passwordVersion: number;
}

/** A row of `"Orchestra"` that belongs to a registration. */
export type Row = Omit<Registration, keyof RegistrationKey> & { id: string };

/** A row that has the subdomain; columns that this program has never written may be empty. */
export type Holder = { [Column in keyof Omit<Row, "id" | "database">]: string | null } & {
  id: string;
  /** Whose it is; null where this program did not make or adopt it. */
  stack: string | null;
  orchestra: string | null;
};

const columns = `o."id"::text, o."name", o."subdomain", o."databaseUrl", o."status"::text, o."contactName", o."contactEmail",
                 to_char(o."setupDate", 'YYYY-MM-DD') AS "setupDate"`;

/** The row that belongs to the orchestra of the stack. */
export async function findRow(client: pg.Client, { stack, orchestra }: RegistrationKey): Promise<Row | undefined> {
  const { rows } = await client.query<Omit<Row, "database"> & { registered: Registered }>(
    // As JSON, a column that a main database of before does not have is merely missing.
    `SELECT ${columns}, to_jsonb(r) AS registered FROM stagesub.registration r JOIN public."Orchestra" o ON o."id"::text = r.row_id
     WHERE r.stack = $1 AND r.orchestra = $2`,
    [stack, orchestra],
  );
  if (!rows[0]) return undefined;
  const { registered, ...row } = rows[0];
  return { ...row, ...readDatabase(registered) };
}

interface Registered {
  database_key?: string | null;
  database_version: string;
  password_version: number;
}

function readDatabase(registered: Registered): { database?: RegisteredDatabase } {
  const { database_key: key, database_version: version, password_version: passwordVersion } = registered;
  return key ? { database: { key, version, passwordVersion } } : {};
}

/** Another row that has the subdomain. It stays as it is until the transaction ends. */
export async function findHolder(
  client: pg.Client,
  subdomain: string,
  ownId: string | undefined,
): Promise<Holder | undefined> {
  const { rows } = await client.query<Holder>(
    `SELECT ${columns}, r.stack, r.orchestra FROM public."Orchestra" o
     LEFT JOIN stagesub.registration r ON r.row_id = o."id"::text
     WHERE o."subdomain" = $1 AND o."id"::text IS DISTINCT FROM $2 FOR UPDATE OF o`,
    [subdomain, ownId ?? null],
  );
  return rows[0];
}

/**
 * Why the subdomain is not to be had of the row that has it, and what to do; undefined where the orchestra adopts that row:
 * it has none yet, no other registration holds this one, and it leads to the orchestra's database, as whichever role, or to
 * none yet.
 *
 * @param hasRow whether the orchestra has another row already
 */
export function refuseSubdomain(
  holder: Pick<Holder, "name" | "databaseUrl" | "stack" | "orchestra">,
  hasRow: boolean,
  { stack, orchestra, subdomain, databaseUrl }: RegistrationKey & Pick<Registration, "subdomain" | "databaseUrl">,
): UserError | undefined {
  const leadsHere = !holder.databaseUrl || leadsToSame(holder.databaseUrl, databaseUrl);
  if (!hasRow && holder.stack === null && leadsHere) return undefined;
  const refusal = `Refusing to take over the subdomain ${subdomain} in the main database:`;
  if (holder.stack !== null) {
    return new UserError(
      "subdomain-taken",
      `${refusal} it belongs to ${holder.orchestra} of stack ${holder.stack} (${holder.name}). ` +
        "Choose another subdomain, or remove that row if it is nobody's.",
    );
  }
  return new UserError(
    "subdomain-taken",
    `${refusal} this program did not make its row (${holder.name}), whose "databaseUrl" does not lead to ${orchestra}'s database. ` +
      `If it is the same orchestra, bring it in with its own database: npm run orchestra -- import ${subdomain} -s ${stack}. ` +
      "Otherwise choose another subdomain, or remove that row if it is nobody's.",
  );
}
