import Table, { type HorizontalAlignment } from "cli-table3";

/** Formats a table without lines between its rows: there may be hundreds. `colAligns` is left where it is left out. */
export function formatTable(
  head: string[],
  rows: readonly (string | number)[][],
  colAligns: HorizontalAlignment[] = [],
): string {
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
