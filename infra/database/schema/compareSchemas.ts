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
  const toMap = (items: readonly SchemaItem[]) => new Map(items.map((item) => [item.what, item.definition]));
  const [known, there] = [toMap(expected), toMap(found)];
  const isMissing = (what: string) => known.has(what) && !there.has(what);
  const isExtra = (what: string) => there.has(what) && !known.has(what);
  const isPartOf = (of: string, what: string) => [isMissing, isExtra].some((is) => is(of) && is(what));
  return [...expected, ...found.filter(({ what }) => isExtra(what))]
    .filter(({ what, of }) => known.get(what) !== there.get(what) && (of === null || !isPartOf(of, what)))
    .map(({ what }) => ({ what, expected: known.get(what) ?? null, found: there.get(what) ?? null }));
}
