import type { Node } from "@pgsql/types";

import type { Catalogue } from "./catalogue.ts";
import type { Judges, RuleHit } from "./rules.ts";
import { allOf, as, quoteName, words } from "./names.ts";
import { isAboutPeople, makesAdministrators } from "./people.ts";

/** As CreateTrigStmt counts them. */
const events = { insert: 4, delete: 8, update: 16, truncate: 32 };

/** Judges of statements that write rows, also inside other statements. Rows that the same file has written are its own affair. */
export const rowJudges = {
  *InsertStmt({ relation, cols = [], selectStmt, onConflictClause }, catalogue) {
    const table = catalogue.nameOf(relation);
    yield* judgeTriggers(catalogue, table, events.insert);
    if (catalogue.isNew(table)) return;
    const action = onConflictClause?.action;
    if (action === "ONCONFLICT_UPDATE")
      yield { rule: "overwrite-rows", table, name: columnsOf(onConflictClause?.targetList) };
    yield* judgeNewRows(table, catalogue);
    if (targetNames(cols).some((column) => makesAdministrators(column, selectStmt)))
      yield { rule: "make-administrator", table, name: "new rows" };
    const query = as(selectStmt, "SelectStmt");
    if (query && !query.valuesLists && action === undefined) yield { rule: "copy-rows", table };
  },

  *UpdateStmt({ relation, targetList = [], whereClause }, catalogue) {
    const table = catalogue.nameOf(relation);
    yield* judgeTriggers(catalogue, table, events.update);
    if (catalogue.isOwn(table)) return;
    const targets = allOf(targetList, "ResTarget");
    for (const { name = "", val } of targets)
      if (makesAdministrators(name, val)) yield { rule: "make-administrator", table, name: quoteName(name) };
    const guarded = nullsOf(whereClause);
    // A column that the file has added holds nothing yet. A column of IF NOT EXISTS holds nothing in rows that the condition says are null.
    const old = targets.filter(({ name = "" }) => {
      const origin = catalogue.column(table, name)?.origin ?? "existing";
      return origin === "existing" || (origin === "ifNotExists" && !guarded.includes(name));
    });
    if (old.length === 0) return;
    const name = old.map((target) => quoteName(target.name ?? "")).join(", ");
    const fills = old.every((target) => guarded.includes(target.name ?? "") && isPlainConstant(target.val));
    yield { rule: fills ? "fill-nulls" : "overwrite-rows", table, name };
  },

  *DeleteStmt({ relation }, catalogue) {
    const table = catalogue.nameOf(relation);
    yield* judgeTriggers(catalogue, table, events.delete);
    if (!catalogue.isOwn(table)) yield { rule: "delete-rows", table };
  },

  *MergeStmt({ relation, mergeWhenClauses = [] }, catalogue) {
    const table = catalogue.nameOf(relation);
    yield* judgeTriggers(catalogue, table, events.insert | events.update | events.delete);
    if (catalogue.isOwn(table)) return;
    for (const { commandType, targetList } of allOf(mergeWhenClauses, "MergeWhenClause")) {
      if (commandType === "CMD_DELETE") yield { rule: "delete-rows", table };
      else if (commandType === "CMD_UPDATE") yield { rule: "overwrite-rows", table, name: columnsOf(targetList) };
      else if (commandType === "CMD_INSERT") yield* judgeNewRows(table, catalogue);
    }
  },

  *TruncateStmt({ relations = [], behavior }, catalogue) {
    for (const one of allOf(relations, "RangeVar")) {
      const table = catalogue.nameOf(one);
      yield* judgeTriggers(catalogue, table, events.truncate);
      if (!catalogue.isOwn(table) || behavior === "DROP_CASCADE") yield { rule: "delete-rows", table };
    }
  },
} satisfies Judges;

/** Judges new rows. Rows of tables outside the app's are logins, jobs, secrets, buckets, our ledger. */
function* judgeNewRows(table: string, catalogue: Catalogue): Generator<RuleHit> {
  if (!catalogue.isOfApp(table)) yield { rule: "change-security", table, name: `rows of ${table}` };
  else if (isAboutPeople(table)) yield { rule: "make-administrator", table, name: "new rows" };
}

/** Judges triggers of the same file, which run their functions at this very statement. */
function* judgeTriggers(catalogue: Catalogue, table: string, event: number): Generator<RuleHit> {
  if (catalogue.runsAt(table, event))
    yield { rule: "calls-function", name: `what the triggers and rules of ${table} call` };
}

/** Returns the columns that a condition demands to be null, by ANDs alone. */
function nullsOf(condition: Node | undefined): string[] {
  const { boolop, args = [] } = as(condition, "BoolExpr") ?? {};
  if (boolop === "AND_EXPR") return args.flatMap(nullsOf);
  const { nulltesttype, arg } = as(condition, "NullTest") ?? {};
  return nulltesttype === "IS_NULL" ? words(as(arg, "ColumnRef")?.fields).slice(-1) : [];
}

/** Returns whether a value is a number or a text. A time or a boolean in place of NULL often means that something was done. */
function isPlainConstant(value: Node | undefined): boolean {
  const { ival, fval, sval } = as(value, "A_Const") ?? {};
  return ival !== undefined || fval !== undefined || (sval !== undefined && !/^\d{4}-\d\d/.test(sval.sval ?? ""));
}

function columnsOf(targets: readonly Node[] | undefined): string {
  return targetNames(targets).map(quoteName).join(", ");
}

function targetNames(targets: readonly Node[] | undefined): string[] {
  return allOf(targets, "ResTarget").map(({ name = "" }) => name);
}
