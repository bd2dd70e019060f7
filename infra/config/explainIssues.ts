import { stringify } from "yaml";
import { z } from "zod";
import { describeHidden, describeValue } from "./describeValue.ts";
import { nearestMatch, suggestNearest } from "./nearestMatch.ts";
import { type ConfigProblem, type PathSegment, setSecretCommand } from "./problem.ts";
import { secretKeys, stackSchema } from "./schema/stackSchema.ts";
import { fieldNotes, type Refusal } from "./schema/textField.ts";

type Issue = z.core.$ZodIssue;

/** Puts the schema's issues into words: what was expected, what came, why, and what to write. Issues must report their input. */
export function explainIssues(stack: string, issues: readonly Issue[]): ConfigProblem[] {
  return issues.flatMap((issue) => explainIssue(stack, issue)).map(withNamespace);
}

function explainIssue(stack: string, issue: Issue): ConfigProblem[] {
  const path = issue.path as PathSegment[];
  const field = schemaAt(path);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => explainUnknownKey(field, path, key));
  const value = issue.input;
  const base = { path, expected: expectation(field), got: describe(path, field, value) };
  if (issue.code === "custom") return [{ ...base, ...(issue.params?.["refusal"] as Refusal) }];
  if (value === undefined || value === null)
    return [{ ...base, got: describeValue(value), remedy: add(path, field, stack) }];
  if (issue.code === "invalid_value" && typeof value === "string") {
    const options = issue.values.map(String);
    const otherwise = `write one of those, such as ${options[0]}`;
    return [{ ...base, ...suggestNearest(nearestMatch(value, options), "write", otherwise) }];
  }
  if (issue.code === "invalid_type" && issue.expected === "string" && typeof value !== "object") {
    const why = "YAML reads it as a number or as true/false";
    return [{ ...base, why, remedy: `put it in quotes: ${path.at(-1)}: "…"` }];
  }
  const example = exampleOf(field);
  const got = typeof value === "string" && issue.code === "invalid_type" ? `${base.got} (a text)` : base.got;
  return [{ ...base, got, remedy: example === "" ? plainForm(field) : `write it like ${example}` }];
}

function withNamespace(finding: ConfigProblem): ConfigProblem {
  const [key, ...rest] = finding.path;
  return { ...finding, path: [`stagesub:${key}`, ...rest] };
}

function add(path: PathSegment[], field: z.ZodType | undefined, stack: string): string {
  const [key, ...rest] = path;
  if (fieldNotes.get(field as z.ZodString)?.hidden === "secret")
    return setSecretCommand([`stagesub:${key}`, ...rest], stack);
  return `add ${rest.length === 0 ? `stagesub:${key}` : path.at(-1)}: ${exampleOf(field) || expectation(field)}`;
}

function explainUnknownKey(field: z.ZodType | undefined, path: PathSegment[], key: string): ConfigProblem {
  const prefix = path.length === 0 ? "stagesub:" : "";
  const names = field instanceof z.ZodObject ? Object.keys(field.shape) : [];
  const near = nearestMatch(key, names);
  return {
    path: [...path, key],
    atKey: true,
    expected: `one of the keys ${names.map((name) => prefix + name).join(", ")}`,
    got: "a key that is not known here",
    ...suggestNearest(near && prefix + near, "rename it to", "remove it"),
  };
}

function plainForm(field: z.ZodType | undefined): string {
  if (field instanceof z.ZodBoolean) return "write true or false, without quotes";
  if (field instanceof z.ZodNumber) return `write ${expectation(field)}, without quotes`;
  return `write ${expectation(field)}`;
}

/** Says in a few words which value a field takes. */
function expectation(field: z.ZodType | undefined): string {
  if (field === undefined) return "another value";
  const notes = fieldNotes.get(field as z.ZodString);
  if (notes !== undefined) return notes.expected;
  if (field instanceof z.ZodEnum) return `one of ${field.options.join(", ")}`;
  if (field instanceof z.ZodBoolean) return "true or false";
  if (field instanceof z.ZodNumber) return `a whole number from ${field.minValue} to ${field.maxValue}`;
  if (field instanceof z.ZodArray) return `a list; in it ${expectation(field.element as z.ZodType)}`;
  if (field instanceof z.ZodObject) return `a map with the keys ${Object.keys(field.shape).join(", ")}`;
  if (field instanceof z.ZodRecord) return "a map by orchestra id";
  return "a value";
}

function describe(path: PathSegment[], field: z.ZodType | undefined, value: unknown): string {
  if (secretKeys.includes(String(path[0]))) return describeHidden(value);
  const hidden = field && fieldNotes.get(field as z.ZodString)?.hidden;
  if (hidden === "guarded" && typeof value === "string") return `a text of ${value.length} characters (not shown)`;
  return describeValue(value);
}

/** Returns the field's example as YAML on one line. Version 1.1 puts quotes where Pulumi's parser needs them. */
function exampleOf(field: z.ZodType | undefined): string {
  const meta = field?.meta();
  const [example] = (meta?.["examples"] ?? []) as unknown[];
  if (example === undefined) return "";
  return stringify(example, { version: "1.1", collectionStyle: "flow", lineWidth: 0 }).trim();
}

/** Returns the schema of the value at a path, behind optional values and defaults. */
function schemaAt(path: readonly PathSegment[]): z.ZodType | undefined {
  let current: z.ZodType | undefined = stackSchema;
  for (const segment of path) {
    if (current instanceof z.ZodObject) current = (current.shape as Record<string, z.ZodType>)[segment];
    else if (current instanceof z.ZodRecord) current = current.valueType as z.ZodType;
    else if (current instanceof z.ZodArray) current = current.element as z.ZodType;
    else return undefined;
    while (current instanceof z.ZodOptional || current instanceof z.ZodDefault || current instanceof z.ZodPrefault)
      current = current.unwrap() as z.ZodType;
  }
  return current;
}
