import { stripVTControlCharacters } from "node:util";

import Table from "cli-table3";

import { pc } from "./colours.ts";
type Cell = string | number;

export interface TableLayout {
  /** The columns of the terminal. Default: no limit. */
  width?: number;
  /** Heads of columns with numbers. */
  right?: readonly string[];
  /** Heads of columns that a narrow terminal does without, the first one first. */
  optional?: readonly string[];
  /** The form for a terminal that is too narrow even so. Default: a block of lines for each row, with every column. */
  otherwise?: () => string;
}

/** Formats a table that fits the terminal, without lines between its rows: there may be hundreds. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { width = Infinity, right = [], optional = [], otherwise = () => formatBlocks(head, rows) }: TableLayout = {},
): string {
  for (let count = 0; count <= optional.length; count++) {
    const leftOut = optional.slice(0, count);
    const text = drawTable(head, rows, { right, leftOut });
    if (text.indexOf("\n") > width) continue;
    return count === 0 ? text : `${text}\n${pc.dim(`Left out: ${leftOut.join(", ")}. -o wide shows all.`)}`;
  }
  return otherwise();
}

function drawTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { right, leftOut }: { right: readonly string[]; leftOut: readonly string[] },
): string {
  const isShown = (_cell: Cell, index: number) => !leftOut.includes(head[index]!);
  const shown = head.filter(isShown);
  const colAligns = shown.map((name) => (right.includes(name) ? ("right" as const) : ("left" as const)));
  const table = new Table({ head: shown, colAligns, style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.filter(isShown)));
  return table.toString();
}

/** Formats each row as its first cell and a line for each other one that says something. The terminal breaks what is too long. */
function formatBlocks(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const [, ...names] = head;
  const indent = Math.max(...names.map((name) => name.length)) + 4;
  const lines = rows.flatMap(([first = "", ...cells]) => [
    pc.bold(first),
    ...cells.flatMap((cell, index) => {
      const text = String(cell);
      if (["", "–"].includes(stripVTControlCharacters(text))) return [];
      return `  ${names[index]!.padEnd(indent - 2)}${text.replaceAll("\n", `\n${" ".repeat(indent)}`)}`;
    }),
  ]);
  return [...lines, ""].join("\n");
}
