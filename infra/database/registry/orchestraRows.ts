import type pg from "pg";
import { UserError } from "../../errors.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import { leadsToSame } from "../connection/databaseAddress.ts";
import { mainDatabaseName } from "./registryDatabase.ts";
import { hasRelation } from "../connection/serverFacts.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";

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
interface RegisteredDatabase {
  /** The orchestra's id or `pool-N`. */
  key: string;
  /** The last applied migration. */
  version: string;
  /** Version of the database's passwords. */
  passwordVersion: number;
}

/** The columns that this program writes. Columns that the app has added are never changed. */
export const columns = [
  "name",
  "subdomain",
  "databaseUrl",
  "status",
  "contactName",
  "contactEmail",
  "setupDate",
] as const;

export type Column = (typeof columns)[number];

/** Any row of the main database's `"Orchestra"`, ours or not; a column that the app's table lacks or leaves empty is null. */
export interface OrchestraRow extends Record<Column, string | null> {
  id: string;
  /** The key of the database, the orchestra's id or `pool-N`; null without a registration. */
  key: string | null;
  /** The stack and orchestra that the row belongs to; null if this program did not make or adopt the row. */
  registration: RegistrationKey | null;
}

/** Reads every row, by subdomain; none if the table does not exist yet. Changes nothing. */
export function readOrchestraRows(connection: Connection, limits?: Partial<ConnectLimits>): Promise<OrchestraRow[]> {
  return withSnapshot(connection, mainDatabaseName, readRows, limits);
}

/** Reads every row in the caller's transaction, see {@link readOrchestraRows}. */
export async function readRows(client: pg.Client): Promise<OrchestraRow[]> {
  if (!(await hasRelation(client, 'public."Orchestra"'))) return [];
  const isKnown = await hasRelation(client, "stagesub.registration");
  const registrations = isKnown ? "stagesub.registration" : "(SELECT NULL AS row_id WHERE false)";
  const rows = await selectRows(client, 'ORDER BY o."subdomain", o."id"', [], registrations);
  return rows.map(({ database: _database, ...row }) => row);
}

/** A row with the database that it was registered with. */
export type Row = OrchestraRow & Pick<Registration, "database">;

/** Returns the rows of the stack's orchestras, or of one of them. */
export async function findRows(client: pg.Client, stack: string, orchestra?: string): Promise<Row[]> {
  const condition = "WHERE r.stack = $1 AND ($2::text IS NULL OR r.orchestra = $2)";
  return selectRows(client, condition, [stack, orchestra ?? null]);
}

/** Returns another row with the subdomain, and locks that row until the transaction ends. */
export async function findHolder(client: pg.Client, subdomain: string, ownId = ""): Promise<OrchestraRow | undefined> {
  const condition = 'WHERE o."subdomain" = $1 AND o."id"::text <> $2 FOR UPDATE OF o';
  const [row] = await selectRows(client, condition, [subdomain, ownId]);
  return row;
}

type Known = RegistrationKey & { database_key: string | null; database_version: string; password_version: number };

/** Reads rows as JSON, where a column that does not exist is a missing key and no error. */
async function selectRows(
  client: pg.Client,
  condition: string,
  values: (string | null)[],
  registrations = "stagesub.registration",
): Promise<Row[]> {
  const { rows } = await client.query<{ row: Record<string, unknown>; known: Known | null }>(
    `SELECT to_jsonb(o) AS row, to_jsonb(r) AS known
     FROM public."Orchestra" o LEFT JOIN ${registrations} r ON r.row_id = o."id"::text ${condition}`,
    values,
  );
  const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : null);
  return rows.map(({ row, known }) => {
    const database = known?.database_key
      ? { key: known.database_key, version: known.database_version, passwordVersion: known.password_version }
      : undefined;
    const written = Object.fromEntries(columns.map((column) => [column, text(row[column])])) as Record<
      Column,
      string | null
    >;
    return {
      ...written,
      id: String(row["id"]),
      // Prisma's DateTime is a timestamp.
      setupDate: written.setupDate?.slice(0, 10) ?? null,
      key: known && (database?.key ?? known.orchestra),
      registration: known && { stack: known.stack, orchestra: known.orchestra },
      ...(database && { database }),
    };
  });
}

/**
 * Returns the refusal to take the subdomain from the row that has it, with a remedy; undefined if the orchestra adopts that row:
 * the orchestra has no row yet, the other row is not registered, and its URL is empty or leads to the orchestra's database,
 * as any role.
 *
 * @param hasRow whether the orchestra already has another row
 */
export function refuseSubdomain(
  { name, databaseUrl: url, registration: holder }: Pick<OrchestraRow, "name" | "databaseUrl" | "registration">,
  hasRow: boolean,
  { stack, orchestra, subdomain, databaseUrl }: RegistrationKey & Pick<Registration, "subdomain" | "databaseUrl">,
): UserError | undefined {
  if (!hasRow && !holder && (!url || leadsToSame(url, databaseUrl))) return undefined;
  const reason = holder
    ? `it belongs to ${holder.orchestra} of stack ${holder.stack} (${name}). Choose another subdomain, or remove that row if it is nobody's.`
    : `this program did not make its row (${name}), whose "databaseUrl" does not lead to ${orchestra}'s database. ` +
      `If it is the same orchestra, bring it in with its own database: ./stagesub import ${subdomain} -s ${stack}. ` +
      "Otherwise choose another subdomain, or remove that row if it is nobody's.";
  return new UserError(
    "subdomain-taken",
    `Refusing to take over the subdomain ${subdomain} in the main database: ${reason}`,
  );
}
