import { isDeepStrictEqual } from "node:util";
import type { Constraint, Node, TypeName } from "@pgsql/types";

import { words } from "./names.ts";

/** A column's type: `varchar(10)[]` is `{ name: "varchar", sizes: [10], isArray: true }`. */
export interface ColumnType {
  /** As PostgreSQL calls it inside: `int4`, `bpchar`, `text`. */
  name: string;
  sizes: number[];
  isArray: boolean;
}

/** The facts in a column's definition. */
export interface ColumnFacts {
  type: ColumnType;
  notNull: boolean;
  hasDefault: boolean;
}

export function readColumn(typeName: TypeName | undefined, constraints: readonly Constraint[]): ColumnFacts {
  const has = (...kinds: Constraint["contype"][]) => constraints.some(({ contype }) => kinds.includes(contype));
  const type = readType(typeName);
  const counts = isSerial(typeName);
  return {
    type: counts ? { ...type, name: { smallserial: "int2", bigserial: "int8" }[type.name] ?? "int4" } : type,
    notNull: counts || has("CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"),
    hasDefault: counts || has("CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"),
  };
}

export function isSerial(type: TypeName | undefined): boolean {
  return /^(small|big)?serial[248]?$/.test(readType(type).name);
}

export function readType(type: TypeName | undefined): ColumnType {
  return {
    name: words(type?.names).at(-1) ?? "",
    sizes: (type?.typmods ?? []).map(readSize),
    isArray: (type?.arrayBounds ?? []).length > 0,
  };
}

/** `fields` of an interval is a mask of bits and no size, so it only ever equals itself. */
function readSize(node: Node): number {
  return "A_Const" in node ? (node.A_Const.ival?.ival ?? 0) : Number.NaN;
}

/**
 * Judges `ALTER COLUMN … TYPE`: see `ATColumnChangeRequiresRewrite` and the support functions of `varchar`, `numeric`, `timestamp` and
 * `varbit` in PostgreSQL's source. A change that is not known to keep every value loses some, or fails at the first real orchestra.
 *
 * @param isLabel whether the new type is an enum or a domain of a migration's own: a value that does not fit is an error there
 */
export function judgeTypeChange(
  from: ColumnType | undefined,
  to: ColumnType,
  isLabel = false,
): "nothing" | "rewrites" | "loses" {
  const holdsAll = unlimited.includes(to.name) && to.sizes.length === 0 && !to.isArray;
  if (!from) return holdsAll || isLabel ? "rewrites" : "loses";
  if (isDeepStrictEqual(from, to)) return "nothing";
  if (from.isArray !== to.isArray) return holdsAll ? "rewrites" : "loses";
  if (isRelabelled(from, to)) return from.isArray ? "rewrites" : "nothing";
  return holdsAll || isLabel || isWider(from, to) ? "rewrites" : "loses";
}

const unlimited = ["text", "varchar", "citext"];

/** Returns whether both types store the same bytes and the new one takes every value of the old one. */
function isRelabelled(from: ColumnType, to: ColumnType): boolean {
  if ([from, to].every(({ name }) => ["text", "varchar"].includes(name))) return widens(from.sizes, to.sizes);
  if (from.name !== to.name) return false;
  if (/^(varbit|time(stamp)?(tz)?)$/.test(to.name)) return widens(from.sizes, to.sizes);
  const sameScale = widens(from.sizes, to.sizes) && (from.sizes[1] ?? 0) === (to.sizes[1] ?? 0);
  return to.name === "numeric" && (to.sizes.length === 0 || sameScale);
}

/** Returns whether a size grows; a type without a size has no limit. */
function widens([from]: number[], [to]: number[]): boolean {
  return to === undefined || (from !== undefined && to >= from);
}

/** Types that hold every value of the type in front of them. */
const wider: Record<string, string[]> = {
  bool: ["int4"],
  int2: ["int4", "int8", "float4", "float8"],
  int4: ["int8", "float8"],
  float4: ["float8"],
  date: ["timestamp", "timestamptz"],
  timestamp: ["timestamptz"],
  timestamptz: ["timestamp"],
  json: ["jsonb"],
  text: ["uuid", "json", "jsonb"],
  varchar: ["uuid", "json", "jsonb"],
};

/** Returns whether the new type takes every value of the old one, stored in another way. */
function isWider(from: ColumnType, to: ColumnType): boolean {
  const digitsOf = { int2: 5, int4: 10, int8: 19 }[from.name];
  if (to.name === "numeric" && digitsOf !== undefined)
    return to.sizes.length === 0 || to.sizes[0]! - (to.sizes[1] ?? 0) >= digitsOf;
  if (to.name === "numeric" && from.name === "numeric") {
    const [digits = 0, scale = 0] = from.sizes;
    const [newDigits = 0, newScale = 0] = to.sizes;
    return from.sizes.length > 0 && newScale >= scale && newDigits - newScale >= digits - scale;
  }
  if (["timestamp", "timestamptz"].includes(to.name) && !widens(from.sizes, to.sizes)) return false;
  return Object.hasOwn(wider, from.name) && wider[from.name]!.includes(to.name);
}
