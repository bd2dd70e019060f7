import type pg from "pg";
import type { Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import type { Registration, RegistrationKey } from "./registration.ts";
import { mainDatabaseName } from "./registryDatabase.ts";
import { hasRelation } from "../connection/serverFacts.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";

/** Any row of the main database's `"Orchestra"`, ours or not; a column that the app's table lacks or leaves empty is null. */
export interface OrchestraRow {
  id: string;
  name: string | null;
  subdomain: string | null;
  /** Secret. */
  databaseUrl: string | null;
  status: string | null;
  contactName: string | null;
  contactEmail: string | null;
  /** YYYY-MM-DD */
  setupDate: string | null;
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
  const registration = (await hasRelation(client, "stagesub.registration"))
    ? '(SELECT to_jsonb(r) FROM stagesub.registration r WHERE r.row_id = o."id"::text)'
    : "NULL::jsonb";
  // Read as JSON, a column that does not exist is a missing key and no error.
  const { rows } = await client.query<{ row: Partial<Columns>; known: Known | null }>(
    `SELECT to_jsonb(o) AS row, ${registration} AS known FROM public."Orchestra" o ORDER BY o."subdomain", o."id"`,
  );
  return rows.map(({ row, known }) => ({
    ...readColumns(row),
    key: known && (known.database_key ?? known.orchestra),
    registration: known && { stack: known.stack, orchestra: known.orchestra },
  }));
}

type Known = RegistrationKey & { database_key?: string | null };

type Columns = Record<Exclude<keyof Registration, keyof RegistrationKey> | "id", unknown>;

function readColumns(row: Partial<Columns>): Omit<OrchestraRow, "key" | "registration"> {
  const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : null);
  return {
    id: String(row.id),
    name: text(row.name),
    subdomain: text(row.subdomain),
    databaseUrl: text(row.databaseUrl),
    status: text(row.status),
    contactName: text(row.contactName),
    contactEmail: text(row.contactEmail),
    // Prisma's DateTime is a timestamp.
    setupDate: text(row.setupDate)?.slice(0, 10) ?? null,
  };
}
