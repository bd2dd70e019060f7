import type { Connection } from "../connection/connection.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import type { Registration, RegistrationKey } from "./registration.ts";
import { mainDatabaseName } from "./registryDatabase.ts";
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
  /** The stack and orchestra that the row belongs to; null if this program did not make or adopt the row. */
  registration: RegistrationKey | null;
}

/** Reads every row, by subdomain; none if the table does not exist yet. Changes nothing. */
export async function readOrchestraRows(
  connection: Connection,
  limits?: Partial<ConnectLimits>,
): Promise<OrchestraRow[]> {
  return withSnapshot(
    connection,
    mainDatabaseName,
    async (client) => {
      const { rows: tables } = await client.query<{ orchestras: boolean; registrations: boolean }>(
        `SELECT to_regclass('public."Orchestra"') IS NOT NULL AS orchestras,
                  to_regclass('stagesub.registration') IS NOT NULL AS registrations`,
      );
      if (!tables[0]!.orchestras) return [];
      const registration = tables[0]!.registrations
        ? "(SELECT json_build_object('stack', r.stack, 'orchestra', r.orchestra) FROM stagesub.registration r WHERE r.row_id = o.\"id\"::text)"
        : "NULL::json";
      // Read as JSON, a column that does not exist is a missing key and no error.
      const { rows } = await client.query<{ row: Partial<Columns>; registration: RegistrationKey | null }>(
        `SELECT to_jsonb(o) AS row, ${registration} AS registration FROM public."Orchestra" o ORDER BY o."subdomain", o."id"`,
      );
      return rows.map(({ row, registration }) => ({ ...readColumns(row), registration }));
    },
    limits,
  );
}

type Columns = Record<Exclude<keyof Registration, keyof RegistrationKey> | "id", unknown>;

function readColumns(row: Partial<Columns>): Omit<OrchestraRow, "registration"> {
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
