import { isMap, isScalar, LineCounter, parseDocument, type Node, type Pair } from "yaml";
import { findUnprintable } from "../../util/text.ts";

/** One setting, as a row of `"SystemSetting"`. */
export interface SettingSeed {
  /** A name such as `requestResponseHours`. */
  key: string;
  /** The value as text for every type: `48`, `true`. */
  value: string;
  type: "TEXT" | "INTEGER" | "BOOLEAN";
  /** The setting's effect and unit, shown in the app beside the field. */
  description: string;
}

/** The types by their names in `settings.yaml`, with the values that each accepts. */
const types = {
  text: { stored: "TEXT", expected: 'text (in quotes where it looks like a number: "0123")', fits: isText },
  integer: { stored: "INTEGER", expected: "a whole number", fits: Number.isSafeInteger },
  boolean: { stored: "BOOLEAN", expected: "true or false", fits: (value: unknown) => typeof value === "boolean" },
} as const;

/** Reads `settings.yaml`, and reports each problem with its line. */
export function readSettings(text: string, report: (line: number, problem: string) => void): SettingSeed[] {
  const yaml = readYaml(text, report);
  if (!yaml) return [];
  const { contents } = yaml.document;
  if (!isMap(contents)) {
    report(1, "expected settings, each with type, value and description, got none.");
    return [];
  }
  return contents.items.flatMap((pair) => readSetting(pair, yaml.lineOf, report));
}

/** Parses YAML, and reports its first error: the others are mostly echoes of it. */
export function readYaml(text: string, report: (line: number, problem: string) => void) {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const [error] = document.errors;
  if (error) report(error.linePos?.[0].line ?? 1, `not YAML: ${error.message.split(/ at line \d|\n/)[0]!}`);
  const lineOf = (node: unknown) => counter.linePos((node as Partial<Node> | null)?.range?.[0] ?? 0).line;
  return error ? undefined : { document, lineOf };
}

function readSetting(
  pair: Pair,
  lineOf: (node: unknown) => number,
  report: (line: number, problem: string) => void,
): SettingSeed[] {
  const line = lineOf(pair.key);
  const key = String(isScalar(pair.key) ? pair.key.value : "");
  if (!/^[a-z][A-Za-z0-9]{0,63}$/.test(key)) report(line, `${key}: expected a name like requestResponseHours.`);
  if (!isMap(pair.value)) {
    report(line, `${key}: expected type, value and description below it.`);
    return [];
  }
  const fields = pair.value;
  for (const field of fields.items) {
    const name = String(isScalar(field.key) ? field.key.value : "");
    if (!["type", "value", "description"].includes(name))
      report(lineOf(field.key), `${key}: unknown key ${JSON.stringify(name)}: expected type, value and description.`);
  }
  const [typeName, value, description] = [fields.get("type"), fields.get("value"), fields.get("description")];
  if (!isText(description) || description.trim() === "")
    report(line, `${key}: expected a description of what it does.`);
  if (typeof typeName !== "string" || !Object.hasOwn(types, typeName)) {
    report(
      line,
      `${key}: expected a type out of ${Object.keys(types).join(", ")}, got ${JSON.stringify(typeName) ?? "none"}.`,
    );
    return [];
  }
  const type = types[typeName as keyof typeof types];
  if (findUnprintable(`${String(value)}${String(description)}`) !== undefined)
    report(line, `${key}: expected text that prints, got a control character or half of a character.`);
  const node: unknown = fields.get("value", true);
  // Readers of YAML do not agree about 010, 0x10 and 1e3.
  const isOtherNumber = isScalar(node) && typeof value === "number" && !/^-?(0|[1-9]\d*)$/.test(node.source ?? "");
  if (!type.fits(value) || isOtherNumber) {
    const written = isScalar(node) && isOtherNumber ? node.source : JSON.stringify(value);
    const got = value === undefined || value === null ? "none" : written;
    report(lineOf(node ?? pair.key), `${key}: expected ${type.expected} as its value, got ${got}.`);
  }
  return [{ key, value: String(value), type: type.stored, description: String(description).trim() }];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
