import type { TableShape } from "./readTables.ts";

/**
 * Sorts each table after those that it must point at. In a circle of references, a table whose own reference may be empty comes
 * first; without such a table, any. Pure.
 */
export function orderTables<T extends Pick<TableShape, "oid" | "columns" | "references">>(tables: readonly T[]): T[] {
  const left = [...tables];
  const ordered: T[] = [];
  while (left.length > 0) {
    const waitsFor = (table: T, isStrict: boolean) =>
      table.references.some(
        ({ target, columns }) =>
          target !== table.oid &&
          left.some(({ oid }) => oid === target) &&
          (isStrict || columns.every((name) => isRequired(table, name))),
      );
    const next =
      left.find((table) => !waitsFor(table, true)) ?? left.find((table) => !waitsFor(table, false)) ?? left[0]!;
    left.splice(left.indexOf(next), 1);
    ordered.push(next);
  }
  return ordered;
}

/** Whether a column may not be empty. */
export function isRequired({ columns }: Pick<TableShape, "columns">, name: string): boolean {
  return columns.some((column) => column.name === name && column.notNull);
}
