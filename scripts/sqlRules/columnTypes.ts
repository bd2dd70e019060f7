import type { Node, TypeName } from "@pgsql/types";

import { words } from "./names.ts";

/** A column's type: `varchar(10)[]` is `{ name: "varchar", sizes: [10], isArray: true }`. */
export interface ColumnType {
  /** As PostgreSQL calls it inside: `int4`, `bpchar`, `text`. */
  name: string;
  sizes: number[];
  isArray: boolean;
}

/** What a change of type does to the rows that are there. */
export type TypeChange = "nothing" | "rewrites" | "loses";

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
 * What PostgreSQL 17 does at `ALTER COLUMN … TYPE`: see `ATColumnChangeRequiresRewrite` and the support functions of
 * `varchar`, `numeric`, `timestamp`, `varbit` in its source. An unknown type before the change may be any.
 */
export function judgeTypeChange(from: ColumnType | undefined, to: ColumnType): TypeChange {
  if (!from) return "rewrites";
  if (isSame(from, to)) return "nothing";
  if (from.isArray || to.isArray) return "rewrites";
  if (isRelabelled(from, to)) return "nothing";
  return isLossy(from, to) ? "loses" : "rewrites";
}

function isSame(from: ColumnType, to: ColumnType): boolean {
  return from.name === to.name && from.isArray === to.isArray && [...from.sizes].join() === [...to.sizes].join();
}

/** Of the same bytes, and every value that fitted before fits now. */
function isRelabelled(from: ColumnType, to: ColumnType): boolean {
  const strings = ["varchar", "text", "citext"];
  if (strings.includes(from.name) && strings.includes(to.name)) return widens(from.sizes, to.sizes);
  if (from.name === "cidr" && to.name === "inet") return true;
  if (from.name === "xml" && to.name === "text") return true;
  if (from.name !== to.name) return false;
  switch (to.name) {
    case "varbit":
    case "timestamp":
    case "timestamptz":
    case "time":
    case "timetz":
      return widens(from.sizes, to.sizes);
    case "numeric":
      return to.sizes.length === 0 || (widens(from.sizes, to.sizes) && (from.sizes[1] ?? 0) === (to.sizes[1] ?? 0));
    default:
      return false;
  }
}

/** Without a size there is no limit. */
function widens([from]: number[], [to]: number[]): boolean {
  return to === undefined || (from !== undefined && to >= from);
}

/** The conversion rounds or cuts without a word. What does not fit is an error instead, and loses nothing. */
function isLossy(from: ColumnType, to: ColumnType): boolean {
  const fractions = ["float4", "float8", "numeric"];
  if (fractions.includes(from.name) && ["int2", "int4", "int8"].includes(to.name)) return true;
  if (["numeric", "float8"].includes(from.name) && to.name === "float4") return true;
  if (from.name === "numeric" && to.name === "float8") return true;
  if (fractions.includes(from.name) && to.name === "numeric" && to.sizes.length > 0)
    return from.sizes.length === 0 || (to.sizes[1] ?? 0) < (from.sizes[1] ?? 0);
  if (["timestamp", "timestamptz"].includes(from.name) && ["date", "time", "timetz"].includes(to.name)) return true;
  if (["timestamp", "timestamptz", "time", "timetz"].includes(from.name) && from.name === to.name)
    return !widens(from.sizes, to.sizes);
  return from.name === "json" && to.name === "jsonb";
}
