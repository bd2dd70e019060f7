import type { A_Expr, Node } from "@pgsql/types";

import { words } from "./names.ts";
import type { KnownTable } from "./schema.ts";

/**
 * Whether a condition holds for every row: none, `true`, `1 = 1`, `id = id`, `id IS NOT NULL` where it cannot be null, and what is
 * made of these with AND, OR and NOT. What it cannot tell it takes for a real condition.
 */
export function isAlwaysTrue(condition: Node | undefined, table: KnownTable | undefined): boolean {
  return condition === undefined || judge(condition, table) === true;
}

/** Undefined: it depends on the row. */
function judge(node: Node, table: KnownTable | undefined): boolean | undefined {
  if ("A_Const" in node) return readBoolean(node);
  if ("TypeCast" in node) return node.TypeCast.arg && readBoolean(node.TypeCast.arg);
  if ("BoolExpr" in node) {
    const parts = (node.BoolExpr.args ?? []).map((part) => judge(part, table));
    if (node.BoolExpr.boolop === "NOT_EXPR") return parts[0] === undefined ? undefined : !parts[0];
    const decides = node.BoolExpr.boolop === "OR_EXPR";
    if (parts.includes(decides)) return decides;
    return parts.includes(undefined) ? undefined : !decides;
  }
  if ("BooleanTest" in node && node.BooleanTest.arg) {
    const value = judge(node.BooleanTest.arg, table);
    if (value === undefined) return undefined;
    if (node.BooleanTest.booltesttype === "IS_TRUE" || node.BooleanTest.booltesttype === "IS_NOT_FALSE") return value;
    return node.BooleanTest.booltesttype === "IS_FALSE" || node.BooleanTest.booltesttype === "IS_NOT_TRUE"
      ? !value
      : undefined;
  }
  if ("NullTest" in node) {
    const { arg, nulltesttype } = node.NullTest;
    const column = arg && "ColumnRef" in arg ? words(arg.ColumnRef.fields).at(-1) : undefined;
    const never = column !== undefined && table?.columns.get(column)?.notNull === true;
    return never ? nulltesttype === "IS_NOT_NULL" : undefined;
  }
  return "A_Expr" in node ? judgeComparison(node.A_Expr) : undefined;
}

function judgeComparison({ kind, lexpr, rexpr, name }: A_Expr): boolean | undefined {
  if (!lexpr || !rexpr) return undefined;
  if (kind === "AEXPR_LIKE" || kind === "AEXPR_ILIKE")
    return words(name).at(-1) !== "!~~" && "A_Const" in rexpr && rexpr.A_Const.sval?.sval === "%" ? true : undefined;
  if (kind !== "AEXPR_OP") return undefined;
  const [left, right] = [withoutPlaces(lexpr), withoutPlaces(rexpr)];
  const operator = words(name).at(-1) ?? "";
  // A column equals itself except where it is null; nobody writes that to spare those rows.
  if (left === right && !left.includes("FuncCall")) {
    if (["=", ">=", "<=", "~~"].includes(operator)) return true;
    return ["<>", "<", ">"].includes(operator) ? false : undefined;
  }
  if (!("A_Const" in lexpr) || !("A_Const" in rexpr)) return undefined;
  const values = [readNumber(lexpr), readNumber(rexpr)];
  if (values.some((value) => value === undefined)) return operator === "<>" ? true : undefined;
  return compare(operator, values[0]!, values[1]!);
}

function compare(operator: string, left: number, right: number): boolean | undefined {
  switch (operator) {
    case "=":
      return left === right;
    case "<>":
      return left !== right;
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "<=":
      return left <= right;
    case ">=":
      return left >= right;
    default:
      return undefined;
  }
}

/** A constant as a truth value: `true`, `'t'`, `'on'`. */
function readBoolean(node: Node): boolean | undefined {
  if (!("A_Const" in node)) return undefined;
  if (node.A_Const.boolval) return node.A_Const.boolval.boolval === true;
  const text = node.A_Const.sval?.sval?.trim().toLowerCase();
  if (text === undefined) return undefined;
  return /^(t|tr|tru|true|y|ye|yes|on|1)$/.test(text) ? true : /^(f|false|n|no|off|0)$/.test(text) ? false : undefined;
}

function readNumber(node: Node): number | undefined {
  if (!("A_Const" in node)) return undefined;
  if (node.A_Const.ival) return node.A_Const.ival.ival ?? 0;
  return node.A_Const.fval ? Number(node.A_Const.fval.fval) : undefined;
}

function withoutPlaces(node: Node): string {
  return JSON.stringify(node, (key, value: unknown) => (key === "location" ? undefined : value));
}
