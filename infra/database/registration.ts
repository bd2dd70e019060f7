import { randomUUID } from "node:crypto";
import pg from "pg";
import { appendAudit } from "./audit.ts";
import { auditRegistration } from "./auditRegistration.ts";
import { withClient, type Connection } from "./connection.ts";
import { DatabaseError } from "./databaseError.ts";
import { explainQueryError } from "./explainQueryError.ts";
import { registrySubject } from "./registryDatabase.ts";
import { withReadOnlyTransaction } from "./withReadOnlyTransaction.ts";

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
}

/** The columns that are ours to write. Others, that the app has added, are never touched. */
const columns = ["name", "subdomain", "databaseUrl", "status", "contactName", "contactEmail", "setupDate"] as const;

/**
 * Makes or updates the orchestra's row; a row that is as it should be is not written. A new subdomain updates the same
 * row. What changed goes into the audit, in the same transaction.
 *
 * @throws DatabaseError when the subdomain belongs to a row that this stack's orchestra did not make
 */
export async function ensureRegistration(
  connection: Connection,
  registration: Registration,
): Promise<Registration & { id: string }> {
  return withRegistry(connection, registration, async (client) => {
    const { subdomain } = registration;
    const values = columns.map((column) => registration[column]);
    const found = await findRow(client, registration);
    if (found && columns.every((column) => found[column] === registration[column]))
      return { ...registration, id: found.id };
    await refuseTakenSubdomain(client, subdomain, found?.id);
    await appendAudit(client, auditRegistration(found, registration));
    if (found) {
      const set = columns.map((column, index) => `"${column}" = $${index + 2}`);
      await client.query(
        `UPDATE public."Orchestra" SET ${set.join(", ")}, "updatedAt" = CURRENT_TIMESTAMP WHERE "id" = $1`,
        [found.id, ...values],
      );
      return { ...registration, id: found.id };
    }
    // Prisma makes ids and "updatedAt" in the app, so a table of its making has no defaults for them.
    const id = randomUUID();
    const names = columns.map((column) => `"${column}"`).join(", ");
    await client.query(
      `INSERT INTO public."Orchestra" ("id", ${names}, "updatedAt")
       VALUES ($1, ${columns.map((_, index) => `$${index + 2}`).join(", ")}, CURRENT_TIMESTAMP)`,
      [id, ...values],
    );
    await client.query(
      `INSERT INTO stagesub.registration (stack, orchestra, row_id) VALUES ($1, $2, $3)
       ON CONFLICT (stack, orchestra) DO UPDATE SET row_id = excluded.row_id`,
      [registration.stack, registration.orchestra, id],
    );
    return { ...registration, id };
  });
}

/** The row as it is now; undefined where there is none, or none of ours. Changes nothing. */
export async function inspectRegistration(
  connection: Connection,
  key: RegistrationKey,
): Promise<(Registration & { id: string }) | undefined> {
  return withClient(connection, (client) =>
    withReadOnlyTransaction(client, registrySubject, async () => {
      if (!(await hasRegistry(client))) return undefined;
      const found = await findRow(client, key);
      return found && { ...found, stack: key.stack, orchestra: key.orchestra };
    }),
  );
}

/** Deletes the orchestra's row. Does nothing where there is none, and never touches a row that is not ours. */
export async function removeRegistration(connection: Connection, key: RegistrationKey): Promise<void> {
  await withRegistry(connection, key, async (client) => {
    const { rowCount } = await client.query(
      `WITH gone AS (DELETE FROM stagesub.registration WHERE stack = $1 AND orchestra = $2 RETURNING row_id)
       DELETE FROM public."Orchestra" o USING gone WHERE o."id" = gone.row_id`,
      [key.stack, key.orchestra],
    );
    if (rowCount) await appendAudit(client, [{ ...key, action: "removed", detail: {} }]);
  });
}

type Row = Omit<Registration, "stack" | "orchestra"> & { id: string };

async function findRow(client: pg.Client, { stack, orchestra }: RegistrationKey): Promise<Row | undefined> {
  const { rows } = await client.query<Row>(
    `SELECT o."id", o."name", o."subdomain", o."databaseUrl", o."status"::text, o."contactName", o."contactEmail",
            to_char(o."setupDate", 'YYYY-MM-DD') AS "setupDate"
     FROM stagesub.registration r JOIN public."Orchestra" o ON o."id" = r.row_id WHERE r.stack = $1 AND r.orchestra = $2`,
    [stack, orchestra],
  );
  return rows[0];
}

async function refuseTakenSubdomain(client: pg.Client, subdomain: string, ownId: string | undefined): Promise<void> {
  const { rows } = await client.query<{ name: string; stack: string | null; orchestra: string | null }>(
    `SELECT o."name", r.stack, r.orchestra FROM public."Orchestra" o LEFT JOIN stagesub.registration r ON r.row_id = o."id"
     WHERE o."subdomain" = $1 AND o."id" IS DISTINCT FROM $2`,
    [subdomain, ownId ?? null],
  );
  const [other] = rows;
  if (!other) return;
  const whose = other.stack
    ? `it belongs to ${other.orchestra} of stack ${other.stack}`
    : "this program did not make its row";
  throw new DatabaseError(
    `Refusing to take over the subdomain ${subdomain} in the main database: ${whose} (${other.name}). ` +
      "Choose another subdomain, or remove that row if it is nobody's.",
  );
}

async function hasRegistry(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('stagesub.registration') IS NOT NULL AS there",
  );
  return rows[0]!.there;
}

/** One transaction in which no other run writes to the list of orchestras; other orchestras wait their turn, briefly. */
async function withRegistry<T>(
  connection: Connection,
  { orchestra }: RegistrationKey,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withClient(connection, async (client) => {
    try {
      await client.query(
        "BEGIN; SET LOCAL search_path = public; SET LOCAL timezone = 'UTC'; SET LOCAL lock_timeout = 20000; SET LOCAL statement_timeout = 30000",
      );
      if (!(await hasRegistry(client))) {
        throw new DatabaseError("The main database has no list of orchestras yet: run its migrations first.");
      }
      await client.query("LOCK TABLE stagesub.registration IN SHARE ROW EXCLUSIVE MODE");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK").catch(() => undefined);
      if (error instanceof pg.DatabaseError && error.code === "23505") {
        throw new DatabaseError(
          `Refusing to take over the subdomain of ${orchestra} in the main database: another row took it just now.`,
        );
      }
      throw explainQueryError(error, registrySubject);
    }
  });
}
