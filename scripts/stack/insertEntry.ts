import { isMap, isScalar, parseDocument, type Pair, type ParsedNode, type YAMLMap } from "yaml";

import { UserError } from "../../infra/errors.ts";

export type ParsedMap = YAMLMap<ParsedNode, ParsedNode | null>;
export type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

/**
 * Puts an entry at the end of a map such as `stagesub:orchestras` in a stack file's text, in the file's own indentation and
 * line ends; makes that key where there is none. Every other byte stays: comments, order, quotes.
 *
 * @param name the map's key without its namespace
 * @param format the entry's lines, its key at `column` and what is below it `step` deeper
 * @throws {UserError} when `config:` or the key is written in a form that has no place for a further block entry
 */
export function insertEntry(text: string, name: string, format: (column: number, step: number) => string[]): string {
  const config = findConfig(text);
  if (!config || config.flow) throw stackFormError("config:");
  const indent = columnOf(text, config.items[0]!.key.range[0]);
  const step = indent || 2;
  const pair = findPair(config, [`stagesub:${name}`, name]);
  if (pair === undefined) {
    const lines = [`${" ".repeat(indent)}stagesub:${name}:`, ...format(indent + step, step)];
    return insertLines(text, endOf(text, config.items.at(-1)!, indent), lines);
  }
  const { key, value } = pair;
  if (isMap(value) && !value.flow) {
    const column = columnOf(text, value.items[0]!.key.range[0]);
    const lines = format(column, innerStep(text, value, column) ?? step);
    return insertLines(text, endOf(text, value.items.at(-1)!, column), lines);
  }
  const lines = format(indent + step, step);
  const empty =
    value === null || (isScalar(value) && value.value === null) || (isMap(value) && value.items.length === 0);
  const colon = key.range[1] + 1;
  const written = value === null ? "" : text.slice(colon, value.range[1]);
  if (!empty || !/^ *(\{ *\}|~|null)?$/i.test(written)) throw stackFormError(`stagesub:${name}:`);
  // The empty map goes, a comment behind it stays.
  const without = text.slice(0, colon) + text.slice(colon + written.trimEnd().length);
  return insertLines(without, lineEnd(without, colon), lines);
}

/** Returns the error for a key that is written in a form without a place for a further line. */
export function stackFormError(key: string): UserError {
  return new UserError(
    "stack-file-form",
    `Expected ${key} with its entries below it, one a line; got it in another form ({ … }, an alias). Write it out, then try again. Nothing was written.`,
  );
}

/** Finds the map below `config:` of a stack file's text. */
export function findConfig(text: string): ParsedMap | undefined {
  const { contents } = parseDocument(text);
  const config = isMap(contents) ? findPair(contents, ["config"])?.value : undefined;
  return isMap(config) ? config : undefined;
}

/** Finds the pair whose key is one of these names. */
export function findPair(map: ParsedMap, names: string[]): ParsedPair | undefined {
  return map.items.find(({ key }) => isScalar(key) && names.includes(String(key.value)));
}

/** Returns how far the last entry indents its own keys. */
function innerStep(text: string, entries: ParsedMap, column: number): number | undefined {
  const last = entries.items.at(-1)?.value;
  if (!isMap(last) || last.flow) return undefined;
  return columnOf(text, last.items[0]!.key.range[0]) - column;
}

/** Returns where the line begins that follows a pair, whose key stands at `column`, and the pair's comments. */
export function endOf(text: string, pair: ParsedPair, column: number): number {
  const { key, value } = pair;
  if (isMap(value) && !value.flow && value.items.length > 0) {
    const inner = value.items.at(-1)!;
    return skipComments(text, endOf(text, inner, columnOf(text, inner.key.range[0])), column);
  }
  const last = value === null ? key.range[1] : Math.max(key.range[1], value.range[1]);
  // A text over several lines (|, >) ends with its line.
  return skipComments(text, text[last - 1] === "\n" ? last : lineEnd(text, last), column);
}

/** Comments that are indented deeper than `column` belong to what stands above them. */
function skipComments(text: string, from: number, column: number): number {
  const comment = /^( *)#.*(\n|$)/.exec(text.slice(from));
  if (comment === null || comment[1]!.length <= column) return from;
  return skipComments(text, from + comment[0].length, column);
}

/** Puts whole lines at the beginning of a line, or behind a last line that has no end, with the file's own line ends. */
export function insertLines(text: string, at: number, lines: string[]): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const block = lines.join(newline);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  return before.endsWith("\n") ? `${before}${block}${newline}${after}` : `${before}${newline}${block}${after}`;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end + 1;
}

/** Returns the distance of `offset` from the beginning of its line. */
export function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
