import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { RunnerOption } from "node-pg-migrate";
import pg from "pg";
import { UserError } from "../../errors.ts";
import {
  adviceFor,
  describeServerError,
  explainQueryError,
  isConnectionLost,
} from "../connection/explainQueryError.ts";
import { transactionalForm } from "./nonTransactionalStatement.ts";
import { migrationFailed } from "./migrationFailed.ts";
import type { Migration } from "./readMigrations.ts";
import { splitStatements } from "./sqlStatements.ts";

export interface MigrationRun {
  /** The database's name for messages. */
  databaseName: string;
  directory: string;
  /** All migrations of `directory`. */
  migrations: Migration[];
  /** Migrations to run: all that are not in the ledger, or the first of them. */
  pending: Migration[];
  /** Records the migrations as applied and runs nothing: their work is done already, by other means. */
  recordOnly?: boolean;
  /**
   * SQL that follows each file, so that neither the next file nor a later query depends on the settings of this one.
   * Default: nothing.
   */
  resetSession?: string;
  /** Gets a line for each leftover of an interrupted run. */
  warn?: ((line: string) => void) | undefined;
}

/**
 * Runs the pending migrations with node-pg-migrate inside the caller's transaction, and writes the ledger of digests. Runs
 * migrations marked `-- no-transaction` in the form that `transactionalForm` gives them; see `migrateDatabase`.
 *
 * @throws {UserError} that names the file and the line of the failure
 */
export async function applyMigrations(client: pg.Client, run: MigrationRun): Promise<void> {
  const { pending } = run;
  if (pending.length === 0) return;
  // Loaded only now: loading takes 100 ms, and most runs have nothing to migrate.
  const { runner } = await import("node-pg-migrate");
  const joined = new JoinedClient(client, run.databaseName);
  try {
    const ran = await runner({
      dbClient: joined as unknown as pg.ClientBase,
      dir: run.directory,
      direction: "up",
      // `pending` may leave out files on disk if the database is to stop at an earlier version, but always starts with the next file.
      count: pending.length,
      migrationsTable: "pgmigrations",
      migrationsSchema: "stagesub",
      fake: run.recordOnly ?? false,
      singleTransaction: true,
      checkOrder: true,
      noLock: true,
      // node-pg-migrate prints the whole statement that failed; `explainFileError` decides what is shown instead.
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      migrationLoaderStrategies: [
        { extensions: [".sql"], loader: async () => run.migrations.map((one) => loadMigration(run, one, joined)) },
      ],
    } satisfies RunnerOption);
    requireRan(run, ran);
  } catch (error) {
    // node-pg-migrate wraps some errors in others, stack and all.
    throw joined.failure ?? error;
  }
  await client.query("INSERT INTO stagesub.migration (file, sha256) SELECT * FROM unnest($1::text[], $2::text[])", [
    pending.map(({ file }) => file),
    pending.map(({ sha256 }) => sha256),
  ]);
}

/**
 * Refuses a run in which node-pg-migrate ran other files than asked: none if the folder was emptied meanwhile, or an applied file
 * once more if somebody deleted its row from node-pg-migrate's ledger.
 */
function requireRan({ databaseName, directory, pending }: MigrationRun, ran: readonly { name: string }[]): void {
  const [expected, found] = [pending.map(({ file }) => path.basename(file, ".sql")), ran.map(({ name }) => name)];
  if (isDeepStrictEqual(expected, found)) return;
  const text = `Refusing to go on with ${databaseName}: expected ${expected.join(", ")} to run, found ${found.join(", ") || "nothing"}.`;
  if (found.length === 0)
    throw new UserError("sources-changed", `${text} ${directory} was emptied meanwhile. Nothing was changed.`);
  throw new UserError(
    "ledger-differs",
    `${text} stagesub.pgmigrations and stagesub.migration do not agree: bring back the row that somebody took away. Nothing was changed.`,
  );
}

/** Passes the text that was read and digested, even if the file has changed since. */
function loadMigration({ resetSession }: MigrationRun, migration: Migration, joined: JoinedClient) {
  const sql = migration.nonTransactional ? transactionalForm(migration.nonTransactional) : migration.up;
  const up = (pgm: { sql(text: string): void }) => {
    joined.current = { migration, sql };
    if (sql === undefined) return;
    pgm.sql(sql);
    if (resetSession !== undefined) pgm.sql(resetSession);
  };
  return { id: migration.file, filePaths: [migration.path], actions: { up, down: false as const } };
}

/**
 * node-pg-migrate opens and closes a transaction on its client. The caller's transaction is open already and contains
 * more, so these three statements become a savepoint. If a migration had ended the transaction unnoticed, releasing
 * the savepoint would fail.
 */
const savepoints: Record<string, string> = {
  BEGIN: "SAVEPOINT migrations",
  COMMIT: "RELEASE SAVEPOINT migrations",
  ROLLBACK: "ROLLBACK TO SAVEPOINT migrations",
};

/** The client passed to node-pg-migrate. */
class JoinedClient {
  /** The migration whose statements are running, and their text. */
  current: { migration: Migration; sql: string | undefined } | undefined;
  /** The first error. */
  failure: Error | undefined;

  constructor(
    private readonly client: pg.Client,
    private readonly databaseName: string,
  ) {}

  async query(statement: string, values?: unknown[]): Promise<pg.QueryResult> {
    // A file goes to the server as one text. The number of completed statements shows which one failed.
    let completed = 0;
    const count = () => void completed++;
    this.client.connection.on("commandComplete", count);
    try {
      return await this.client.query(savepoints[statement] ?? statement, values);
    } catch (error) {
      const isMigration = this.current?.sql !== undefined && statement.startsWith(this.current.sql);
      this.failure ??=
        isMigration && error instanceof pg.DatabaseError && !isConnectionLost(error)
          ? explainFileError(this.current!.migration, error, completed)
          : explainQueryError(error, this.databaseName);
      throw this.failure;
    } finally {
      this.client.connection.off("commandComplete", count);
    }
  }
}

function explainFileError(migration: Migration, error: pg.DatabaseError, completed: number): Error {
  const line = migration.nonTransactional?.line ?? findLine(migration, error, completed);
  const says = describeServerError(error, migration.up);
  const advice = adviceFor(error);
  return advice === undefined
    ? migrationFailed(migration, line, says, {
        advice: "Nothing was changed: correct the file and run again.",
        sqlState: error.code,
      })
    : migrationFailed(migration, line, `${says} ${advice}`, { sqlState: error.code });
}

/** Returns the file's line of an error. `position` counts characters, not UTF-16 units, and is missing for errors at run time. */
function findLine({ up, upLine }: Migration, error: pg.DatabaseError, completed: number): number {
  const position = Number(error.position);
  const line = position
    ? [...up]
        .slice(0, position - 1)
        .join("")
        .split("\n").length
    : (splitStatements(up)[completed]?.line ?? 1);
  return upLine + line - 1;
}
