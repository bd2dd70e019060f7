import type { RuleHit } from "./rules.ts";
import { quoteName } from "./names.ts";

/**
 * Every node of PostgreSQL's parse tree that a harmless statement may hold, and its fields. Whatever is not listed is refused, so that an
 * option that we have not read about is never waved through. Fields of statements are those alone that change nothing about the danger.
 */
const shapes: Record<string, string> = {
  // Statements
  AlterDomainStmt: "subtype typeName name def behavior missing_ok",
  AlterEnumStmt: "typeName newVal newValNeighbor newValIsAfter skipIfNewValExists",
  AlterFunctionStmt: "objtype func actions",
  AlterPolicyStmt: "policy_name table roles qual with_check",
  AlterSeqStmt: "sequence options missing_ok",
  AlterTableStmt: "relation cmds objtype missing_ok",
  ClusterStmt: "relation indexname params",
  CommentStmt: "objtype object comment",
  CompositeTypeStmt: "typevar coldeflist",
  ConstraintsSetStmt: "constraints deferred",
  CreateDomainStmt: "domainname typeName collClause constraints",
  CreateEnumStmt: "typeName vals",
  CreateExtensionStmt: "extname if_not_exists options",
  CreateFunctionStmt: "is_procedure replace funcname parameters returnType options sql_body",
  CreatePolicyStmt: "policy_name table cmd_name permissive roles qual with_check",
  CreateRangeStmt: "typeName params",
  CreateSchemaStmt: "schemaname schemaElts if_not_exists",
  CreateSeqStmt: "sequence options if_not_exists",
  CreateStatsStmt: "defnames stat_types exprs relations if_not_exists",
  CreateStmt: "relation tableElts inhRelations partbound partspec ofTypename options oncommit if_not_exists",
  CreateTableAsStmt: "query into objtype is_select_into if_not_exists",
  CreateTrigStmt:
    "replace isconstraint trigname relation funcname args row timing events columns whenClause transitionRels deferrable initdeferred constrrel",
  DefineStmt: "kind defnames args definition if_not_exists",
  DeleteStmt: "relation usingClause whereClause returningList withClause",
  DropStmt: "objects removeType behavior missing_ok concurrent",
  GrantStmt: "is_grant targtype objtype objects privileges grantees behavior",
  IndexStmt:
    "idxname relation accessMethod indexParams indexIncludingParams options whereClause unique nulls_not_distinct concurrent if_not_exists",
  InsertStmt: "relation cols selectStmt onConflictClause returningList withClause override",
  LockStmt: "relations mode nowait",
  MergeStmt: "relation sourceRelation joinCondition mergeWhenClauses returningList withClause",
  RefreshMatViewStmt: "concurrent skipData relation",
  ReindexStmt: "kind relation name params",
  RenameStmt: "renameType relationType relation object subname newname behavior missing_ok",
  RuleStmt: "relation rulename whereClause event instead actions replace",
  SelectStmt:
    "distinctClause intoClause targetList fromClause whereClause groupClause groupDistinct havingClause windowClause valuesLists sortClause " +
    "limitOffset limitCount limitOption withClause op all larg rarg",
  TruncateStmt: "relations restart_seqs behavior",
  UpdateStmt: "relation targetList whereClause fromClause returningList withClause",
  VacuumStmt: "options rels is_vacuumcmd",
  VariableSetStmt: "kind name args is_local",
  VariableShowStmt: "name",
  ViewStmt: "view aliases query replace options withCheckOption",
  // Parts of statements
  AccessPriv: "priv_name cols",
  AlterTableCmd: "subtype name num def behavior missing_ok",
  ColumnDef: "colname typeName compression is_local storage_name raw_default identity generated collClause constraints",
  Constraint:
    "contype conname deferrable initdeferred skip_validation initially_valid is_no_inherit raw_expr generated_when nulls_not_distinct keys " +
    "including exclusions options indexname access_method where_clause pktable fk_attrs pk_attrs fk_matchtype fk_upd_action fk_del_action fk_del_set_cols",
  DefElem: "defnamespace defname arg defaction",
  FunctionParameter: "name argType mode defexpr",
  IndexElem: "name expr indexcolname collation opclass opclassopts ordering nulls_ordering",
  InferClause: "indexElems whereClause conname",
  IntoClause: "rel colNames options onCommit skipData",
  MergeWhenClause: "matchKind commandType override condition targetList values",
  ObjectWithArgs: "objname objargs objfuncargs args_unspecified",
  OnConflictClause: "action infer targetList whereClause",
  PartitionBoundSpec: "strategy is_default modulus remainder listdatums lowerdatums upperdatums",
  PartitionCmd: "name bound concurrent",
  PartitionElem: "name expr collation opclass",
  PartitionSpec: "strategy partParams",
  RoleSpec: "roletype rolename",
  StatsElem: "name expr",
  TableLikeClause: "relation options",
  TriggerTransition: "name isNew isTable",
  VacuumRelation: "relation va_cols",
  // Queries and expressions
  A_ArrayExpr: "elements",
  A_Const: "ival fval boolval sval bsval isnull",
  A_Expr: "kind name lexpr rexpr",
  A_Indices: "is_slice lidx uidx",
  A_Indirection: "arg indirection",
  A_Star: "",
  Alias: "aliasname colnames",
  BitString: "bsval",
  BoolExpr: "boolop args",
  Boolean: "boolval",
  BooleanTest: "arg booltesttype",
  CaseExpr: "arg args defresult",
  CaseWhen: "expr result",
  CoalesceExpr: "args",
  CollateClause: "arg collname",
  ColumnRef: "fields",
  CommonTableExpr: "ctename aliascolnames ctematerialized ctequery",
  Float: "fval",
  FuncCall: "funcname args agg_order agg_filter over agg_within_group agg_star agg_distinct func_variadic funcformat",
  GroupingFunc: "args",
  GroupingSet: "kind content",
  Integer: "ival",
  JoinExpr: "jointype isNatural larg rarg usingClause join_using_alias quals alias",
  JsonArrayConstructor: "exprs output absent_on_null",
  JsonFormat: "format_type encoding",
  JsonIsPredicate: "expr format item_type unique_keys",
  JsonKeyValue: "key value",
  JsonObjectConstructor: "exprs output absent_on_null unique",
  JsonValueExpr: "raw_expr formatted_expr format",
  List: "items",
  MinMaxExpr: "op args",
  MultiAssignRef: "source colno ncolumns",
  NamedArgExpr: "arg name argnumber",
  NullTest: "arg nulltesttype argisrow",
  RangeFunction: "lateral ordinality is_rowsfrom functions alias coldeflist",
  RangeSubselect: "lateral subquery alias",
  RangeVar: "schemaname relname inh relpersistence alias",
  ResTarget: "name indirection val",
  RowExpr: "args row_format colnames",
  SQLValueFunction: "op typmod",
  SetToDefault: "",
  SortBy: "node sortby_dir sortby_nulls useOp",
  String: "sval",
  SubLink: "subLinkType testexpr operName subselect",
  TypeCast: "arg typeName",
  TypeName: "names setof pct_type typmods typemod arrayBounds",
  WindowDef: "name refname partitionClause orderClause frameOptions startOffset endOffset",
  WithClause: "ctes recursive",
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

const fields = new Map(Object.entries(shapes).map(([kind, names]) => [kind, new Set(names.split(" "))]));

/** Where the parser found it: says nothing about what it does. */
const places = new Set(["location", "xpr", "stmt_location", "stmt_len"]);

/** A node of the tree, with its kind. */
export interface TreeNode {
  kind: string;
  body: Record<string, unknown>;
}

/**
 * Every node inside a statement, the statement itself first. Without recursion: a tree may be deeper than the stack. Bodies of functions
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
    // DISTINCT is a list of nothing.
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

/** What of a node nobody has looked into. */
export function* findUnknownParts({ kind, body }: TreeNode): Generator<RuleHit> {
  const known = fields.get(kind);
  if (!known) yield { rule: "not-known-harmless", name: describeKind(kind) };
  else
    for (const [field, value] of Object.entries(body))
      if (!known.has(field) && !places.has(field) && value !== undefined)
        yield { rule: "not-known-harmless", name: `${describeKind(kind)} with ${quoteName(field)}` };
}

/** `CreateServerStmt` → "create server". */
export function describeKind(kind: string): string {
  return kind
    .replace(/Stmt$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
}
