import pg from "pg";
import { applyMigrations, type MigrationRun } from "./applyMigrations.ts";
import { UserError } from "../../errors.ts";
import { describeServerError, isConnectionLost } from "../connection/explainQueryError.ts";
import { readLoneStatement, type LoneStatement } from "./loneStatement.ts";
import { migrationFailed } from "./migrationFailed.ts";
import type { Migration } from "./readMigrations.ts";
import { splitStatements } from "./sqlStatements.ts";
import { clearBeginning, readUnfinished, recordBeginning } from "./unfinished.ts";
import type { LockedTransaction } from "../connection/withLockedTransaction.ts";
import { hasRelation } from "../connection/serverFacts.ts";

export interface LoneRun extends Omit<MigrationRun, "recordOnly"> {
  /** Gets a line for each leftover of a previous run. */
  warn?: ((line: string) => void) | undefined;
}

/**
 * Runs a migration's one statement outside any transaction. Commits a "begun" record first, and clears the record together with
 * writing the ledger: after any interruption the next run recognizes this file's leftovers and finishes its work.
 *
 * @throws {UserError} also if something of that name existed before this file began
 */
export async function applyLone(
  transaction: LockedTransaction,
  run: LoneRun,
  migration: Migration,
  lone: LoneStatement,
): Promise<void> {
  const { client } = transaction;
  const begun = (await readUnfinished(client)) !== undefined;
  if (!begun) {
    await refuseForeign(client, migration, lone);
    await recordBeginning(client, migration);
  }
  await transaction.outside(async () => {
    await settleLeftovers(client, run, migration.file, lone);
    if (begun && (await isDone(client, lone))) return;
    try {
      await client.query(migration.up);
    } catch (error) {
      throw await explainFailure(client, error, migration, lone);
    }
  });
  await applyMigrations(client, { ...run, pending: [migration], recordOnly: true });
  await clearBeginning(client);
}

/**
 * Removes the leftovers of a begun file that was edited or taken out after it failed. Leaves those of the next pending file
 * for that file.
 */
export async function settleUnfinished(transaction: LockedTransaction, run: LoneRun): Promise<void> {
  const { client } = transaction;
  const unfinished = await readUnfinished(client);
  const next = run.pending.find(({ lone }) => lone);
  if (!unfinished || next?.lone?.text === unfinished.statement) return;
  const lone = readLoneStatement(splitStatements(unfinished.statement)[0]!);
  if (typeof lone === "object") {
    await transaction.outside(() => settleLeftovers(client, run, unfinished.file, lone));
    if (lone.kind === "create index" && (await isDone(client, lone)))
      throw new UserError(
        "ledger-differs",
        `Refusing to migrate ${run.databaseName}: expected ${unfinished.file} as it was when it ran, got another file in its place, or none. ` +
          `It had made the index ${lone.index}, and was interrupted before that was written down. Bring the file back as it was and ` +
          `run again; or remove that index: DROP INDEX CONCURRENTLY ${lone.index}`,
      );
  }
  await clearBeginning(client);
}

/** Refuses objects that look like the file's leftovers before its first attempt: a later run would take them for the file's own. */
async function refuseForeign(client: pg.Client, migration: Migration, lone: LoneStatement): Promise<void> {
  const refuse = (says: string) => migrationFailed(migration, lone.line, says);
  const [leftover] = await findLeftovers(client, lone);
  if (leftover !== undefined)
    throw refuse(
      `expected no index that is not valid, found ${leftover}, which this file has not made. Nothing was changed: ` +
        `see whose it is, then DROP INDEX CONCURRENTLY ${leftover} and run again.`,
    );
  if (lone.kind === "drop index" && !lone.ifExists && !(await hasRelation(client, lone.index)))
    throw refuse(
      `expected the index ${lone.index}, found none. Nothing was changed: correct the name or write IF EXISTS.`,
    );
  if (lone.kind !== "create index" || lone.ifNotExists || !(await hasRelation(client, lone.index))) return;
  throw refuse(
    `expected that there is no ${lone.index} yet, found one, which this file has not made. Nothing was changed: take ` +
      "another name or, where it is the very same index, write IF NOT EXISTS.",
  );
}

/** Returns whether a statement begun by a previous run had finished. False for kinds that can simply run again. */
async function isDone(client: pg.Client, lone: LoneStatement): Promise<boolean> {
  if (lone.kind === "create index") return hasRelation(client, lone.index);
  if (lone.kind === "detach partition") return (await readAttachment(client, lone)) === undefined;
  return lone.kind === "drop index" && !(await hasRelation(client, lone.index));
}

/** Returns "attached" for a partition of the table, "pending" while its detaching is unfinished, undefined once it is detached. */
async function readAttachment(
  client: pg.Client,
  { table, partition }: Extract<LoneStatement, { kind: "detach partition" }>,
): Promise<"attached" | "pending" | undefined> {
  const { rows } = await client.query<{ pending: boolean }>(
    "SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = to_regclass($2)",
    [partition, table],
  );
  return rows[0] && (rows[0].pending ? "pending" : "attached");
}

/** Drops invalid indexes of an interrupted attempt, and finishes a detaching, which PostgreSQL cannot undo. */
async function settleLeftovers(
  client: pg.Client,
  { databaseName, warn }: LoneRun,
  file: string,
  lone: LoneStatement,
): Promise<void> {
  for (const index of await findLeftovers(client, lone)) {
    warn?.(
      `${databaseName}: dropping the index ${index}, which is not valid: ${file} was interrupted while it made it`,
    );
    await client.query(`DROP INDEX CONCURRENTLY ${index}`);
  }
  if (lone.kind !== "detach partition" || (await readAttachment(client, lone)) !== "pending") return;
  warn?.(`${databaseName}: finishing what ${file} was interrupted at: detaching ${lone.partition} from ${lone.table}`);
  await client.query(`ALTER TABLE ${lone.table} DETACH PARTITION ${lone.partition} FINALIZE`);
}

/** Returns the invalid indexes that this statement leaves when it is interrupted, quoted. */
async function findLeftovers(client: pg.Client, lone: LoneStatement): Promise<string[]> {
  if (lone.kind !== "create index" && lone.kind !== "reindex") return [];
  const { rows } = await client.query<{ name: string }>(
    lone.kind === "create index"
      ? `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid`
      : // https://www.postgresql.org/docs/17/sql-reindex.html#SQL-REINDEX-CONCURRENTLY: both may be dropped.
        `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
           AND i.indrelid = coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1)), to_regclass($1))`,
    [lone.kind === "create index" ? lone.index : lone.target],
  );
  return rows.map(({ name }) => name);
}

async function explainFailure(
  client: pg.Client,
  error: unknown,
  migration: Migration,
  lone: LoneStatement,
): Promise<Error> {
  if (isConnectionLost(error))
    return new UserError(
      "connection-lost",
      `${migration.path}:${lone.line}: the connection to the database was lost while this ran outside a transaction. Run again: the next run finds what ` +
        "it left, all of it or an index that is not valid, and goes on from there.",
    );
  if (!(error instanceof pg.DatabaseError)) return error as Error;
  const left = await findLeftovers(client, lone);
  const isPending = lone.kind === "detach partition" && (await readAttachment(client, lone)) === "pending";
  const remains = isPending
    ? `It ran outside a transaction and has begun to detach ${lone.partition}: its rows are no longer found in ${lone.table}, and the next run finishes it.`
    : left.length > 0
      ? `It ran outside a transaction and left the index ${left.join(", ")}, which is not valid: the next run drops it. ` +
        `If the app suffers until then: DROP INDEX CONCURRENTLY ${left.join(", ")}.`
      : "It ran outside a transaction and left nothing.";
  const remedy = /^(55P03|57014)$/.test(error.code ?? "")
    ? "Run again at a quieter time."
    : "Correct the file or the data, and run again.";
  const says = `${describeServerError(error, migration.up)} ${remains} What came before it is applied. ${remedy}`;
  return migrationFailed(migration, lone.line, says, { sqlState: error.code });
}
