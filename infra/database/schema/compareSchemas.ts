import type { SchemaItem } from "./readSchema.ts";

export interface SchemaDifference {
  /** `column "User".email` */
  what: string;
  /** What it should be, as the migrations make it; null where there should be no such thing. */
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

/** Every difference between what should be and what is there; of a table that is missing or too many, the table alone. Pure. */
export function compareSchemas(expected: readonly SchemaItem[], found: readonly SchemaItem[]): SchemaDifference[] {
  const there = new Map(found.map((item) => [item.what, item]));
  const known = new Map(expected.map((item) => [item.what, item]));
  const missing = expected.filter(({ what, definition }) => there.get(what)?.definition !== definition);
  const extra = found.filter(({ what }) => !known.has(what));
  const gone = namesOf(missing.filter(({ what }) => !there.has(what)));
  const strangers = namesOf(extra);
  return [
    ...missing
      .filter(({ what, of }) => there.has(what) || of === null || !gone.has(of))
      .map(({ what, definition }) => ({ what, expected: definition, found: there.get(what)?.definition ?? null })),
    ...extra
      .filter(({ of }) => of === null || !strangers.has(of))
      .map(({ what, definition }) => ({ what, expected: null, found: definition })),
  ];
}

/** Compares what the migrations make with a database that the app made by other means. Pure. */
export function compareForBaseline(expected: readonly SchemaItem[], found: readonly SchemaItem[]): SchemaComparison {
  const known = new Set(expected.map(({ what }) => what));
  const kept = found.filter((item) => !known.has(item.what) && mayStay(item));
  return {
    differences: compareSchemas(
      expected,
      found.filter((item) => !kept.includes(item)),
    ),
    leftAlone: kept.filter(({ of }) => of === null).map(({ what }) => what),
  };
}

/** Functions that nothing calls change nothing; what calls one, a trigger or a default, is a difference by itself. */
export function mayStay(item: SchemaItem): boolean {
  return item.kind === "function" || item.of === prismaLedger || nameOf(item) === prismaLedger;
}

function namesOf(items: SchemaItem[]): Set<string> {
  return new Set(items.filter(({ of }) => of === null).map(nameOf));
}

function nameOf({ kind, what }: SchemaItem): string {
  return what.slice(kind.length + 1);
}
