import pg from "pg";
import type { RunnerOption } from "node-pg-migrate";
import { DatabaseError } from "./databaseError.ts";
import { describeServerError, explainQueryError } from "./explainQueryError.ts";
import type { Migration } from "./readMigrations.ts";
import { lineAt, splitStatements } from "./sqlStatements.ts";

/**
 * Runs the pending migrations with node-pg-migrate inside the caller's transaction, and writes the ledger of digests.
 *
 * @param migrations all of them, as read from disk; those in the ledger are not run
 * @throws DatabaseError that names the file and the line that failed
 */
export async function applyMigrations(
  client: pg.Client,
  migrations: Migration[],
  pending: Migration[],
  directory: string,
): Promise<void> {
  if (pending.length === 0) return;
  // Loaded only now: it takes 100 ms, and most runs have nothing to migrate.
  const { runner } = await import("node-pg-migrate");
  let current: Migration | undefined;
  const joined = joinTransaction(client, (error, statement, completed) => {
    throw current && statement.startsWith(current.up)
      ? explainMigrationError(current, error, completed)
      : explainQueryError(error, directory);
  });
  await runner({
    dbClient: joined as unknown as pg.ClientBase,
    dir: directory,
    direction: "up",
    migrationsTable: "pgmigrations",
    migrationsSchema: "stagesub",
    singleTransaction: true,
    checkOrder: true,
    noLock: true,
    logger: silent,
    migrationLoaderStrategies: [{ extensions: [".sql"], loader: async (paths) => paths.map(load) }],
  } satisfies RunnerOption);
  await client.query("INSERT INTO stagesub.migration (file, sha256) SELECT * FROM unnest($1::text[], $2::text[])", [
    pending.map(({ file }) => file),
    pending.map(({ sha256 }) => sha256),
  ]);

  /** Hands over the text that was read and digested, rather than reading the file once more. */
  function load(path: string) {
    const migration = migrations.find((one) => path.endsWith(`/${one.file}`) || path.endsWith(`\\${one.file}`));
    if (!migration) throw new DatabaseError(`${path} appeared while migrating. Run again.`);
    const up = (pgm: { sql(text: string): void }) => {
      current = migration;
      pgm.sql(migration.up);
    };
    return { id: path, filePaths: [path], actions: { up, down: false as const } };
  }
}

/** node-pg-migrate prints whole statements when one fails; what to show is decided here instead. */
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * node-pg-migrate opens and closes a transaction on the client it is given. Ours is open already, and more belongs
 * into it, so those three statements become a savepoint. Had a migration ended the transaction behind our back,
 * releasing the savepoint would fail.
 */
const savepoints: Record<string, string> = {
  BEGIN: "SAVEPOINT migrations",
  COMMIT: "RELEASE SAVEPOINT migrations",
  ROLLBACK: "ROLLBACK TO SAVEPOINT migrations",
};

type OnError = (error: unknown, statement: string, completed: number) => never;

function joinTransaction(client: pg.Client, onError: OnError) {
  return {
    async query(statement: string, values?: unknown[]): Promise<pg.QueryResult> {
      // A file goes to the server as one text. How many of its statements were completed shows which one failed.
      let completed = 0;
      const count = () => void completed++;
      client.connection.on("commandComplete", count);
      try {
        return await client.query(savepoints[statement] ?? statement, values);
      } catch (error) {
        return onError(error, statement, completed);
      } finally {
        client.connection.off("commandComplete", count);
      }
    },
  };
}

function explainMigrationError(migration: Migration, error: unknown, completed: number): Error {
  if (!(error instanceof pg.DatabaseError)) return explainQueryError(error, migration.path);
  // `position` counts characters, not UTF-16 units, and is missing for what fails while running.
  const position = Number(error.position);
  const line = position
    ? lineAt([...migration.up].slice(0, position - 1).join(""), Infinity)
    : (splitStatements(migration.up)[completed]?.line ?? 1);
  return new DatabaseError(
    `${migration.path}:${migration.upLine + line - 1}: ${describeServerError(error, migration.up)} ` +
      "Nothing was changed: correct the file and run again.",
  );
}
