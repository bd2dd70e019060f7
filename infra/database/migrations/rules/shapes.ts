import type { RuleHit } from "./rules.ts";
import { quoteName } from "./names.ts";

/**
 * The nodes of PostgreSQL 17's parse tree that a harmless statement may hold: parts of statements, then queries and expressions.
 * Other nodes are refused, so that nothing passes that we have not read about.
 */
const known = new Set(
  (
    "AccessPriv AlterTableCmd ColumnDef Constraint DefElem FunctionParameter IndexElem InferClause IntoClause MergeWhenClause ObjectWithArgs " +
    "OnConflictClause PartitionBoundSpec PartitionCmd PartitionElem PartitionSpec RoleSpec StatsElem TableLikeClause " +
    "TriggerTransition VacuumRelation " +
    "A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star Alias BitString BoolExpr Boolean BooleanTest CaseExpr CaseWhen CoalesceExpr " +
    "CollateClause ColumnRef CommonTableExpr Float FuncCall GroupingFunc GroupingSet Integer JoinExpr JsonArrayConstructor JsonFormat " +
    "JsonIsPredicate JsonKeyValue JsonObjectConstructor JsonValueExpr List MinMaxExpr MultiAssignRef NamedArgExpr NullTest RangeFunction " +
    "RangeSubselect RangeVar ResTarget RowExpr SQLValueFunction SetToDefault SortBy String SubLink TypeCast TypeName WindowDef WithClause"
  ).split(" "),
);

/** Fields, of statements too, that are refused all the same: places on the disk, other owners, locks, and what no judge has looked into. */
const refusedFields: Record<string, string> = {
  AlterSeqStmt: "for_identity",
  ColumnDef: "fdwoptions",
  CommonTableExpr: "search_clause cycle_clause",
  Constraint: "indexspace",
  CreateSeqStmt: "for_identity ownerId",
  CreateStmt: "accessMethod constraints tablespacename",
  GrantStmt: "grantor",
  IndexStmt: "excludeOpNames tableSpace",
  IntoClause: "accessMethod tableSpaceName",
  RangeVar: "catalogname",
  SelectStmt: "lockingClause",
};

/** Fields whose value stands without its node's name around it. */
const unwrapped: Record<string, string> = {
  RangeVar: "relation rel view table sequence typevar pktable constrrel name",
  IntoClause: "intoClause into",
  WithClause: "withClause",
  OnConflictClause: "onConflictClause",
  InferClause: "infer",
  SelectStmt: "larg rarg",
  TypeName: "typeName ofTypename returnType argType",
  Alias: "alias join_using_alias",
  CollateClause: "collClause",
  WindowDef: "over",
  PartitionSpec: "partspec",
  PartitionBoundSpec: "partbound bound",
  ObjectWithArgs: "func",
  JsonValueExpr: "raw_expr key value",
  JsonFormat: "format",
};

const kindOfField = new Map(
  Object.entries(unwrapped).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind])),
);

/** A node of the tree, with its kind. */
export interface TreeNode {
  kind: string;
  body: Record<string, unknown>;
}

/**
 * Yields every node of a statement, the statement itself first. Without recursion: a tree may be deeper than the stack. Bodies of functions
 * are left out: they are stored, not run.
 */
export function* walk(statement: object): Generator<TreeNode> {
  const left: { value: unknown; field: string }[] = [{ value: statement, field: "" }];
  for (let next = left.pop(); next; next = left.pop()) {
    const { value, field } = next;
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0; index--) left.push({ value: value[index], field });
      continue;
    }
    const keys = Object.keys(value);
    // DISTINCT is a list with one empty node.
    if (keys.length === 0) continue;
    const wrapped = keys.length === 1 && /^[A-Z]/.test(keys[0]!) ? keys[0]! : undefined;
    const kind = wrapped ?? kindOfField.get(field) ?? field;
    const body = (wrapped ? (value as Record<string, unknown>)[wrapped] : value) as Record<string, unknown>;
    if (kind !== "") yield { kind, body };
    // The value of a constant is no node.
    if (kind === "A_Const") continue;
    for (const [name, part] of Object.entries(body).reverse())
      if (name !== "sql_body") left.push({ value: part, field: name });
  }
}

/** Finds the parts of a node that no judge has looked into; `isJudged` is true of a statement that has a judge. */
export function* findUnknownParts({ kind, body }: TreeNode, isJudged: boolean): Generator<RuleHit> {
  if (!isJudged && !known.has(kind)) yield { rule: "not-known-harmless", name: describeKind(kind) };
  // JSON_OBJECTAGG has a `constructor`, as every object.
  for (const field of Object.hasOwn(refusedFields, kind) ? refusedFields[kind]!.split(" ") : [])
    if (body[field] !== undefined)
      yield { rule: "not-known-harmless", name: `${describeKind(kind)} with ${quoteName(field)}` };
}

/** Returns a kind in words: `CreateServerStmt` → "create server". */
export function describeKind(kind: string): string {
  return kind
    .replace(/Stmt$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
}
