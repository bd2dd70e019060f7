import { type Document, isMap, isScalar, type Pair } from "yaml";
import { nearestMatch } from "../nearestMatch.ts";
import type { Place, Problem } from "../problem.ts";

/** The keys that Pulumi itself writes beside `config:`, as JSON Schema. */
export const pulumiKeys = {
  encryptionsalt: {
    type: "string",
    description: "Pulumi: the salt of the passphrase that encrypts this stack's secrets.",
  },
  secretsprovider: { type: "string", description: "Pulumi: the key service that encrypts this stack's secrets." },
  encryptedkey: { type: "string", description: "Pulumi: the encrypted data key of that service." },
  environment: { description: "Pulumi: ESC environments that this stack imports." },
} satisfies Record<string, { type?: "string"; description: string }>;

/**
 * Finds keys beside `config:` that are none of Pulumi's. Pulumi itself passes over them without a word, so a
 * `stagesub:pool` that lost its indentation would count as left out.
 *
 * @param at the place of a node
 */
export function checkTopLevel(document: Document, file: string, at: (node: unknown) => Place): Problem[] {
  const known = ["config", ...Object.keys(pulumiKeys)];
  const contents: unknown = document.contents;
  const expected = `a map with the keys ${known.join(", ")}`;
  const config: unknown = isMap(contents) ? contents.get("config") : undefined;
  if (!isMap(contents) || !(config === undefined || config === null || isMap(config))) {
    const remedy = "begin the file with `config:` and indent what belongs to it";
    return [{ path: file, expected, got: "something else", remedy }];
  }
  const others = contents.items.flatMap(({ key, value }): Problem[] => {
    const path = String(isScalar(key) ? key.value : key);
    const isText = value === null || (isScalar(value) && typeof value.value === "string");
    if (texts.includes(path) && !isText)
      return [{ path, at: at(value), expected: "a text", got: "something else", remedy: "write it as Pulumi did" }];
    if (known.includes(path)) return [];
    const near = nearestMatch(path, known);
    const remedy = near === undefined ? "remove it, or indent it under config:" : `rename it to ${near}`;
    return [{ path, at: at(key), expected, got: "a key that is not known here", remedy }];
  });
  return [...others, ...(isMap(config) ? checkKeys(config.items, at) : [])];
}

const texts = Object.keys(pulumiKeys).filter((key) => key !== "environment");

/** Returns a key of `config:` with its namespace, as Pulumi completes it. */
export function fullName(key: unknown): string {
  const name = String(isScalar(key) ? key.value : key);
  return name.includes(":") ? name : `stagesub:${name}`;
}

/** Finds keys that Pulumi refuses, reads as another key, or reads as a key that the file holds twice. */
function checkKeys(items: Pair[], at: (node: unknown) => Place): Problem[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }): Problem[] => {
    const base = { path: fullName(key), at: at(key) };
    const isTwice = seen.has(base.path);
    seen.add(base.path);
    if (!/^[^:]+:[^:]+$/.test(base.path))
      return [
        { ...base, expected: "a key such as stagesub:pool", got: "another number of colons", remedy: "rename it" },
      ];
    const got = "a second one, with or without stagesub:";
    return isTwice ? [{ ...base, expected: "each key once", got, remedy: "remove one" }] : [];
  });
}
