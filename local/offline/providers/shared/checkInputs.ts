import { isObject, textOf, unknown, type Value, type Values } from "./propertyMap.ts";
import type { Attribute, Attributes } from "./resource.ts";

/**
 * Returns the schema's refusals of a resource's inputs, each a sentence that names the property. Unknown values pass. Properties that the
 * schema does not have are refused, though the official bridge drops them silently: a program that passes here must mean the same with the
 * bridge.
 */
export function checkInputs(attributes: Attributes, inputs: Values, resource: string): string[] {
  const strangers = Object.keys(inputs).filter((name) => !Object.hasOwn(attributes, name) && !name.startsWith("__"));
  return [
    ...Object.entries(attributes).flatMap(([name, attribute]) =>
      checkValue(name, attribute, inputs[name], `${resource}.${name}`),
    ),
    ...strangers.map((name) => examine(strangerProblem(name, attributes), `${resource}.${name}`)),
  ];
}

/** Returns a check for one of a fixed list of words; `attribute` is its name in the Terraform schema. */
export function oneOf(attribute: string, words: readonly string[]): (value: Value) => string | undefined {
  return (value) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : `Invalid Attribute Value Match. Attribute ${attribute} value must be one of: [${words.map((word) => `"${word}"`).join(" ")}], ` +
        `got: ${JSON.stringify(value)}.`;
}

function checkValue(name: string, attribute: Attribute, value: Value | undefined, path: string): string[] {
  if (value === unknown) return [];
  const reason = reasonAgainst(name, attribute, value);
  if (reason !== undefined) return [examine(reason, path)];
  if (attribute.json && typeof value === "string")
    return checkInputs(attribute.json, JSON.parse(value) as Values, path);
  if (isObject(value)) return attribute.fields ? checkInputs(attribute.fields, value, path) : [];
  if (!Array.isArray(value)) return [];
  const item: Attribute = { kind: "required", ...(attribute.fields ? object(attribute.fields) : { type: "string" }) };
  return value.flatMap((each, index) => checkValue(`${name}[${index}]`, item, each, `${path}[${index}]`));
}

function reasonAgainst(name: string, attribute: Attribute, value: Value | undefined): string | undefined {
  if (value === undefined) return attribute.kind === "required" ? `Missing required property '${name}'.` : undefined;
  if (attribute.unimplemented) {
    return `Property '${name}' is not implemented by the stand-in. Leave it out, or use the official plugin.`;
  }
  if (attribute.kind === "computed") return `Invalid Configuration for Read-Only Attribute. Leave '${name}' out.`;
  if (!hasType(attribute.type, value)) {
    return `Incorrect Value Type. Expected ${attribute.type}, got ${Array.isArray(value) ? "array" : typeof value}.`;
  }
  if (attribute.json && !isJsonObject(value)) {
    return "Invalid JSON String Value. A string value was provided that is not valid JSON string format (RFC 7159) of an object.";
  }
  return attribute.problem?.(value);
}

function strangerProblem(name: string, attributes: Attributes): string {
  const known = Object.keys(attributes).filter((each) => attributes[each]!.kind !== "computed");
  return `Unknown property '${name}'. The schema has ${known.join(", ")}.`;
}

function examine(reason: string, path: string): string {
  return `${reason} Examine values at '${path}'.`;
}

function object(fields: Attributes): Pick<Attribute, "type" | "fields"> {
  return { type: "object", fields };
}

function hasType(type: Attribute["type"], value: Value): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object" || type === "map") return isObject(value);
  return typeof value === type;
}

function isJsonObject(text: Value): boolean {
  try {
    return isObject(JSON.parse(textOf(text)) as Value);
  } catch {
    return false;
  }
}
