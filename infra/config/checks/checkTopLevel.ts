import { type Document, isMap, isScalar, type LineCounter, type Node, type Pair } from "yaml";
import { nearestMatch } from "../nearestMatch.ts";
import type { Problem } from "../problem.ts";
import { pulumiKeys } from "../pulumiKeys.ts";

/**
 * Finds keys beside `config:` that are none of Pulumi's. Pulumi itself passes over them without a word, so a
 * `stagesub:pool` that lost its indentation would count as left out.
 */
export function checkTopLevel(document: Document, lines: LineCounter, file: string): Problem[] {
  const known = ["config", ...Object.keys(pulumiKeys)];
  const contents: unknown = document.contents;
  const base = { path: file, expected: `a map with the keys ${known.join(", ")}` };
  const config: unknown = isMap(contents) ? contents.get("config") : undefined;
  if (!isMap(contents) || !(config === undefined || config === null || isMap(config))) {
    return [{ ...base, got: "something else", remedy: "begin the file with `config:` and indent what belongs to it" }];
  }
  const at = (node: unknown) => {
    const { line, col } = lines.linePos((node as Partial<Node> | null)?.range?.[0] ?? 0);
    return { file, line, column: col };
  };
  const keys = isMap(config) ? checkKeys(config.items) : [];
  const misnamed = keys.map(({ key, ...words }) => ({ path: fullName(key), at: at(key), ...words }));
  const others = contents.items.flatMap(({ key, value }): Problem[] => {
    const name = String(isScalar(key) ? key.value : key);
    const isText = value === null || (isScalar(value) && typeof value.value === "string");
    if (!isText && texts.includes(name))
      return [
        { path: name, at: at(value), expected: "a text", got: "something else", remedy: "write it as Pulumi did" },
      ];
    if (known.includes(name)) return [];
    const near = nearestMatch(name, known);
    const remedy = near === undefined ? "remove it, or indent it under config:" : `rename it to ${near}`;
    return [{ ...base, path: name, at: at(key), got: "a key that is not known here", remedy }];
  });
  return [...others, ...misnamed];
}

const texts = Object.keys(pulumiKeys).filter((key) => key !== "environment");

/** Returns a key of `config:` with its namespace, as Pulumi completes it. */
export function fullName(key: unknown): string {
  const name = String(isScalar(key) ? key.value : key);
  return name.includes(":") ? name : `stagesub:${name}`;
}

/** Finds keys that Pulumi refuses, reads as another key, or reads as a key that the file holds twice. */
function checkKeys(items: Pair[]): { key: unknown; expected: string; got: string; remedy: string }[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }) => {
    const name = fullName(key);
    const isTwice = seen.has(name);
    seen.add(name);
    if (!/^[^:]+:[^:]+$/.test(name))
      return [{ key, expected: "a key such as stagesub:pool", got: "another number of colons", remedy: "rename it" }];
    return isTwice
      ? [{ key, expected: "each key once", got: "a second one, with or without stagesub:", remedy: "remove one" }]
      : [];
  });
}
