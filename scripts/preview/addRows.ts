import { keyOf } from "../../infra/plan/planOrchestras.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { openStack } from "../stack/openStack.ts";
import { countRows, type DatabaseRows } from "./countRows.ts";
import type { MigrationChange, RowsMet } from "./read/readMigrationChanges.ts";
import type { StackChanges } from "./read/stackChanges.ts";

const main = "the main database";

/** Adds to each danger the number of rows that it meets. Opens the stack, with its secrets, only if there is a danger. */
export async function addRows(changes: StackChanges): Promise<StackChanges> {
  const { migrations, mainDatabase } = changes;
  const own = mainDatabase.migrations;
  if (tablesOf([...migrations, ...own]).length === 0) return changes;
  const stack = await openStack(changes.stack).catch(() => undefined);
  const keys = new Map(stack?.plan.orchestras.map((orchestra) => [orchestra.id, keyOf(orchestra)]));
  const connections: Record<string, Connection> = {};
  for (const id of migrations.flatMap(reachOf)) {
    const connection = stack?.migrators[keys.get(id) ?? id];
    if (connection) connections[id] = connection;
  }
  const [counts, mainCounts] = await Promise.all([
    countRows(connections, tablesOf(migrations)),
    countRows(stack && own.length > 0 ? { [main]: stack.registry } : {}, tablesOf(own)),
  ]);
  return {
    ...changes,
    migrations: migrations.map((one) => withRows(one, reachOf(one), counts)),
    mainDatabase: { ...mainDatabase, migrations: own.map((one) => withRows(one, [main], mainCounts)) },
  };
}

function reachOf({ orchestras, spares }: MigrationChange): string[] {
  return [...orchestras, ...spares];
}

function tablesOf(migrations: readonly MigrationChange[]): string[] {
  return migrations.flatMap(({ dangers }) => dangers.flatMap(({ table }) => table ?? []));
}

function withRows(migration: MigrationChange, ids: readonly string[], counts: Record<string, DatabaseRows>) {
  const dangers = migration.dangers.map((danger) =>
    danger.table === undefined ? danger : { ...danger, rows: sumRows(danger.table, ids, counts) },
  );
  return { ...migration, dangers };
}

/** Adds up a table's rows over databases. */
export function sumRows(table: string, ids: readonly string[], counts: Record<string, DatabaseRows>): RowsMet {
  const met: RowsMet = { total: 0, exact: true, databases: 0, unknown: [], unreachable: [] };
  for (const id of ids) {
    const found = counts[id];
    const rows = found?.[table];
    if (!found) met.unreachable.push(id);
    else if (rows?.kind === "unknown") met.unknown.push(id);
    else if (rows?.kind === "counted" || rows?.kind === "estimated") {
      met.databases += 1;
      met.total += rows.rows;
      met.exact &&= rows.kind === "counted";
      if (rows.rows > (met.most?.rows ?? 0)) met.most = { id, rows: rows.rows };
    }
  }
  return met;
}
