import type { Connection } from "../../infra/database/connection/connection.ts";
import { openStack } from "../stack/openStack.ts";
import { countRows, type DatabaseRows } from "./countRows.ts";
import type { MigrationChange, RowsMet } from "./readMigrationChanges.ts";
import type { StackChanges } from "./stackChanges.ts";

/**
 * Adds to each danger how many rows it meets. Opens the stack, with its secrets, and asks its databases only if
 * there is a danger; reports unreachable databases.
 */
export async function addRows(changes: StackChanges): Promise<StackChanges> {
  const { migrations, mainDatabase } = changes;
  const tables = tablesOf([...migrations, ...mainDatabase.migrations]);
  if (tables.length === 0) return changes;
  const stack = await openStack(changes.stack).catch(() => undefined);
  const keys = new Map(
    stack?.plan.orchestras.map(({ id, database }) => [id, database.kind === "pool" ? database.name : id]),
  );
  const connections: Record<string, Connection> = {};
  for (const id of new Set(migrations.flatMap(({ orchestras, spares }) => [...orchestras, ...spares]))) {
    const connection = stack?.migrators[keys.get(id) ?? id];
    if (connection) connections[id] = connection;
  }
  const registry = stack && mainDatabase.migrations.length > 0 ? { [main]: stack.registry } : {};
  const [inside, inMain] = await Promise.all([
    countRows(connections, tablesOf(migrations)),
    countRows(registry, tablesOf(mainDatabase.migrations)),
  ]);
  return {
    ...changes,
    migrations: migrations.map((one) => withRows(one, [...one.orchestras, ...one.spares], inside)),
    mainDatabase: { ...mainDatabase, migrations: mainDatabase.migrations.map((one) => withRows(one, [main], inMain)) },
  };
}

const main = "the main database";

function tablesOf(migrations: readonly MigrationChange[]): string[] {
  return migrations.flatMap(({ dangers }) => dangers.flatMap(({ table }) => table ?? []));
}

function withRows(migration: MigrationChange, ids: readonly string[], found: Record<string, DatabaseRows>) {
  const dangers = migration.dangers.map((danger) =>
    danger.table === undefined ? danger : { ...danger, rows: sumRows(danger.table, ids, found) },
  );
  return { ...migration, dangers };
}

function sumRows(table: string, ids: readonly string[], found: Record<string, DatabaseRows>): RowsMet {
  const met: RowsMet = { total: 0, exact: true, databases: 0, unreachable: [] };
  for (const id of ids) {
    const answer = found[id];
    if (answer?.kind !== "counted") {
      met.unreachable.push(id);
      continue;
    }
    const counted = answer.tables[table];
    if (!counted) continue;
    met.databases += 1;
    met.total += counted.rows;
    met.exact &&= counted.exact;
    if (counted.rows > (met.most?.rows ?? 0)) met.most = { id, rows: counted.rows };
  }
  return met;
}
