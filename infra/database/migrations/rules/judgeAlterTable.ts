import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node, TypeName } from "@pgsql/types";

import { isSteady } from "./calls.ts";
import type { Catalogue } from "./catalogue.ts";
import { isSerial, judgeTypeChange, readType } from "./columnTypes.ts";
import type { RuleHit } from "./rules.ts";
import { allOf, as, qualify, quoteName, words } from "./names.ts";
import { makesAdministrators } from "./people.ts";
import { describeKind, walk } from "./shapes.ts";

/** Options that tune storage and statistics alone. */
const tuning =
  /^(fillfactor|autovacuum_(?!enabled).*|toast_tuple_target|parallel_workers|vacuum_.*|log_autovacuum_min_duration|n_distinct.*|deduplicate_items|fastupdate|pages_per_range)$/;

/** Actions of ALTER INDEX that only tune it, or make it a part of a partitioned one. */
const ofIndex = /^AT_(SetRelOptions|ResetRelOptions|SetStatistics|AttachPartition)$/;

/** Judges each action of ALTER TABLE, and ALTER VIEW, INDEX and the like, which share its tree. */
export function* judgeAlterTable(
  { relation, cmds = [], objtype }: AlterTableStmt,
  catalogue: Catalogue,
): Generator<RuleHit> {
  const table = catalogue.nameOf(relation);
  for (const cmd of allOf(cmds, "AlterTableCmd")) {
    if (cmd.subtype === "AT_ChangeOwner") yield { rule: "change-owner", table, name: table };
    else if (objtype === "OBJECT_INDEX" && ofIndex.test(cmd.subtype ?? "") && isTuning(cmd)) continue;
    else if (objtype === "OBJECT_VIEW" || objtype === "OBJECT_SEQUENCE" || objtype === "OBJECT_TYPE") {
      const key = `${objtype.slice(7).toLowerCase()} ${table}`;
      if (!catalogue.isOwnObject(key)) yield { rule: "change-security", name: key };
    } else if (objtype !== "OBJECT_TABLE") yield { rule: "not-known-harmless", name: `ALTER of ${table}` };
    else yield* judgeAction(cmd, table, catalogue);
  }
}

/** Actions that change the catalogue alone, and nothing that anybody notices. */
const harmless = ["AT_SetStatistics", "AT_SetStorage", "AT_SetCompression"];

/** Actions that open, hide or break something, by rule. */
const refusedBy: Partial<Record<RuleHit["rule"], string>> = {
  "change-security": "DisableRowSecurity NoForceRowSecurity DisableTrig DisableTrigAll DisableTrigUser DisableRule",
  "restrict-rows": "EnableRowSecurity ForceRowSecurity",
  "detach-partition": "DropInherit DetachPartition DetachPartitionFinalize",
  "rewrite-table": "SetLogged SetAccessMethod SetExpression",
};

const refused = new Map(
  Object.entries(refusedBy).flatMap(([rule, actions]) =>
    actions.split(" ").map((action) => [`AT_${action}`, rule as RuleHit["rule"]]),
  ),
);

function* judgeAction(cmd: AlterTableCmd, table: string, catalogue: Catalogue): Generator<RuleHit> {
  const column = cmd.name ?? "";
  const name = quoteName(column);
  const isNew = catalogue.isNew(table);
  const known = catalogue.column(table, column);
  // A column that IF NOT EXISTS may have found counts as lost too.
  const isOwn = catalogue.isOwn(table) || known?.origin === "own";
  const action: string = cmd.subtype ?? "";
  const definition = as(cmd.def, "ColumnDef");
  const inUse = (hit: RuleHit) => (isNew ? [] : [{ table, ...hit }]);
  const lost = (hit: RuleHit) => (isOwn ? [] : [{ table, ...hit }]);
  switch (action) {
    case "AT_AddColumn":
      if (!isNew && definition) yield* judgeColumn(definition, table, cmd, catalogue);
      break;
    case "AT_DropColumn":
      yield* lost({ rule: "drop-column", name });
      break;
    case "AT_ColumnDefault":
      if (makesAdministrators(column, cmd.def) && !catalogue.isOwn(table))
        yield { rule: "make-administrator", table, name };
      // The running app does not know a column that the same file has added, and gives no value.
      if (!cmd.def) yield* (known?.origin === "own" && known.notNull ? inUse : lost)({ rule: "drop-default", name });
      else if (known?.hasDefault !== false) yield* lost({ rule: "change-default", name });
      break;
    case "AT_AlterColumnType":
      if (!isOwn && definition) yield* judgeType(definition, table, column, catalogue);
      break;
    case "AT_SetNotNull":
      if (!catalogue.isNeverNull(table, column)) yield* inUse({ rule: "set-not-null", name });
      break;
    case "AT_DropNotNull":
      yield* lost({ rule: "drop-not-null", name });
      break;
    case "AT_AddConstraint": {
      const constraint = as(cmd.def, "Constraint");
      if (!isNew && constraint) yield* judgeConstraint(constraint, table, catalogue);
      break;
    }
    case "AT_ValidateConstraint":
      if (catalogue.check(table, column)?.origin === "own") yield* inUse({ rule: "validate-at-once", name });
      break;
    case "AT_DropConstraint": {
      const check = catalogue.check(table, column);
      const helped = check?.notNullOf !== undefined && catalogue.column(table, check.notNullOf)?.notNull === true;
      if (!helped && check?.origin !== "own") yield* lost({ rule: "drop-check", name });
      break;
    }
    case "AT_AttachPartition":
      if (!catalogue.isNew(catalogue.nameOf(as(cmd.def, "PartitionCmd")?.name)))
        yield { rule: "attach-partition", table };
      break;
    default: {
      const rule = refused.get(action);
      if (rule === "rewrite-table" || rule === "restrict-rows") yield* inUse({ rule, name: describeAction(action) });
      else if (rule) yield* lost({ rule, name: `${describeAction(action)} of ${table}` });
      else if (!harmless.includes(action) && !(/^AT_(Set|Reset)(Rel)?Options$/.test(action) && isTuning(cmd)))
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
  return allOf(as(def, "List")?.items, "DefElem").every(({ defname = "" }) => tuning.test(defname));
}

/** Judges ADD COLUMN on a table that has rows. */
function* judgeColumn(column: ColumnDef, table: string, cmd: AlterTableCmd, catalogue: Catalogue): Generator<RuleHit> {
  const name = column.colname ?? "";
  if (cmd.missing_ok && catalogue.column(table, name)) return;
  const constraints = allOf(column.constraints, "Constraint");
  const of = (kind: Constraint["contype"]) => constraints.find(({ contype }) => contype === kind);
  const found = (rule: RuleHit["rule"], as = quoteName(name)): RuleHit => ({ rule, name: as, table });
  const counts = isSerial(column.typeName) || of("CONSTR_IDENTITY") !== undefined;
  const given = of("CONSTR_DEFAULT")?.raw_expr;
  if (given && makesAdministrators(name, given)) yield found("make-administrator");
  if (counts) yield found("rewrite-table", `numbers each row in ${quoteName(name)}`);
  if (of("CONSTR_GENERATED")) yield found("rewrite-table", `computes ${quoteName(name)} of each`);
  if (given && !isSteadyThroughout(given))
    yield found("rewrite-table", `each gets a value of its own in ${quoteName(name)}`);
  if (findNamed(column.typeName, ["domain"], catalogue))
    yield found("rewrite-table", `checks ${quoteName(name)} of each`);
  const hasValue = counts || of("CONSTR_GENERATED") !== undefined || (given !== undefined && !isNull(given));
  if (!hasValue && (of("CONSTR_NOTNULL") ?? of("CONSTR_PRIMARY"))) yield found("required-column");
  if (of("CONSTR_PRIMARY") ?? of("CONSTR_UNIQUE")) yield found("unique-builds-index");
  if (of("CONSTR_CHECK") && hasValue) yield found("check-validates");
  // A key without values needs no look-up: PostgreSQL takes it for valid unseen.
  if (of("CONSTR_FOREIGN") && hasValue) yield found("foreign-key-validates");
}

function isNull(expression: Node): boolean {
  const cast = as(expression, "TypeCast")?.arg;
  return cast ? isNull(cast) : as(expression, "A_Const")?.isnull === true;
}

function isSteadyThroughout(expression: Node): boolean {
  return [...walk(expression)].every(({ kind, body }) => kind !== "FuncCall" || isSteady(body));
}

/** Judges ADD CONSTRAINT on a table that has rows. */
function* judgeConstraint(constraint: Constraint, table: string, catalogue: Catalogue): Generator<RuleHit> {
  const { contype, conname, keys, fk_attrs, fk_del_action, raw_expr, skip_validation, indexname } = constraint;
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
  if (contype === "CONSTR_FOREIGN" || contype === "CONSTR_CHECK") {
    if (isFresh) return;
    if (contype === "CONSTR_CHECK")
      yield { rule: skip_validation ? "check-on-new-rows" : "check-validates", table, name };
    else if (!skip_validation) yield { rule: "foreign-key-validates", table, name };
    if (/^[cnd]$/.test(fk_del_action ?? "")) yield { rule: "cascades", table, name };
  } else if (contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY") {
    if (!indexname) yield { rule: "unique-builds-index", table, name };
  } else if (contype === "CONSTR_EXCLUSION") yield { rule: "add-exclude", table, name };
  else yield { rule: "not-known-harmless", name: `ADD CONSTRAINT ${name}` };
}

function* judgeType(definition: ColumnDef, table: string, column: string, catalogue: Catalogue): Generator<RuleHit> {
  const { typeName, raw_default: using, collClause } = definition;
  const name = quoteName(column);
  const casts = using === undefined ? [] : castsOf(using, column);
  let from = catalogue.column(table, column)?.type;
  const changes = [...(casts ?? []), typeName].map((type) => {
    const to = readType(type);
    const change = judgeTypeChange(from, to, findNamed(type, ["type", "domain"], catalogue));
    from = to;
    return change;
  });
  if (casts === undefined || changes.includes("loses")) yield { rule: "narrow-type", table, name };
  // A collation orders the values anew, so that indexes are built again.
  else if (changes.includes("rewrites") || collClause)
    yield { rule: "rewrite-table", table, name: `${name} gets another type` };
}

function findNamed(type: TypeName | undefined, kinds: string[], catalogue: Catalogue): boolean {
  return kinds.some((kind) => catalogue.other(`${kind} ${qualify(words(type?.names), catalogue.current)}`));
}

/** Returns the types in `USING column::a::b`, or none where it only adds a time zone; undefined where it computes. */
function castsOf(expression: Node, column: string): (TypeName | undefined)[] | undefined {
  const { arg, typeName } = as(expression, "TypeCast") ?? {};
  const inner = arg && castsOf(arg, column);
  if (arg) return inner && [...inner, typeName];
  const { funcname, args } = as(expression, "FuncCall") ?? {};
  if (words(funcname).at(-1) === "timezone") return args?.[1] && castsOf(args[1], column);
  return words(as(expression, "ColumnRef")?.fields).at(-1) === column ? [] : undefined;
}
