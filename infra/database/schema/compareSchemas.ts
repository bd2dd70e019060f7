import type { SchemaItem } from "./readSchema.ts";

export interface SchemaDifference {
  /** `column "User".email` */
  what: string;
  /** What the migrations make; null where they make no such thing. */
  expected: string | null;
  /** What the database holds; null where it is missing. */
  found: string | null;
}

export interface SchemaComparison {
  /** What keeps the migrations' schema and the database's apart. Empty: they are the same. */
  differences: SchemaDifference[];
  /** What the database holds besides, and may keep: it is no part of any table and holds no data of the app's. */
  leftAlone: string[];
}

/** The ledger of Prisma Migrate, by which the app made its tables until now. */
const prismaLedger = "_prisma_migrations";

/** Compares what the migrations make with what a database holds. Pure. */
export function compareSchemas(expected: readonly SchemaItem[], found: readonly SchemaItem[]): SchemaComparison {
  const there = new Map(found.map((item) => [item.what, item]));
  const known = new Map(expected.map((item) => [item.what, item]));
  const missing = expected
    .filter(({ what, definition }) => there.get(what)?.definition !== definition)
    .map(({ what, definition }) => ({ what, expected: definition, found: there.get(what)?.definition ?? null }));
  const more = found.filter(({ what }) => !known.has(what));
  const kept = more.filter(mayStay);
  const foreign = more.filter((item) => !mayStay(item));
  // Of a table that no migration makes, the table says enough.
  const strangers = new Set(foreign.filter(isTable).map(({ table }) => table));
  const extra = foreign.filter((item) => isTable(item) || item.table === null || !strangers.has(item.table));
  const lacking = new Set(missing.filter(({ found: is }) => is === null).map(({ what }) => what));
  const gone = new Set(expected.filter((item) => isTable(item) && lacking.has(item.what)).map(({ table }) => table));
  const worth = missing.filter(({ what }) => {
    const item = known.get(what)!;
    return isTable(item) || item.table === null || !gone.has(item.table);
  });
  return {
    differences: [...worth, ...extra.map(({ what, definition }) => ({ what, expected: null, found: definition }))],
    leftAlone: kept.filter((item) => item.kind === "function" || isTable(item)).map(({ what }) => what),
  };
}

/** Functions that nothing calls change nothing; what calls one, a trigger or a default, is a difference by itself. */
function mayStay({ kind, table }: SchemaItem): boolean {
  return kind === "function" || table === prismaLedger;
}

function isTable({ kind, table }: SchemaItem): boolean {
  return table !== null && kind.endsWith("table");
}
