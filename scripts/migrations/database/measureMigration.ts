import type pg from "pg";
import { withClient, type Connection } from "../../../infra/database/connection/connection.ts";
import type { NonTransactionalStatement } from "../../../infra/database/migrations/nonTransactionalStatement.ts";
import type { Migration } from "../../../infra/database/migrations/readMigrations.ts";
import type { MigrationEffects } from "../migrationReview.ts";
import { blockedBy, type LockMode, readLockMode, strengthOf } from "./lockModes.ts";
import { migrateExisting, type MigrationSet } from "./migrate.ts";
import { countRows, readRelations, type Relation } from "./readRelations.ts";

/**
 * Runs one migration in a database with rows, and reads its effects before COMMIT, while it holds its locks.
 *
 * @throws {UserError} with file and line; the database is then as it was, except after a statement outside a transaction
 */
export async function measureMigration(
  set: MigrationSet,
  connection: Connection,
  migration: Migration,
): Promise<MigrationEffects> {
  // Two connections: the server reports a session's changed rows beyond the end of its transaction.
  const { before, indexed } = await withClient(connection, async (client) => {
    const relations = await readRelations(client);
    const rows = await countRows(client, relations.values());
    return { before: { relations, rows }, indexed: await findIndexed(client, migration.nonTransactional) };
  });
  return migrateExisting(set, connection, migration, async ({ client }, ms) => {
    const changed = migration.nonTransactional ? [] : await readChanged(client);
    const locks = migration.nonTransactional
      ? manualLocks(migration.nonTransactional, indexed ?? (await findIndexed(client, migration.nonTransactional)))
      : await readLocks(client, before.relations);
    const relations = await readRelations(client);
    const rewritten = [...before.relations.values()].filter(
      ({ oid, isTable, filenode }) => isTable && relations.has(oid) && relations.get(oid)!.filenode !== filenode,
    );
    const dropped = [...before.relations.values()].filter(({ oid, isTable }) => isTable && !relations.has(oid));
    const left = await countRows(
      client,
      rewritten.map(({ oid }) => relations.get(oid)!),
    );
    const rowsOf = ({ oid }: Relation) => before.rows.get(oid) ?? 0;
    return {
      ms,
      locks,
      rewritten: rewritten.map((one) => ({ table: one.name, rows: rowsOf(one), left: left.get(one.oid) ?? 0 })),
      dropped: dropped.map((one) => ({ table: one.name, rows: rowsOf(one) })),
      changed,
    };
  });
}

/** Reads the locks on previous tables: no other session sees the file's new tables. */
async function readLocks(client: pg.Client, before: Map<number, Relation>): Promise<MigrationEffects["locks"]> {
  const { rows } = await client.query<{ relation: number; mode: string }>(
    "SELECT relation::int, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted",
  );
  const strongest = new Map<string, LockMode>();
  for (const { relation, mode: inCatalogue } of rows) {
    const [table, mode] = [before.get(relation)?.name, readLockMode(inCatalogue)];
    if (table === undefined || mode === undefined) continue;
    const known = strongest.get(table);
    if (known === undefined || strengthOf(mode) > strengthOf(known)) strongest.set(table, mode);
  }
  return [...strongest]
    .map(([table, mode]) => ({ table, mode, stops: blockedBy(mode) }))
    .sort((a, b) => strengthOf(b.mode) - strengthOf(a.mode) || (a.table < b.table ? -1 : 1));
}

/**
 * Returns the lock that the manual names: a statement outside a transaction holds its locks through several transactions of its
 * own, which cannot be inspected from inside. The manual names one for each statement:
 * https://www.postgresql.org/docs/17/explicit-locking.html#LOCKING-TABLES.
 */
function manualLocks({ kind }: NonTransactionalStatement, table: string | undefined): MigrationEffects["locks"] {
  if (kind === "add value") return [];
  const mode = "SHARE UPDATE EXCLUSIVE";
  return [{ table: table ?? "every table that it names", mode, stops: blockedBy(mode) }];
}

/** Finds the table of the index that a statement is about, if that index exists. */
async function findIndexed(
  client: pg.Client,
  statement: NonTransactionalStatement | undefined,
): Promise<string | undefined> {
  if (!statement || statement.kind === "vacuum" || statement.kind === "add value") return undefined;
  const name =
    statement.kind === "reindex"
      ? statement.target
      : statement.kind === "detach partition"
        ? statement.table
        : statement.index;
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1)), to_regclass($1))`,
    [name],
  );
  return rows[0]?.name;
}

async function readChanged(client: pg.Client): Promise<MigrationEffects["changed"]> {
  const relations = await readRelations(client);
  const { rows } = await client.query<{ oid: number; inserted: number; updated: number; deleted: number }>(
    `SELECT relid::int AS oid, n_tup_ins::int AS inserted, n_tup_upd::int AS updated, n_tup_del::int AS deleted
     FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0`,
  );
  return rows
    .flatMap(({ oid, ...counts }) => {
      const table = relations.get(oid)?.name;
      return table === undefined ? [] : [{ table, ...counts }];
    })
    .sort((a, b) => (a.table < b.table ? -1 : 1));
}
