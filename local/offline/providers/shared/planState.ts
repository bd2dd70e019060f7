import { isDeepStrictEqual } from "node:util";
import { containsUnknown, isObject, unknown, type Value, type Values } from "./propertyMap.ts";
import type { Attribute, Attributes } from "./resource.ts";

/** A difference of one property between a state and a plan. */
export interface Change {
  property: string;
  kind: "add" | "update" | "delete";
  replaces: boolean;
}

/**
 * Plans the state that the inputs ask for: their values, else a default, else the state's value, else unknown if the provider computes it.
 * `ignore` names properties that keep the state's value (`ignoreChanges`).
 */
export function planState(attributes: Attributes, state: Values | undefined, inputs: Values, ignore: string[]): Values {
  const plan: Values = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = state !== undefined && ignore.includes(name) ? state[name] : inputs[name];
    const planned =
      value === undefined ? fallback(attribute, state?.[name]) : completed(attribute, value, state?.[name]);
    if (planned !== undefined) plan[name] = planned;
  }
  if (state === undefined) return { ...plan, id: unknown };
  if (state.id !== undefined) plan.id = state.id;
  if (changesOf(attributes, state, plan).length > 0) {
    for (const [name, attribute] of Object.entries(attributes)) if (attribute.volatile) plan[name] = unknown;
  }
  return plan;
}

/** Returns the changes that a plan makes in a state, in the order of the attributes. */
export function changesOf(attributes: Attributes, state: Values, plan: Values): Change[] {
  return Object.entries(attributes)
    .filter(([name, attribute]) => attribute.kind !== "computed" && !sameValue(attribute, state[name], plan[name]))
    .map(([property, attribute]) => ({
      property,
      kind: state[property] === undefined ? "add" : plan[property] === undefined ? "delete" : "update",
      replaces: attribute.replaces === true,
    }));
}

/** Tells whether two values of an attribute mean the same. */
export function sameValue(attribute: Attribute, left: Value | undefined, right: Value | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (containsUnknown(left) || containsUnknown(right)) return false;
  if (attribute.json && typeof left === "string" && typeof right === "string") {
    return isDeepStrictEqual(parsed(left), parsed(right));
  }
  return isDeepStrictEqual(left, right);
}

/**
 * Returns the inputs as a refresh finds them, so that the next preview shows drift: the properties that the program gave, with the values
 * of the state. An import has no inputs yet and takes every property that a program may give.
 */
export function inputsOf(attributes: Attributes, state: Values, oldInputs: Values | undefined): Values {
  const inputs: Values = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = state[name];
    const given = oldInputs === undefined ? attribute.kind !== "computed" : name in oldInputs;
    if (!given || value === undefined) continue;
    const old = oldInputs?.[name];
    inputs[name] = old !== undefined && isObject(old) && isObject(value) ? pick(value, old) : value;
  }
  return inputs;
}

function fallback(attribute: Attribute, current: Value | undefined): Value | undefined {
  if (attribute.default !== undefined) return attribute.default;
  if (attribute.kind === "required" || attribute.kind === "optional") return undefined;
  return current ?? unknown;
}

/** Completes a value: an object that the provider completes keeps the fields of the state that the program leaves out. */
function completed(attribute: Attribute, value: Value, current: Value | undefined): Value {
  const completes = attribute.kind === "optionalComputed" && isObject(value) && isObject(current);
  return completes ? { ...current, ...value } : value;
}

function pick(value: { [key: string]: Value }, keys: { [key: string]: Value }): Value {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key in keys));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
