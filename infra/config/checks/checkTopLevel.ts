import { type Document, isMap, isScalar, type LineCounter } from "yaml";
import { nearestMatch } from "../nearestMatch.ts";
import type { Problem } from "../problem.ts";
import { pulumiKeys } from "../pulumiKeys.ts";

/**
 * Finds what stands beside `config:` and is none of Pulumi's keys. Pulumi itself passes over it without a word, so a
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
  return contents.items.flatMap(({ key }) => {
    const name = String(isScalar(key) ? key.value : key);
    if (known.includes(name)) return [];
    const near = nearestMatch(name, known);
    const remedy = near === undefined ? "remove it, or indent it under config:" : `rename it to ${near}`;
    const { line, col } = lines.linePos((isScalar(key) && key.range?.[0]) || 0);
    const at = { file, line, column: col };
    return [{ ...base, path: name, at, got: "a key that is not known here", remedy }];
  });
}
