import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node, TypeName } from "@pgsql/types";

import { isSteady } from "./calls.ts";
import type { Catalogue } from "./catalogue.ts";
import { judgeTypeChange, readType } from "./columnTypes.ts";
import type { RuleHit } from "./rules.ts";
import { qualify, quoteName, words } from "./names.ts";
import { makesAdministrators } from "./people.ts";
import { describeKind, walk } from "./shapes.ts";

/** What tunes storage and statistics alone. */
const tuning =
  /^(fillfactor|autovacuum_.*|toast_tuple_target|parallel_workers|vacuum_.*|log_autovacuum_min_duration|n_distinct.*|deduplicate_items|fastupdate|pages_per_range)$/;

/** ALTER TABLE, each of its actions, and ALTER VIEW, INDEX and the like, which share its tree. */
export function* judgeAlterTable(
  { relation, cmds = [], objtype }: AlterTableStmt,
  catalogue: Catalogue,
): Generator<RuleHit> {
  const table = catalogue.nameOf(relation);
  for (const node of cmds) {
    const cmd = "AlterTableCmd" in node ? node.AlterTableCmd : {};
    if (cmd.subtype === "AT_ChangeOwner") yield { rule: "change-owner", table, name: table };
    else if (objtype === "OBJECT_INDEX" && isTuning(cmd)) continue;
    else if (objtype === "OBJECT_VIEW" || objtype === "OBJECT_SEQUENCE" || objtype === "OBJECT_TYPE") {
      const key = `${objtype.slice(7).toLowerCase()} ${table}`;
      if (!catalogue.isOwnObject(key)) yield { rule: "change-security", name: key };
    } else if (objtype !== "OBJECT_TABLE") yield { rule: "not-known-harmless", name: `ALTER of ${table}` };
    else yield* judgeAction(cmd, table, catalogue);
  }
}

type Action = NonNullable<AlterTableCmd["subtype"]>;

/** What changes the catalogue alone, and nothing that anybody notices. */
const harmless: readonly Action[] = ["AT_SetStatistics", "AT_SetStorage", "AT_SetCompression", "AT_DropNotNull"];

/** What opens, hides or breaks. */
const refused: Partial<Record<Action, RuleHit["rule"]>> = {
  AT_DisableRowSecurity: "change-security",
  AT_NoForceRowSecurity: "change-security",
  AT_DisableTrig: "change-security",
  AT_DisableTrigAll: "change-security",
  AT_DisableTrigUser: "change-security",
  AT_DisableRule: "change-security",
  AT_EnableRowSecurity: "restrict-rows",
  AT_ForceRowSecurity: "restrict-rows",
  AT_DropInherit: "detach-partition",
  AT_DetachPartition: "detach-partition",
  AT_DetachPartitionFinalize: "detach-partition",
  AT_SetLogged: "rewrite-table",
  AT_SetAccessMethod: "rewrite-table",
  AT_SetExpression: "rewrite-table",
};

function* judgeAction(cmd: AlterTableCmd, table: string, catalogue: Catalogue): Generator<RuleHit> {
  const column = cmd.name ?? "";
  const name = quoteName(column);
  const isNew = catalogue.isNew(table);
  const known = catalogue.column(table, column);
  // What is lost is lost also where IF NOT EXISTS has found it.
  const isOwn = catalogue.isOwn(table) || known?.origin === "own";
  const action: string = cmd.subtype ?? "";
  const inUse = (hit: RuleHit) => (isNew ? [] : [{ table, ...hit }]);
  const lost = (hit: RuleHit) => (isOwn ? [] : [{ table, ...hit }]);
  switch (action) {
    case "AT_AddColumn":
      if (!isNew && cmd.def && "ColumnDef" in cmd.def) yield* judgeColumn(cmd.def.ColumnDef, table, cmd, catalogue);
      break;
    case "AT_DropColumn":
      yield* lost({ rule: "drop-column", name });
      break;
    case "AT_ColumnDefault":
      if (makesAdministrators(column, cmd.def) && !catalogue.isOwn(table))
        yield { rule: "make-administrator", table, name };
      if (!cmd.def) yield* lost({ rule: "drop-default", name });
      else if (known?.hasDefault) yield* lost({ rule: "change-default", name });
      break;
    case "AT_AlterColumnType":
      if (!isOwn && cmd.def && "ColumnDef" in cmd.def) yield* judgeType(cmd.def.ColumnDef, table, column, catalogue);
      break;
    case "AT_SetNotNull":
      if (!catalogue.isNeverNull(table, column)) yield* inUse({ rule: "set-not-null", name });
      break;
    case "AT_AddConstraint":
      if (!isNew && cmd.def && "Constraint" in cmd.def) yield* judgeConstraint(cmd.def.Constraint, table, catalogue);
      break;
    case "AT_ValidateConstraint":
      if (catalogue.check(table, column)?.origin === "own") yield* inUse({ rule: "validate-at-once", name });
      break;
    case "AT_DropConstraint": {
      const check = catalogue.check(table, column);
      const helped = check?.notNullOf !== undefined && catalogue.column(table, check.notNullOf)?.notNull === true;
      if (!helped && check?.origin !== "own") yield* lost({ rule: "drop-check", name });
      break;
    }
    case "AT_AttachPartition": {
      const part = cmd.def && "PartitionCmd" in cmd.def ? catalogue.nameOf(cmd.def.PartitionCmd.name) : "";
      if (!catalogue.isNew(part)) yield { rule: "attach-partition", table };
      break;
    }
    case "AT_SetOptions":
    case "AT_ResetOptions":
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
      if (!isTuning(cmd)) yield* inUse({ rule: "not-known-harmless", name: `options of ${table}` });
      break;
    default: {
      const rule = refused[action as Action];
      if (rule === "rewrite-table" || rule === "restrict-rows") yield* inUse({ rule, name: describeAction(action) });
      else if (rule) yield* lost({ rule, name: `${describeAction(action)} of ${table}` });
      else if (!harmless.includes(action as Action))
        yield* lost({ rule: "not-known-harmless", name: `ALTER TABLE … ${describeAction(action)}` });
    }
  }
  if (cmd.behavior === "DROP_CASCADE" && isOwn)
    yield { rule: "drop-object", name: `with CASCADE whatever uses ${name}` };
}

function describeAction(action: string): string {
  return describeKind(action.replace("AT_", ""));
}

function isTuning({ def }: AlterTableCmd): boolean {
  const options = def && "List" in def ? (def.List.items ?? []) : [];
  return options.every((one) => "DefElem" in one && tuning.test(one.DefElem.defname ?? ""));
}

function constraintsOf(column: ColumnDef): Constraint[] {
  return (column.constraints ?? []).flatMap((one) => ("Constraint" in one ? [one.Constraint] : []));
}

/** ADD COLUMN on a table that has rows. */
function* judgeColumn(column: ColumnDef, table: string, cmd: AlterTableCmd, catalogue: Catalogue): Generator<RuleHit> {
  const name = column.colname ?? "";
  if (cmd.missing_ok && catalogue.column(table, name)) return;
  const constraints = constraintsOf(column);
  const of = (kind: Constraint["contype"]) => constraints.find(({ contype }) => contype === kind);
  const found = (rule: RuleHit["rule"], as = quoteName(name)): RuleHit => ({ rule, name: as, table });
  const counts =
    /^(small|big)?serial[248]?$/.test(readType(column.typeName).name) || of("CONSTR_IDENTITY") !== undefined;
  const given = of("CONSTR_DEFAULT")?.raw_expr;
  if (given && makesAdministrators(name, given)) yield found("make-administrator");
  if (counts) yield found("rewrite-table", `numbers each row in ${quoteName(name)}`);
  if (of("CONSTR_GENERATED")) yield found("rewrite-table", `computes ${quoteName(name)} of each`);
  if (given && !isSteadyThroughout(given))
    yield found("rewrite-table", `each gets a value of its own in ${quoteName(name)}`);
  const hasValue = counts || of("CONSTR_GENERATED") !== undefined || (given !== undefined && !isNull(given));
  if (!hasValue && (of("CONSTR_NOTNULL") ?? of("CONSTR_PRIMARY"))) yield found("required-column");
  if (of("CONSTR_PRIMARY") ?? of("CONSTR_UNIQUE")) yield found("unique-builds-index");
  // Without a value there is nothing to look up: PostgreSQL takes such a key for valid unseen.
  if (of("CONSTR_FOREIGN") && hasValue) yield found("foreign-key-validates");
}

function isNull(expression: Node): boolean {
  if ("TypeCast" in expression) return expression.TypeCast.arg !== undefined && isNull(expression.TypeCast.arg);
  return "A_Const" in expression && expression.A_Const.isnull === true;
}

function isSteadyThroughout(expression: Node): boolean {
  return [...walk(expression)].every(({ kind, body }) => kind !== "FuncCall" || isSteady(body));
}

/** ADD CONSTRAINT on a table that has rows. */
function* judgeConstraint(constraint: Constraint, table: string, catalogue: Catalogue): Generator<RuleHit> {
  const { contype, conname, keys, fk_attrs, raw_expr, skip_validation, indexname } = constraint;
  const columns =
    contype === "CONSTR_CHECK"
      ? [...walk(raw_expr ?? {})].flatMap(({ kind, body }) =>
          kind === "ColumnRef" ? words(body["fields"] as Node[]).slice(-1) : [],
        )
      : words(keys ?? fk_attrs);
  const name = conname ? quoteName(conname) : columns.map(quoteName).join(", ") || "without a name";
  // Columns that the same file has added hold nothing yet, and the running app does not write them.
  const isFresh =
    columns.length > 0 &&
    columns.map((one) => catalogue.column(table, one)).every((one) => one?.origin === "own" && !one.hasDefault);
  if (contype === "CONSTR_FOREIGN") {
    if (!skip_validation && !isFresh) yield { rule: "foreign-key-validates", table, name };
  } else if (contype === "CONSTR_CHECK") {
    if (isFresh) return;
    if (!skip_validation) yield { rule: "check-validates", table, name };
    else if (!isSanity(raw_expr)) yield { rule: "check-on-new-rows", table, name };
  } else if (contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY") {
    if (!indexname) yield { rule: "unique-builds-index", table, name };
  } else if (contype === "CONSTR_EXCLUSION") yield { rule: "add-exclude", table, name };
  else yield { rule: "not-known-harmless", name: `ADD CONSTRAINT ${name}` };
}

/** Bounds that only nonsense misses: more than or other than 0, 1 or nothing at all. */
export function isSanity(expression: Node | undefined): boolean {
  if (!expression || !("A_Expr" in expression)) return false;
  const { name, rexpr } = expression.A_Expr;
  if (!rexpr || !("A_Const" in rexpr) || ![">", ">=", "<>"].includes(words(name).join())) return false;
  const { ival, sval } = rexpr.A_Const;
  return ival ? (ival.ival ?? 0) <= 1 : sval !== undefined && (sval.sval ?? "") === "";
}

function* judgeType(definition: ColumnDef, table: string, column: string, catalogue: Catalogue): Generator<RuleHit> {
  const { typeName, raw_default: using, collClause } = definition;
  const name = quoteName(column);
  const casts = using === undefined ? [] : castsOf(using, column);
  let from = catalogue.column(table, column)?.type;
  const changes = [...(casts ?? []), typeName].map((type) => {
    const to = readType(type);
    const isLabel = ["type", "domain"].some((kind) =>
      catalogue.other(`${kind} ${qualify(words(type?.names), catalogue.current)}`),
    );
    const change = judgeTypeChange(from, to, isLabel);
    from = to;
    return change;
  });
  if (casts === undefined || changes.includes("loses")) yield { rule: "narrow-type", table, name };
  // A collation orders the values anew, so that indexes are built again.
  else if (changes.includes("rewrites") || collClause)
    yield { rule: "rewrite-table", table, name: `${name} gets another type` };
}

/** The types that `USING column::a::b` goes through, or none where a time zone is all that it adds; undefined where it computes. */
function castsOf(expression: Node, column: string): (TypeName | undefined)[] | undefined {
  if ("TypeCast" in expression) {
    const inner = expression.TypeCast.arg && castsOf(expression.TypeCast.arg, column);
    return inner && [...inner, expression.TypeCast.typeName];
  }
  if ("FuncCall" in expression && words(expression.FuncCall.funcname).at(-1) === "timezone") {
    const [, value] = expression.FuncCall.args ?? [];
    return value && castsOf(value, column);
  }
  return "ColumnRef" in expression && words(expression.ColumnRef.fields).at(-1) === column ? [] : undefined;
}
