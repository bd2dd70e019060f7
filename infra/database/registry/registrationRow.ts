import type pg from "pg";
import { leadsToSame } from "../connection/databaseAddress.ts";
import { UserError } from "../../errors.ts";

/** An orchestra of a stack: the program's own key, which never changes. */
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
  /** The orchestra's database, which the app's row does not mention. Left out, the recorded one stays. */
  database?: RegisteredDatabase;
}

/** An orchestra's database at the time of its registration. */
export interface RegisteredDatabase {
  /** The orchestra's id or `pool-N`. */
  key: string;
  /** The last applied migration. */
  version: string;
  /** Version of the database's passwords. */
  passwordVersion: number;
}

/** A row of `"Orchestra"` that belongs to a registration. */
export type Row = Omit<Registration, keyof RegistrationKey> & { id: string };

/** A row with the subdomain; columns that this program has never written may be empty. */
export type Holder = { [Column in keyof Omit<Row, "id" | "database">]: string | null } & {
  id: string;
  /** The stack that the row belongs to; null if this program did not make or adopt the row. */
  stack: string | null;
  orchestra: string | null;
};

const columns = `o."id"::text, o."name", o."subdomain", o."databaseUrl", o."status"::text, o."contactName", o."contactEmail",
                 to_char(o."setupDate", 'YYYY-MM-DD') AS "setupDate"`;

/** Returns the row of the stack's orchestra. */
export async function findRow(client: pg.Client, { stack, orchestra }: RegistrationKey): Promise<Row | undefined> {
  const { rows } = await client.query<Omit<Row, "database"> & RegisteredDatabase>(
    `SELECT ${columns}, r.database_key AS key, r.database_version AS version, r.password_version AS "passwordVersion"
     FROM stagesub.registration r JOIN public."Orchestra" o ON o."id"::text = r.row_id
     WHERE r.stack = $1 AND r.orchestra = $2`,
    [stack, orchestra],
  );
  if (!rows[0]) return undefined;
  const { key, version, passwordVersion, ...row } = rows[0];
  return { ...row, ...(key && { database: { key, version, passwordVersion } }) };
}

/** Returns another row with the subdomain, and locks that row until the transaction ends. */
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
 * Returns the refusal to take the subdomain from the row that has it, with a remedy; undefined if the orchestra adopts that row:
 * the orchestra has no row yet, the other row is not registered, and its URL is empty or leads to the orchestra's database,
 * as any role.
 *
 * @param hasRow whether the orchestra already has another row
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
      `If it is the same orchestra, bring it in with its own database: ./stagesub import ${subdomain} -s ${stack}. ` +
      "Otherwise choose another subdomain, or remove that row if it is nobody's.",
  );
}
