import type { SchemaItem } from "./readSchema.ts";

export interface SchemaDifference {
  /** `column "User".email` */
  what: string;
  /** The expected definition; null if the object should not exist. */
  expected: string | null;
  /** The definition in the database; null if the object is missing. */
  found: string | null;
  /** Left out for the schema itself. */
  about?: "administrator";
}

/** Returns every difference between expected and found items; lists a missing or additional table without its parts. Pure. */
export function compareSchemas(expected: readonly SchemaItem[], found: readonly SchemaItem[]): SchemaDifference[] {
  const there = new Map(found.map((item) => [item.what, item]));
  const known = new Set(expected.map(({ what }) => what));
  const missing = expected.filter(({ what, definition }) => there.get(what)?.definition !== definition);
  const extra = found.filter(({ what }) => !known.has(what));
  const gone = new Set(missing.filter(({ what }) => !there.has(what)).map(({ what }) => what));
  const strangers = new Set(extra.map(({ what }) => what));
  return [
    ...missing
      .filter(({ what, of }) => there.has(what) || of === null || !gone.has(of))
      .map(({ what, definition }) => ({ what, expected: definition, found: there.get(what)?.definition ?? null })),
    ...extra
      .filter(({ of }) => of === null || !strangers.has(of))
      .map(({ what, definition }) => ({ what, expected: null, found: definition })),
  ];
}
