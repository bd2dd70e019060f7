import type {
  AlterDomainStmt,
  AlterEnumStmt,
  AlterFunctionStmt,
  AlterObjectSchemaStmt,
  AlterSeqStmt,
  CreateFunctionStmt,
  CreateStmt,
  CreateTrigStmt,
  DefineStmt,
  DropStmt,
  IndexStmt,
  Node,
  RenameStmt,
  RuleStmt,
  ViewStmt,
} from "@pgsql/types";

import type { Catalogue } from "./catalogue.ts";
import type { RuleHit } from "./rules.ts";
import { judgeSetting } from "./judgeAccess.ts";
import { isSanity } from "./judgeAlterTable.ts";
import { nameParts, qualify, quoteName, relationName, words } from "./names.ts";
import { dropKeys, dropKind } from "./objectKeys.ts";
import { describeKind } from "./shapes.ts";

/** What makes, changes, renames and drops objects, tables' actions apart. */
export const objectJudges = {
  CreateStmt: judgeTable,
  IndexStmt: judgeIndex,
  ViewStmt: judgeView,
  CreateFunctionStmt: judgeFunction,
  AlterFunctionStmt: judgeAlterFunction,
  CreateTrigStmt: judgeTrigger,
  RuleStmt: judgeRule,
  DefineStmt: judgeDefine,
  AlterEnumStmt: judgeEnum,
  AlterDomainStmt: judgeDomain,
  AlterSeqStmt: judgeSequence,
  RenameStmt: judgeRename,
  AlterObjectSchemaStmt: judgeMove,
  DropStmt: judgeDrop,
};

function* judgeTable({ relation, inhRelations = [], partbound }: CreateStmt, catalogue: Catalogue): Generator<RuleHit> {
  const name = relationName(relation, catalogue.current);
  if (relation?.relpersistence === "u")
    yield { rule: "not-known-harmless", name: `UNLOGGED table ${name}, empty after a crash` };
  // A part of a partitioned table is empty; a child by INHERITS shows its rows, and takes the parent's changes.
  if (!partbound)
    for (const parent of inhRelations)
      if ("RangeVar" in parent && !catalogue.isNew(catalogue.nameOf(parent.RangeVar)))
        yield { rule: "not-known-harmless", name: `INHERITS ${catalogue.nameOf(parent.RangeVar)}` };
}

function* judgeIndex({ idxname, relation, concurrent }: IndexStmt, catalogue: Catalogue): Generator<RuleHit> {
  const table = catalogue.nameOf(relation);
  const isView = catalogue.isOwnObject(`materialized view ${table}`);
  if (!concurrent && !catalogue.isNew(table) && !isView)
    yield { rule: "index-without-concurrently", table, name: idxname ? quoteName(idxname) : `on ${table}` };
}

/**
 * CREATE OR REPLACE keeps nothing that it does not repeat, and fails nowhere. What no file has made is most likely new; where a guard may
 * hang on it, that is said.
 */
function* judgeReplace(key: string, isGuard: boolean, catalogue: Catalogue): Generator<RuleHit> {
  const known = catalogue.other(key);
  if (known && known.origin !== "own") yield { rule: "replace", name: `the ${key}` };
  else if (!known && isGuard) yield { rule: "may-replace", name: `the ${key}` };
}

function* judgeView({ view, replace, options = [] }: ViewStmt, catalogue: Catalogue): Generator<RuleHit> {
  const key = `view ${relationName(view, catalogue.current)}`;
  const names = options.map((one) => ("DefElem" in one ? (one.DefElem.defname ?? "") : ""));
  if (replace) yield* judgeReplace(key, !names.includes("security_invoker"), catalogue);
  for (const name of names)
    if (!["security_invoker", "security_barrier", "check_option"].includes(name))
      yield { rule: "not-known-harmless", name: `${key} with ${name}` };
}

function* judgeFunction(
  { funcname, replace, options = [], returnType }: CreateFunctionStmt,
  catalogue: Catalogue,
): Generator<RuleHit> {
  const name = qualify(words(funcname), catalogue.current);
  let isDefiner = false;
  let hasSearchPath = false;
  for (const one of options) {
    const { defname = "", arg } = "DefElem" in one ? one.DefElem : {};
    if (defname === "security") isDefiner = isTrue(arg);
    else if (defname === "set" && arg && "VariableSetStmt" in arg) {
      if (arg.VariableSetStmt.name === "search_path") hasSearchPath = arg.VariableSetStmt.kind !== "VAR_SET_CURRENT";
      else yield* judgeSetting(arg.VariableSetStmt);
    } else if (defname === "language") {
      const [language = ""] = nameParts(arg);
      if (!["sql", "plpgsql"].includes(language))
        yield { rule: "not-known-harmless", name: `function ${name} in ${language}` };
    } else if (!["as", "volatility", "strict", "parallel", "cost", "rows", "window"].includes(defname))
      yield { rule: "not-known-harmless", name: `function ${name} with ${defname}` };
  }
  if (isDefiner && !hasSearchPath) yield { rule: "definer-without-search-path", name };
  // What answers yes or no is asked by policies and checks.
  if (replace) yield* judgeReplace(`function ${name}`, words(returnType?.names).at(-1) === "bool", catalogue);
}

function isTrue(arg: Node | undefined): boolean {
  return arg !== undefined && "Boolean" in arg && arg.Boolean.boolval === true;
}

function* judgeAlterFunction({ func }: AlterFunctionStmt, catalogue: Catalogue): Generator<RuleHit> {
  const key = `function ${qualify(words(func?.objname), catalogue.current)}`;
  if (!catalogue.isOwnObject(key)) yield { rule: "change-security", name: `the ${key}` };
}

function* judgeTrigger(
  { relation, trigname = "", funcname, replace }: CreateTrigStmt,
  catalogue: Catalogue,
): Generator<RuleHit> {
  const table = catalogue.nameOf(relation);
  if (catalogue.isNew(table)) return;
  const name = quoteName(trigname);
  if (replace) yield* judgeReplace(`trigger ${name} on ${table}`, true, catalogue);
  const calls = `function ${qualify(words(funcname), catalogue.current)}`;
  yield catalogue.other(calls)?.origin === "own"
    ? { rule: "create-trigger", table, name }
    : { rule: "unseen-trigger", table, name: calls };
}

function* judgeRule({ relation, rulename = "" }: RuleStmt, catalogue: Catalogue): Generator<RuleHit> {
  const table = catalogue.nameOf(relation);
  if (!catalogue.isOwn(table))
    yield { rule: "not-known-harmless", name: `rewrite rule ${quoteName(rulename)} on ${table}` };
}

function* judgeDefine({ kind, replace }: DefineStmt): Generator<RuleHit> {
  const known = ["OBJECT_AGGREGATE", "OBJECT_COLLATION", "OBJECT_TSCONFIGURATION", "OBJECT_TSDICTIONARY"];
  if (!known.includes(kind ?? "") || replace)
    yield { rule: "not-known-harmless", name: `create ${describeKind((kind ?? "").replace("OBJECT_", ""))}` };
}

function* judgeEnum({ typeName, oldVal }: AlterEnumStmt, catalogue: Catalogue): Generator<RuleHit> {
  const name = qualify(words(typeName), catalogue.current);
  if (oldVal !== undefined && !catalogue.isOwnObject(`type ${name}`))
    yield { rule: "rename", name: `the value ${oldVal} of ${name}` };
}

/** `subtype` is the letter that the grammar gives each form of ALTER DOMAIN. */
function* judgeDomain(
  { subtype, typeName, name = "", def }: AlterDomainStmt,
  catalogue: Catalogue,
): Generator<RuleHit> {
  const domain = qualify(words(typeName), catalogue.current);
  if (catalogue.isOwnObject(`domain ${domain}`)) return;
  const waits = def && "Constraint" in def && def.Constraint.skip_validation;
  if (subtype === "C" && waits && isSanity(def.Constraint.raw_expr)) return;
  if (subtype === "C" && waits) yield { rule: "check-on-new-rows", name: domain, table: domain };
  else if (subtype === "C" || subtype === "O") yield { rule: "domain-constraint", name: domain };
  else if (subtype === "X") yield { rule: "drop-check", name: quoteName(name), table: domain };
  else if (subtype !== "V") yield { rule: "change-default", name: "the type", table: domain };
}

function* judgeSequence({ sequence, options = [] }: AlterSeqStmt, catalogue: Catalogue): Generator<RuleHit> {
  const name = relationName(sequence, catalogue.current);
  const isOwn = catalogue.isOwnObject(`sequence ${name}`);
  const harmless = options.every((one) => "DefElem" in one && one.DefElem.defname === "cache");
  if (!isOwn && !harmless) yield { rule: "move-sequence", name };
}

/** What nobody outside the database says by name. */
const unspoken: (RenameStmt["renameType"] | undefined)[] = [
  "OBJECT_INDEX",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_STATISTIC_EXT",
];

function* judgeRename(
  { renameType, relation, object, subname = "" }: RenameStmt,
  catalogue: Catalogue,
): Generator<RuleHit> {
  if (unspoken.includes(renameType)) return;
  const table = relation && catalogue.nameOf(relation);
  if (table && (catalogue.isNew(table) || catalogue.column(table, subname)?.origin === "own")) return;
  const name = table ?? qualify(nameParts(object), catalogue.current);
  const kind = describeKind((renameType ?? "").replace("OBJECT_", ""));
  if (["view", "type", "domain", "function", "sequence"].some((one) => catalogue.isOwnObject(`${one} ${name}`))) return;
  yield {
    rule: "rename",
    name: `the ${kind} ${subname === "" ? name : `${quoteName(subname)} of ${name}`}`,
    ...(table && { table }),
  };
}

function* judgeMove({ relation, object }: AlterObjectSchemaStmt, catalogue: Catalogue): Generator<RuleHit> {
  const table = relation && catalogue.nameOf(relation);
  if (!table || !catalogue.isOwn(table))
    yield { rule: "rename", name: table ?? qualify(nameParts(object), catalogue.current), ...(table && { table }) };
}

/** DROP of anything. What the same file has made is not lost, unless CASCADE takes others along. */
function* judgeDrop(drop: DropStmt, catalogue: Catalogue): Generator<RuleHit> {
  const kind = dropKind(drop);
  const cascades = drop.behavior === "DROP_CASCADE";
  const keys = dropKeys(drop, catalogue.current);
  for (const [index, object] of (drop.objects ?? []).entries()) {
    const key = keys[index]!;
    const parts = nameParts(object);
    const table =
      kind === "table" ? catalogue.nameOf(asRelation(parts)) : qualify(parts.slice(0, -1), catalogue.current);
    if (kind === "table") {
      if (!catalogue.isOwn(table)) yield { rule: "drop-table", table, name: table };
    } else if (catalogue.isOwnObject(key) && !cascades) continue;
    else if (kind === "index") yield* judgeDropIndex(key, drop.concurrent === true, catalogue);
    else if (["trigger", "policy", "rule"].includes(kind)) {
      if (!catalogue.isNew(table)) yield { rule: "drop-object", table, name: `the ${key}` };
    } else
      yield {
        rule: "drop-object",
        name: kind === "object" ? describeKind((drop.removeType ?? "").replace("OBJECT_", "")) : `the ${key}`,
      };
  }
}

function* judgeDropIndex(key: string, concurrent: boolean, catalogue: Catalogue): Generator<RuleHit> {
  const known = catalogue.other(key);
  const name = key.replace("index ", "");
  if (known?.table && catalogue.isNew(known.table)) return;
  const at = known?.table ? { table: known.table } : {};
  if (known?.unique) yield { rule: "drop-check", name, ...at, table: known.table ?? name };
  else if (!concurrent) yield { rule: "drop-index", name, ...at };
}

function asRelation(parts: readonly string[]) {
  const [relname, schemaname] = [...parts].reverse();
  return { relname: relname ?? "", ...(schemaname !== undefined && { schemaname }) };
}
