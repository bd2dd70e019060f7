import { isObject, unknown, type Value, type Values } from "./propertyMap.ts";
import type { Attribute, Attributes } from "./resource.ts";

/** What the schema refuses in a resource's inputs, one sentence each that names the property. Unknown values pass. */
export function checkInputs(attributes: Attributes, inputs: Values, resource: string): string[] {
  const problems: string[] = [];
  for (const [property, attribute] of Object.entries(attributes)) {
    const reason = reasonAgainst(property, attribute, inputs[property]);
    if (reason) problems.push(`${reason} Examine values at '${resource}.${property}'.`);
  }
  return problems;
}

/** A check for one of a fixed list of words; `attribute` is its name in the Terraform schema. */
export function oneOf(attribute: string, words: readonly string[]): (value: Value) => string | undefined {
  return (value) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : `Invalid Attribute Value Match. Attribute ${attribute} value must be one of: [${words.map((word) => `"${word}"`).join(" ")}], ` +
        `got: ${JSON.stringify(value)}.`;
}

function reasonAgainst(name: string, attribute: Attribute, value: Value | undefined): string | undefined {
  if (value === unknown) return undefined;
  if (value === undefined) return attribute.kind === "required" ? `Missing required property '${name}'.` : undefined;
  if (attribute.kind === "computed") return `Invalid Configuration for Read-Only Attribute. Leave '${name}' out.`;
  if (!hasType(attribute.type, value)) {
    return `Incorrect Value Type. Expected ${attribute.type}, got ${Array.isArray(value) ? "array" : typeof value}.`;
  }
  if (attribute.json && typeof value === "string" && !isJson(value)) {
    return "Invalid JSON String Value. A string value was provided that is not valid JSON string format (RFC 7159).";
  }
  return attribute.problem?.(value);
}

function hasType(type: Attribute["type"], value: Value): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  return typeof value === type;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
