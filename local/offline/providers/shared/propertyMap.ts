import structproto from "google-protobuf/google/protobuf/struct_pb.js";

/** Stands for a value that a preview does not know yet. */
export const unknown: unique symbol = Symbol("unknown");
export type Value = null | boolean | number | string | typeof unknown | Value[] | { [key: string]: Value };
export type Values = Record<string, Value>;

/** A resource's properties: plain values, and the top-level keys of those that are secret. */
export interface PropertyMap {
  values: Values;
  secrets: Set<string>;
}

type Struct = structproto.Struct;

/** Reads the engine's form: secrets and outputs are unwrapped, nulls left out, unknowns become `unknown`. */
export function decodeProperties(struct: Struct | undefined): PropertyMap {
  const map: PropertyMap = { values: {}, secrets: new Set() };
  for (const [key, wire] of Object.entries(struct?.toJavaScript() ?? {})) {
    const value = decode(wire as Wire, () => map.secrets.add(key));
    if (value !== null) map.values[key] = value;
  }
  return map;
}

/** Writes the engine's form, with the secret mark on every key in `secrets`. */
export function encodeProperties({ values, secrets }: PropertyMap): Struct {
  const wire: Record<string, Wire> = {};
  for (const [key, value] of Object.entries(values)) {
    if (value === null) continue;
    const plain = encode(value);
    wire[key] = secrets.has(key) ? { [signatureKey]: secretSignature, value: plain } : plain;
  }
  return structproto.Struct.fromJavaScript(wire);
}

export function containsUnknown(value: Value): boolean {
  if (value === unknown) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

/** Returns a value that must be a string; absent counts as the empty string, as in the official providers. */
export function textOf(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new TypeError(`Expected a string, got ${typeof value}`);
  return value;
}

export function isObject(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Wire = null | boolean | number | string | Wire[] | { [key: string]: Wire };

// The engine's own marks: sdk/go/common/resource/{properties,sig}.go and plugin/rpc.go of pulumi/pulumi.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownMarks = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

function decode(wire: Wire, markSecret: () => void): Value {
  if (typeof wire === "string") return unknownMarks.has(wire) ? unknown : wire;
  if (wire === null || typeof wire !== "object") return wire;
  if (Array.isArray(wire)) return wire.map((item) => decode(item, markSecret));
  if (wire[signatureKey] === secretSignature) {
    markSecret();
    return decode(wire.value ?? null, markSecret);
  }
  if (wire[signatureKey] === outputSignature) {
    if (wire.secret === true) markSecret();
    return "value" in wire ? decode(wire.value ?? null, markSecret) : unknown;
  }
  const entries = Object.entries(wire).map(([key, item]) => [key, decode(item, markSecret)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== null));
}

function encode(value: Value): Wire {
  if (value === unknown) return unknownString;
  if (Array.isArray(value)) return value.map(encode);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item)]));
  return value;
}
