import { isMap, parseDocument } from "yaml";

import { columnOf, endOf, findPair, insertEntry, stackFormError } from "./insertEntry.ts";

/** The lines of an orchestra in a stack file. */
export interface OrchestraLines {
  lines: string[];
  /** The distance of its id from the beginning of the line. */
  column: number;
}

/**
 * Takes an orchestra's lines out of a stack file's text, with the comments inside and below it. Every other byte stays.
 *
 * @returns undefined if the file has no orchestra of this id
 * @throws {UserError} when the orchestras are written in a form without a line for each
 */
export function takeOrchestra(text: string, id: string): ({ rest: string } & OrchestraLines) | undefined {
  const contents = parseDocument(text).contents;
  const config = isMap(contents) ? findPair(contents, ["config"])?.value : undefined;
  const orchestras = isMap(config) ? findPair(config, ["stagesub:orchestras", "orchestras"])?.value : undefined;
  const pair = isMap(orchestras) ? findPair(orchestras, [id]) : undefined;
  if (!isMap(orchestras) || !pair) return undefined;
  if (orchestras.flow) throw stackFormError("stagesub:orchestras:");
  const column = columnOf(text, pair.key.range[0]);
  const [start, end] = [pair.key.range[0] - column, endOf(text, pair, column)];
  const lines = text
    .slice(start, end)
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
  return { rest: text.slice(0, start) + text.slice(end), lines, column };
}

/** Puts an orchestra's lines at the end of `stagesub:orchestras` in another stack file's text, at that file's indentation. */
export function putOrchestra(text: string, { lines, column }: OrchestraLines): string {
  return insertEntry(text, "orchestras", (to) =>
    lines.map((line) => (line.trim() === "" ? "" : " ".repeat(to) + line.slice(Math.min(column, line.search(/\S/))))),
  );
}
