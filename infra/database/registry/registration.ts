import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { appendAudit } from "./audit.ts";
import { auditAdoption, auditDatabase, auditRegistration } from "./auditRegistration.ts";
import { revokePublicAccess } from "../roles/revokePublicAccess.ts";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import {
  columns,
  findHolder,
  findRows,
  refuseSubdomain,
  type Registration,
  type RegistrationKey,
} from "./orchestraRows.ts";
import { mainDatabaseName } from "./registryDatabase.ts";
import { withTransaction } from "../connection/withTransaction.ts";
import { withSnapshot } from "../connection/withSnapshot.ts";
import { hasRelation } from "../connection/serverFacts.ts";

export type { Registration, RegistrationKey } from "./orchestraRows.ts";

/** A registration with the id of its row. */
export type RegisteredRow = Registration & { id: string };

/**
 * Makes or updates the orchestra's row, and writes nothing if nothing differs. A new subdomain updates the same
 * row. Adopts a row that somebody else made for this orchestra (`refuseSubdomain`), and keeps its id and every column
 * that is not ours. Audits changes in the same transaction. First revokes outsiders' access to the table (`revokePublicAccess`).
 *
 * @throws {UserError} if the subdomain belongs to a row of another orchestra
 */
export async function ensureRegistration(connection: Connection, registration: Registration): Promise<RegisteredRow> {
  return withRegistry(connection, registration, async (client) => {
    await revokePublicAccess(client);
    const [own] = await findRows(client, registration.stack, registration.orchestra);
    const adopted = await findHolder(client, registration.subdomain, own?.id);
    const refusal = adopted && refuseSubdomain(adopted, own !== undefined, registration);
    if (refusal) throw refusal;
    const found = own ?? adopted;
    const changed = columns.filter((column) => found?.[column] !== registration[column]);
    await appendAudit(client, [
      ...auditDatabase(own, registration),
      ...(adopted ? [auditAdoption(registration, changed)] : auditRegistration(own, registration)),
    ]);
    const id = found?.id ?? (await insertRow(client, registration));
    if (found && changed.length > 0) await updateRow(client, found.id, registration);
    if (!own || !isDeepStrictEqual(own.database, registration.database))
      await recordRegistration(client, registration, id);
    return { ...registration, id };
  });
}

/** Reads the orchestra's current row; undefined if there is none that this program registered. Changes nothing. */
export async function inspectRegistration(
  connection: Connection,
  { stack, orchestra }: RegistrationKey,
): Promise<RegisteredRow | undefined> {
  const [row] = await inspectRegistrations(connection, stack, orchestra);
  return row;
}

/** Reads the current rows of a stack's orchestras, or of one of them, that this program registered. Changes nothing. */
export async function inspectRegistrations(
  connection: Connection,
  stack: string,
  orchestra?: string,
): Promise<RegisteredRow[]> {
  return withSnapshot(connection, mainDatabaseName, async (client) => {
    if (!(await hasRelation(client, "stagesub.registration"))) return [];
    const rows = await findRows(client, stack, orchestra);
    return rows.map(({ key: _key, registration, ...row }) => ({ ...row, ...registration }) as RegisteredRow);
  });
}

/**
 * Deletes the orchestra's row, if it still exists. Never deletes a row that is not registered, nor another row that the orchestra
 * got since.
 *
 * @param id of the row
 */
export async function removeRegistration(connection: Connection, key: RegistrationKey, id: string): Promise<void> {
  await withRegistry(connection, key, async (client) => {
    const { rowCount } = await client.query(
      `WITH gone AS (DELETE FROM stagesub.registration WHERE stack = $1 AND orchestra = $2 AND row_id = $3 RETURNING row_id)
       DELETE FROM public."Orchestra" o USING gone WHERE o."id"::text = gone.row_id`,
      [key.stack, key.orchestra, id],
    );
    if (rowCount) await appendAudit(client, [{ ...key, action: "removed", detail: {} }]);
  });
}

async function insertRow(client: pg.Client, registration: Registration): Promise<string> {
  // Prisma makes ids and "updatedAt" in the app, so its tables have no defaults for them.
  const id = randomUUID();
  const names = columns.map((column) => `"${column}"`).join(", ");
  await client.query(
    `INSERT INTO public."Orchestra" ("id", ${names}, "updatedAt")
     VALUES ($1, ${columns.map((_, index) => `$${index + 2}`).join(", ")}, CURRENT_TIMESTAMP)`,
    [id, ...valuesOf(registration)],
  );
  return id;
}

async function updateRow(client: pg.Client, id: string, registration: Registration): Promise<void> {
  const set = columns.map((column, index) => `"${column}" = $${index + 2}`);
  await client.query(
    `UPDATE public."Orchestra" SET ${set.join(", ")}, "updatedAt" = CURRENT_TIMESTAMP WHERE "id"::text = $1`,
    [id, ...valuesOf(registration)],
  );
}

async function recordRegistration(client: pg.Client, registration: Registration, rowId: string): Promise<void> {
  const { stack, orchestra, database } = registration;
  await client.query(
    `INSERT INTO stagesub.registration (stack, orchestra, row_id) VALUES ($1, $2, $3)
     ON CONFLICT (stack, orchestra) DO UPDATE SET row_id = excluded.row_id`,
    [stack, orchestra, rowId],
  );
  if (!database) return;
  await client.query(
    `UPDATE stagesub.registration SET database_key = $3, database_version = $4, password_version = $5
     WHERE stack = $1 AND orchestra = $2`,
    [stack, orchestra, database.key, database.version, database.passwordVersion],
  );
}

function valuesOf(registration: Registration): string[] {
  return columns.map((column) => registration[column]);
}

/** Runs `work` in a transaction in which no other run writes to the list of orchestras; others wait briefly. @throws {UserError} */
export async function withRegistry<T>(
  connection: Connection,
  { orchestra }: RegistrationKey,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const lend = (client: pg.Client) =>
    withTransaction({ client, databaseName: mainDatabaseName, begin }, async () => {
      if (!(await hasRelation(client, "stagesub.registration"))) {
        throw new UserError(
          "main-database-behind",
          "The main database has no list of orchestras yet: run its migrations first.",
        );
      }
      await client.query("LOCK TABLE stagesub.registration IN SHARE ROW EXCLUSIVE MODE");
      return work(client);
    });
  try {
    return await withClient(connection, lend, { statementMs });
  } catch (error) {
    if (!(error instanceof UserError) || error.fields.sqlState !== "23505") throw error;
    throw new UserError(
      "subdomain-taken",
      `Refusing to take over the subdomain of ${orchestra} in the main database: another row took it just now.`,
    );
  }
}

/** Short, because the statements touch a few rows. The client gives up on a silent server soon after. */
const statementMs = 30_000;
const begin = `BEGIN; SET LOCAL search_path = public; SET LOCAL timezone = 'UTC'; SET LOCAL lock_timeout = 20000; SET LOCAL statement_timeout = ${statementMs}`;

/**
 * Makes an orchestra's row another stack's, with an entry in the log of both. The row itself stays as it is. Does nothing if the other stack
 * has it already.
 *
 * @throws {UserError} where neither stack has registered it, or both
 */
export async function moveRegistration(
  connection: Connection,
  orchestra: string,
  from: string,
  to: string,
): Promise<void> {
  await withRegistry(connection, { stack: from, orchestra }, async (client) => {
    const { rows } = await client.query<{ stack: string }>(
      "SELECT stack FROM stagesub.registration WHERE orchestra = $1 AND stack IN ($2, $3)",
      [orchestra, from, to],
    );
    if (rows.length !== 1)
      throw new UserError(
        "move-refused",
        `Expected ${orchestra} to be registered by one of the stacks ${from} and ${to}, found ${rows.length === 0 ? "neither" : "both"}.`,
      );
    if (rows[0]!.stack === to) return;
    const update = "UPDATE stagesub.registration SET stack = $3 WHERE orchestra = $1 AND stack = $2";
    await client.query(update, [orchestra, from, to]);
    await appendAudit(client, [
      { stack: from, orchestra, action: "transferred", detail: { to } },
      { stack: to, orchestra, action: "transferred", detail: { from } },
    ]);
  });
}
