import pg from "pg";
import { applyMigrations, type MigrationRun } from "./applyMigrations.ts";
import { UserError } from "../../errors.ts";
import { describeServerError, isConnectionLost } from "../connection/explainQueryError.ts";
import { readNonTransactionalStatement, type NonTransactionalStatement } from "./nonTransactionalStatement.ts";
import { migrationFailed } from "./migrationFailed.ts";
import type { Migration } from "./readMigrations.ts";
import { splitStatements } from "./sqlStatements.ts";
import { clearInProgress, type MigrationInProgress, readInProgress, recordInProgress } from "./inProgress.ts";
import type { LockedTransaction } from "../connection/withLockedTransaction.ts";
import { hasRelation } from "../connection/serverFacts.ts";

/**
 * Runs a migration's one statement outside any transaction. Commits a "begun" record first, and clears the record together with
 * writing the ledger: after any interruption the next run recognizes this file's leftovers and finishes its work.
 *
 * @throws {UserError} also if something of that name existed before this file began
 */
export async function runOutsideTransaction(
  transaction: LockedTransaction,
  run: MigrationRun,
  migration: Migration,
  statement: NonTransactionalStatement,
): Promise<void> {
  const { client } = transaction;
  const begun = (await readInProgress(client)) !== undefined;
  if (!begun) {
    await refuseForeign(client, migration, statement);
    await recordInProgress(client, migration);
  }
  await transaction.outside(async () => {
    await settleLeftovers(client, run, migration.file, statement);
    if (begun && (await isDone(client, statement))) return;
    try {
      await client.query(migration.up);
    } catch (error) {
      throw await explainFailure(client, error, migration, statement);
    }
  });
  await applyMigrations(client, { ...run, pending: [migration], recordOnly: true });
  await clearInProgress(client);
}

/**
 * Removes the leftovers of a begun file that was edited or taken out after it failed. Leaves those of the next pending file
 * for that file.
 */
export async function settleInProgress(
  transaction: LockedTransaction,
  run: MigrationRun,
  begun: MigrationInProgress,
): Promise<void> {
  const { client } = transaction;
  const next = run.pending.find(({ nonTransactional }) => nonTransactional)?.nonTransactional;
  if (next?.text === begun.statement) return;
  const statement = readNonTransactionalStatement(splitStatements(begun.statement)[0]!);
  if (typeof statement === "object") {
    await transaction.outside(() => settleLeftovers(client, run, begun.file, statement));
    if (statement.kind === "create index" && (await isDone(client, statement)))
      throw new UserError(
        "ledger-differs",
        `Refusing to migrate ${run.databaseName}: expected ${begun.file} as it was when it ran, got another file in its place, or none. ` +
          `It had made the index ${statement.index}, and was interrupted before that was written down. Bring the file back as it was and ` +
          `run again; or remove that index: DROP INDEX CONCURRENTLY ${statement.index}`,
      );
  }
  await clearInProgress(client);
}

/** Refuses objects that look like the file's leftovers before its first attempt: a later run would take them for the file's own. */
async function refuseForeign(client: pg.Client, migration: Migration, statement: NonTransactionalStatement) {
  const refuse = (says: string) => migrationFailed(migration, statement.line, says);
  const [leftover] = await findLeftovers(client, statement);
  if (leftover !== undefined)
    throw refuse(
      `expected no index that is not valid, found ${leftover}, which this file has not made. Nothing was changed: ` +
        `see whose it is, then DROP INDEX CONCURRENTLY ${leftover} and run again.`,
    );
  if (statement.kind !== "create index" && statement.kind !== "drop index") return;
  const exists = await hasRelation(client, statement.index);
  if (statement.kind === "drop index" && !statement.ifExists && !exists)
    throw refuse(
      `expected the index ${statement.index}, found none. Nothing was changed: correct the name or write IF EXISTS.`,
    );
  if (statement.kind === "create index" && !statement.ifNotExists && exists)
    throw refuse(
      `expected that there is no ${statement.index} yet, found one, which this file has not made. Nothing was changed: take ` +
        "another name or, where it is the very same index, write IF NOT EXISTS.",
    );
}

/** Returns whether a statement begun by a previous run had finished. False for kinds that can simply run again. */
async function isDone(client: pg.Client, statement: NonTransactionalStatement): Promise<boolean> {
  if (statement.kind === "create index") return hasRelation(client, statement.index);
  if (statement.kind === "detach partition") return (await readAttachment(client, statement)) === undefined;
  return statement.kind === "drop index" && !(await hasRelation(client, statement.index));
}

/** Returns "attached" for a partition of the table, "pending" while its detaching is begun, undefined once it is detached. */
async function readAttachment(
  client: pg.Client,
  { table, partition }: Extract<NonTransactionalStatement, { kind: "detach partition" }>,
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
  { databaseName, warn }: MigrationRun,
  file: string,
  statement: NonTransactionalStatement,
): Promise<void> {
  for (const index of await findLeftovers(client, statement)) {
    warn?.(
      `${databaseName}: dropping the index ${index}, which is not valid: ${file} was interrupted while it made it`,
    );
    await client.query(`DROP INDEX CONCURRENTLY ${index}`);
  }
  if (statement.kind !== "detach partition" || (await readAttachment(client, statement)) !== "pending") return;
  warn?.(
    `${databaseName}: finishing what ${file} was interrupted at: detaching ${statement.partition} from ${statement.table}`,
  );
  await client.query(`ALTER TABLE ${statement.table} DETACH PARTITION ${statement.partition} FINALIZE`);
}

/** Returns the invalid indexes that this statement leaves when it is interrupted, quoted. */
async function findLeftovers(client: pg.Client, statement: NonTransactionalStatement): Promise<string[]> {
  if (statement.kind !== "create index" && statement.kind !== "reindex") return [];
  const { rows } = await client.query<{ name: string }>(
    statement.kind === "create index"
      ? `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid`
      : // https://www.postgresql.org/docs/17/sql-reindex.html#SQL-REINDEX-CONCURRENTLY: both may be dropped.
        `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
           AND i.indrelid = coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1)), to_regclass($1))`,
    [statement.kind === "create index" ? statement.index : statement.target],
  );
  return rows.map(({ name }) => name);
}

async function explainFailure(
  client: pg.Client,
  error: unknown,
  migration: Migration,
  statement: NonTransactionalStatement,
): Promise<Error> {
  if (isConnectionLost(error))
    return new UserError(
      "connection-lost",
      `${migration.path}:${statement.line}: the connection to the database was lost while this ran outside a transaction. Run again: the next run finds what ` +
        "it left, all of it or an index that is not valid, and goes on from there.",
    );
  if (!(error instanceof pg.DatabaseError)) return error as Error;
  const left = (await findLeftovers(client, statement)).join(", ");
  const remains =
    statement.kind === "detach partition" && (await readAttachment(client, statement)) === "pending"
      ? `has begun to detach ${statement.partition}: its rows are no longer found in ${statement.table}, and the next run finishes it`
      : left === ""
        ? "left nothing"
        : `left the index ${left}, which is not valid: the next run drops it. If the app suffers until then: DROP INDEX CONCURRENTLY ${left}`;
  const remedy = /^(55P03|57014)$/.test(error.code ?? "")
    ? "Run again at a quieter time."
    : "Correct the file or the data, and run again.";
  const says = `${describeServerError(error, migration.up)} The statement ran outside a transaction and ${remains}. Everything before it is applied. ${remedy}`;
  return migrationFailed(migration, statement.line, says, { sqlState: error.code });
}
