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
import { insideTransaction } from "./loneStatement.ts";
import { migrationFailed } from "./migrationFailed.ts";
import type { Migration } from "./readMigrations.ts";
import { splitStatements } from "./sqlStatements.ts";

export interface MigrationRun {
  /** Whose database, for messages. */
  subject: string;
  directory: string;
  /** All of them, as read from `directory`. */
  migrations: Migration[];
  /** Those to run: all that are not in the ledger, or the first of them. */
  pending: Migration[];
  /** Their work is done already, by other means: write down that they are applied, and run nothing. */
  recordOnly?: boolean;
  /**
   * SQL that follows each file, so that no file and nothing that is read later depends on the settings of a file before it.
   * Default: nothing.
   */
  resetSession?: string;
}

/**
 * Runs the pending migrations with node-pg-migrate inside the caller's transaction, and writes the ledger of digests. Those
 * that are marked to run alone run here too, as `insideTransaction` has them: see `migrateDatabase`.
 *
 * @throws {UserError} that names the file and the line that failed
 */
export async function applyMigrations(client: pg.Client, run: MigrationRun): Promise<void> {
  const { pending } = run;
  if (pending.length === 0) return;
  // Loaded only now: it takes 100 ms, and most runs have nothing to migrate.
  const { runner } = await import("node-pg-migrate");
  const joined = new JoinedClient(client, run.subject);
  try {
    const ran = await runner({
      dbClient: joined as unknown as pg.ClientBase,
      dir: run.directory,
      direction: "up",
      // All that is on disk, unless the database is to stop at an earlier version; pending ones are always the next ones.
      count: pending.length,
      migrationsTable: "pgmigrations",
      migrationsSchema: "stagesub",
      fake: run.recordOnly ?? false,
      singleTransaction: true,
      checkOrder: true,
      noLock: true,
      // It prints whole statements when one fails; what to show is decided here instead.
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
 * Refuses what node-pg-migrate did where it is not what was asked for: it runs nothing where the folder was emptied meanwhile, and an applied
 * file once more where somebody took it out of its ledger.
 */
function requireRan({ subject, directory, pending }: MigrationRun, ran: readonly { name: string }[]): void {
  const [expected, found] = [pending.map(({ file }) => path.basename(file, ".sql")), ran.map(({ name }) => name)];
  if (isDeepStrictEqual(expected, found)) return;
  const text = `Refusing to go on with ${subject}: expected ${expected.join(", ")} to run, found ${found.join(", ") || "nothing"}.`;
  if (found.length === 0)
    throw new UserError("sources-changed", `${text} ${directory} was emptied meanwhile. Nothing was changed.`);
  throw new UserError(
    "ledger-differs",
    `${text} stagesub.pgmigrations and stagesub.migration do not agree: bring back the row that somebody took away. Nothing was changed.`,
  );
}

/** Hands over the text that was read and digested, whatever has become of the file since. */
function loadMigration({ resetSession }: MigrationRun, migration: Migration, joined: JoinedClient) {
  const sql = migration.lone ? insideTransaction(migration.lone) : migration.up;
  const up = (pgm: { sql(text: string): void }) => {
    joined.current = { migration, sql };
    if (sql === undefined) return;
    pgm.sql(sql);
    if (resetSession !== undefined) pgm.sql(resetSession);
  };
  return { id: migration.file, filePaths: [migration.path], actions: { up, down: false as const } };
}

/**
 * node-pg-migrate opens and closes a transaction on the client it is given. Ours is open already, and more belongs into
 * it, so those three statements become a savepoint. Had a migration ended the transaction behind our back, releasing
 * the savepoint would fail.
 */
const savepoints: Record<string, string> = {
  BEGIN: "SAVEPOINT migrations",
  COMMIT: "RELEASE SAVEPOINT migrations",
  ROLLBACK: "ROLLBACK TO SAVEPOINT migrations",
};

/** The client as node-pg-migrate sees it. */
class JoinedClient {
  /** The migration whose statements are running, and their text. */
  current: { migration: Migration; sql: string | undefined } | undefined;
  /** What went wrong first. */
  failure: Error | undefined;

  constructor(
    private readonly client: pg.Client,
    private readonly subject: string,
  ) {}

  async query(statement: string, values?: unknown[]): Promise<pg.QueryResult> {
    // A file goes to the server as one text. How many of its statements were completed shows which one failed.
    let completed = 0;
    const count = () => void completed++;
    this.client.connection.on("commandComplete", count);
    try {
      return await this.client.query(savepoints[statement] ?? statement, values);
    } catch (error) {
      const isMigration = this.current?.sql !== undefined && statement.startsWith(this.current.sql);
      this.failure ??=
        isMigration && error instanceof pg.DatabaseError && !isConnectionLost(error)
          ? explainMigrationError(this.current!.migration, error, completed)
          : explainQueryError(error, this.subject);
      throw this.failure;
    } finally {
      this.client.connection.off("commandComplete", count);
    }
  }
}

function explainMigrationError(migration: Migration, error: pg.DatabaseError, completed: number): Error {
  const line = migration.lone?.line ?? findLine(migration, error, completed);
  const says = describeServerError(error, migration.up);
  const advice = adviceFor(error);
  return advice === undefined
    ? migrationFailed(migration, line, says, {
        advice: "Nothing was changed: correct the file and run again.",
        sqlState: error.code,
      })
    : migrationFailed(migration, line, `${says} ${advice}`, { sqlState: error.code });
}

/** `position` counts characters, not UTF-16 units, and is missing for what fails only while it runs. */
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
