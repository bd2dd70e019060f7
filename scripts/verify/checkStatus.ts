import { type Connection, withClient } from "../../infra/database/connection.ts";
import type { Registration } from "../../infra/database/registration.ts";
import { withReadOnlyTransaction } from "../../infra/database/withReadOnlyTransaction.ts";
import { limits } from "./checkDatabase.ts";
import { type Finding, fails, holds } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** Orchestra → its row in the main database, of one stack. */
export type Registrations = Map<string, Registration>;

/** All of a stack's rows in one look. */
export async function readRegistrations(registry: Connection, stack: string): Promise<Registrations> {
  const read = () =>
    withClient(
      registry,
      (client) =>
        withReadOnlyTransaction(client, "the main database", async () => {
          const { rows } = await client.query<Registration>(
            `SELECT r.stack, r.orchestra, o."name", o."subdomain", o."databaseUrl", o."status"::text, o."contactName", o."contactEmail",
                    to_char(o."setupDate", 'YYYY-MM-DD') AS "setupDate"
             FROM stagesub.registration r JOIN public."Orchestra" o ON o."id"::text = r.row_id WHERE r.stack = $1`,
            [stack],
          );
          return rows;
        }),
      limits,
    );
  return new Map((await read()).map((row) => [row.orchestra, row]));
}

/** Whether the app finds the orchestra in the main database, as it is declared. */
export async function checkStatus(subject: Subject, registrations: Promise<Registrations>): Promise<Finding> {
  const rows = await registrations.catch((error: Error) => error);
  if (rows instanceof Error) return fails("unreachable", rows.message);
  const row = rows.get(subject.id);
  if (!row)
    return fails(
      "not registered",
      `Expected a row for ${subject.id} in the main database's "Orchestra", found none of this stack. Run \`pulumi up\`.`,
    );
  const differences = Object.entries(subject.registration)
    .filter(([column, declared]) => row[column as keyof Registration] !== declared)
    .map(([column, declared]) =>
      column === "databaseUrl"
        ? "databaseUrl is another one (not shown)"
        : `${column} is ${JSON.stringify(row[column as keyof Registration])} instead of ${JSON.stringify(declared)}`,
    );
  if (differences.length === 0) return holds(row.status);
  return fails(
    row.status === "Active" ? "differs" : row.status,
    `Expected the row in the main database as declared; ${differences.join("; ")}. \`pulumi up --refresh\` puts it right.`,
  );
}
