import type pg from "pg";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import { describeActor } from "./auditActor.ts";
import { registrySubject } from "./registryDatabase.ts";
import { withReadOnlyTransaction } from "../connection/withReadOnlyTransaction.ts";
import { hasRelation } from "../connection/serverFacts.ts";

/** What commands and the audit call the main database, where an orchestra's id could stand. */
export const registryName = "registry";

/** Something that became of an orchestra, or of the main database. */
export interface AuditEvent {
  stack: string;
  /** An orchestra's id, or `registry`. */
  orchestra: string;
  /** One lower-case word: `registered`, `renamed`, `rotated`, `backup`, … */
  action: string;
  /** What changed. Never a secret, never a person's data: rows stay for good. */
  detail: Record<string, unknown>;
}

/** An event as the main database remembers it. */
export interface AuditEntry extends AuditEvent {
  /** When, in ISO 8601. */
  at: string;
  /** By whose hand; see `describeActor`. */
  actor: string;
}

/**
 * Adds events to the append-only `stagesub.audit` of the main database, in the caller's transaction: what happened and
 * its entry are there together, or neither is.
 */
export async function appendAudit(client: pg.Client, events: AuditEvent[]): Promise<void> {
  // A destroy may meet a main database that no `up` has migrated since the table came into being.
  if (events.length === 0 || !(await hasAudit(client))) return;
  await client.query(
    `INSERT INTO stagesub.audit (stack, orchestra, action, detail, actor)
     SELECT stack, orchestra, action, detail, $2
     FROM json_to_recordset($1) AS e (stack text, orchestra text, action text, detail jsonb)`,
    [JSON.stringify(events), describeActor(process.env)],
  );
}

/**
 * The latest entries of a stack, the last one first.
 *
 * @throws {UserError} also where the main database has none yet
 */
export async function readAudit(
  connection: Connection,
  filter: { stack: string; orchestra?: string | undefined; since?: Date | undefined; limit: number },
): Promise<AuditEntry[]> {
  return withClient(connection, (client) =>
    withReadOnlyTransaction(client, registrySubject, async () => {
      await requireAudit(client);
      const { rows } = await client.query<Omit<AuditEntry, "at"> & { at: Date }>(
        `SELECT at, stack, orchestra, action, detail, actor FROM stagesub.audit
         WHERE stack = $1 AND ($2::text IS NULL OR orchestra = $2) AND ($3::timestamptz IS NULL OR at >= $3)
         ORDER BY id DESC LIMIT $4`,
        [filter.stack, filter.orchestra ?? null, filter.since ?? null, filter.limit],
      );
      return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
    }),
  );
}

/** @throws {UserError} where the main database has none yet */
export async function requireAudit(client: pg.Client): Promise<void> {
  if (await hasAudit(client)) return;
  throw new UserError(
    "main-database-behind",
    `Expected the log of what happened in ${registrySubject}, found none: it comes with the next \`pulumi up\`.`,
  );
}

/** Whether the main database has one; `up` makes it. */
export async function hasAudit(client: pg.Client): Promise<boolean> {
  return hasRelation(client, "stagesub.audit");
}
