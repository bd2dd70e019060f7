import type { DropStmt, Node } from "@pgsql/types";

import type { Catalogue } from "./catalogue.ts";
import type { Judges, RuleHit } from "./rules.ts";
import { pureFunctions } from "./calls.ts";
import { judgeSetting } from "./judgeAccess.ts";
import { isOn } from "./judgeMaintenance.ts";
import { allOf, as, nameParts, qualify, quoteName, relationName, words } from "./names.ts";
import { dropKeys, dropKind } from "./objectKeys.ts";
import { describeKind, walk } from "./shapes.ts";

/** Judges of statements that make, change, rename and drop objects; judgeAlterTable has the actions of tables. */
export const objectJudges = {
  *CreateSchemaStmt({ schemaElts, authrole }) {
    if (authrole) yield { rule: "change-owner", name: "the schema" };
    if (schemaElts) yield { rule: "not-known-harmless", name: "CREATE SCHEMA with elements" };
  },

  *CreateStmt({ relation, inhRelations = [], partbound }, catalogue) {
    const name = relationName(relation, catalogue.current);
    if (relation?.relpersistence === "u")
      yield { rule: "not-known-harmless", name: `UNLOGGED table ${name}, empty after a crash` };
    // A part of a partitioned table is empty; a child by INHERITS shows its rows, and takes the parent's changes.
    if (!partbound)
      for (const parent of allOf(inhRelations, "RangeVar").map((one) => catalogue.nameOf(one)))
        if (!catalogue.isNew(parent)) yield { rule: "not-known-harmless", name: `INHERITS ${parent}` };
  },

  *IndexStmt({ idxname, relation, concurrent }, catalogue) {
    const table = catalogue.nameOf(relation);
    const isView = catalogue.isOwnObject(`materialized view ${table}`);
    if (!concurrent && !catalogue.isNew(table) && !isView)
      yield { rule: "index-without-concurrently", table, name: idxname ? quoteName(idxname) : `on ${table}` };
  },

  *ViewStmt({ view, replace, query, options = [] }, catalogue) {
    const key = `view ${relationName(view, catalogue.current)}`;
    const asOwner = !isOn(options, "security_invoker");
    if (replace) yield* judgeReplace(key, asOwner, catalogue);
    if (asOwner) yield* judgeShown(key, query, catalogue);
    for (const { defname = "" } of allOf(options, "DefElem"))
      if (!["security_invoker", "security_barrier", "check_option"].includes(defname))
        yield { rule: "not-known-harmless", name: `${key} with ${defname}` };
  },

  *SelectStmt(query, catalogue) {
    if (query.intoClause) yield* judgeShown(catalogue.nameOf(query.intoClause.rel), { SelectStmt: query }, catalogue);
  },

  *CreateTableAsStmt({ into, query }, catalogue) {
    yield* judgeShown(catalogue.nameOf(into?.rel), query, catalogue);
  },

  *CreateFunctionStmt({ funcname, replace, options, parameters, returnType }, catalogue) {
    const name = qualify(words(funcname), catalogue.current);
    const given = allOf(options, "DefElem");
    const option = (asked: string) => given.find(({ defname }) => defname === asked)?.arg;
    const settings = given.flatMap(({ arg }) => as(arg, "VariableSetStmt") ?? []);
    for (const setting of settings) if (setting.name !== "search_path") yield* judgeSetting(setting);
    const [language = "sql"] = nameParts(option("language"));
    if (!["sql", "plpgsql"].includes(language))
      yield { rule: "not-known-harmless", name: `function ${name} in ${language}` };
    for (const { defname = "" } of given)
      if (!"as cost language parallel rows security set strict volatility window".split(" ").includes(defname))
        yield { rule: "not-known-harmless", name: `function ${name} with ${defname}` };
    if (as(option("security"), "Boolean")?.boolval) {
      if (!settings.some(({ name, kind }) => name === "search_path" && kind !== "VAR_SET_CURRENT"))
        yield { rule: "definer-without-search-path", name };
      const isAsked = allOf(parameters, "FunctionParameter").some(({ mode = "" }) => !/_(OUT|TABLE)$/.test(mode));
      if (isAsked && /\bexecute\b/i.test(nameParts(option("as"))[0] ?? ""))
        yield { rule: "change-security", name: `${name} puts SQL together and runs it with its owner's rights` };
    }
    // A better match of the arguments' types is found before PostgreSQL's own.
    const [, plain] = name.split("public.");
    if (plain && pureFunctions().has(plain)) yield { rule: "may-replace", name: `PostgreSQL's own ${plain}` };
    // Policies and checks call functions that answer yes or no.
    if (replace) yield* judgeReplace(`function ${name}`, words(returnType?.names).at(-1) === "bool", catalogue);
  },

  *AlterFunctionStmt({ func, actions }, catalogue) {
    const key = `function ${qualify(words(func?.objname), catalogue.current)}`;
    const isGuard = allOf(actions, "DefElem").some(({ defname }) => defname === "security");
    if (isGuard || !catalogue.isOwnObject(key)) yield { rule: "change-security", name: `the ${key}` };
  },

  *CreateTrigStmt({ relation, trigname = "", funcname, replace }, catalogue) {
    const table = catalogue.nameOf(relation);
    if (catalogue.isNew(table)) return;
    const name = quoteName(trigname);
    if (replace) yield* judgeReplace(`trigger ${name} on ${table}`, true, catalogue);
    const calls = `function ${qualify(words(funcname), catalogue.current)}`;
    yield catalogue.other(calls)?.origin === "own"
      ? { rule: "create-trigger", table, name }
      : { rule: "unseen-trigger", table, name: calls };
  },

  *RuleStmt({ relation, rulename = "" }, catalogue) {
    const table = catalogue.nameOf(relation);
    if (!catalogue.isOwn(table))
      yield { rule: "not-known-harmless", name: `rewrite rule ${quoteName(rulename)} on ${table}` };
  },

  *DefineStmt({ kind, replace }) {
    const known = ["OBJECT_AGGREGATE", "OBJECT_COLLATION", "OBJECT_TSCONFIGURATION", "OBJECT_TSDICTIONARY"];
    if (!known.includes(kind ?? "") || replace)
      yield { rule: "not-known-harmless", name: `create ${describeKind((kind ?? "").replace("OBJECT_", ""))}` };
  },

  *AlterEnumStmt({ typeName, oldVal }, catalogue) {
    const name = qualify(words(typeName), catalogue.current);
    if (oldVal !== undefined && !catalogue.isOwnObject(`type ${name}`))
      yield { rule: "rename", name: `the value ${oldVal} of ${name}` };
  },

  /** `subtype` is the letter that the grammar gives each form of ALTER DOMAIN. */
  *AlterDomainStmt({ subtype, typeName, name = "", def }, catalogue) {
    const domain = qualify(words(typeName), catalogue.current);
    if (catalogue.isOwnObject(`domain ${domain}`)) return;
    if (subtype === "C" && as(def, "Constraint")?.skip_validation)
      yield { rule: "check-on-new-rows", name: domain, table: domain };
    else if (subtype === "C" || subtype === "O") yield { rule: "domain-constraint", name: domain };
    else if (subtype === "X") yield { rule: "drop-check", name: quoteName(name), table: domain };
    else if (subtype === "N") yield { rule: "drop-not-null", name: "the type", table: domain };
    else if (subtype === "T") yield { rule: def ? "change-default" : "drop-default", name: "the type", table: domain };
  },

  *AlterSeqStmt({ sequence, options = [] }, catalogue) {
    const name = relationName(sequence, catalogue.current);
    const isOwn = catalogue.isOwnObject(`sequence ${name}`);
    const harmless = allOf(options, "DefElem").every(({ defname }) => defname === "cache");
    if (!isOwn && !harmless) yield { rule: "move-sequence", name };
  },

  *RenameStmt({ renameType, relation, object, subname = "" }, catalogue) {
    if (unspoken.includes(renameType ?? "")) return;
    const table = relation && catalogue.nameOf(relation);
    if (table && (catalogue.isNew(table) || catalogue.column(table, subname)?.origin === "own")) return;
    const name = table ?? qualify(nameParts(object), catalogue.current);
    const kind = describeKind((renameType ?? "").replace("OBJECT_", ""));
    if (catalogue.isOwnOfKinds(["view", "type", "domain", "function", "sequence"], name)) return;
    yield {
      rule: "rename",
      name: `the ${kind} ${subname === "" ? name : `${quoteName(subname)} of ${name}`}`,
      ...(table && { table }),
    };
  },

  *AlterObjectSchemaStmt({ relation, object }, catalogue) {
    const table = relation && catalogue.nameOf(relation);
    if (!table || !catalogue.isOwn(table))
      yield { rule: "rename", name: table ?? qualify(nameParts(object), catalogue.current), ...(table && { table }) };
  },

  /** Judges DROP. An object that the same file has made is no loss, unless CASCADE takes others along. */
  *DropStmt(drop: DropStmt, catalogue) {
    const kind = dropKind(drop);
    const cascades = drop.behavior === "DROP_CASCADE";
    const keys = dropKeys(drop, catalogue.current);
    for (const [index, object] of (drop.objects ?? []).entries()) {
      const key = keys[index]!;
      const parts = nameParts(object);
      const table =
        kind === "table"
          ? catalogue.nameOf({ relname: parts.at(-1) ?? "", schemaname: parts.at(-2) ?? "" })
          : qualify(parts.slice(0, -1), catalogue.current);
      if (kind === "table") {
        if (!catalogue.isOwn(table)) yield { rule: "drop-table", table, name: table };
      } else if (catalogue.isOwnObject(key) && !cascades) continue;
      // A DROP of an object unknown to earlier files makes room for the object that this file makes.
      else if (kind === "trigger" && drop.missing_ok && catalogue.makesFirst(key)) continue;
      else if (kind === "function" && drop.missing_ok && !cascades && catalogue.makesFirst(key))
        yield { rule: "may-replace", name: `the ${key}` };
      else if (kind === "index") yield* judgeDropIndex(key, drop.concurrent === true, catalogue);
      else if (["trigger", "policy", "rule"].includes(kind)) {
        if (!catalogue.isNew(table)) yield { rule: "drop-object", table, name: `the ${key}` };
      } else
        yield {
          rule: "drop-object",
          name: kind === "object" ? describeKind((drop.removeType ?? "").replace("OBJECT_", "")) : `the ${key}`,
        };
    }
  },
} satisfies Judges;

/** Judges the query of a view or table: its readers see what its owner sees, such as the logins that Supabase keeps from the app. */
function* judgeShown(name: string, query: Node | undefined, catalogue: Catalogue): Generator<RuleHit> {
  for (const { kind, body } of walk(query ?? {})) {
    const from = kind === "RangeVar" ? catalogue.nameOf(body) : "pg_catalog.";
    if (!/^(pg_catalog|information_schema)\./.test(from) && !catalogue.isOfApp(from))
      yield { rule: "change-security", name: `${name} shows what is kept in ${from}` };
  }
}

/**
 * Judges CREATE OR REPLACE, which keeps only what it repeats. An object of no file is most likely new, unless a guard may depend on it.
 */
function* judgeReplace(key: string, isGuard: boolean, catalogue: Catalogue): Generator<RuleHit> {
  const known = catalogue.other(key);
  if (known && known.origin !== "own") yield { rule: "replace", name: `the ${key}` };
  else if (!known && isGuard) yield { rule: "may-replace", name: `the ${key}` };
}

/** Kinds of object that nobody outside the database addresses by name. */
const unspoken = ["OBJECT_INDEX", "OBJECT_TABCONSTRAINT", "OBJECT_STATISTIC_EXT"];

function* judgeDropIndex(key: string, concurrent: boolean, catalogue: Catalogue): Generator<RuleHit> {
  const known = catalogue.other(key);
  const name = key.replace("index ", "");
  if (known?.table && catalogue.isNew(known.table)) return;
  const at = known?.table ? { table: known.table } : {};
  if (known?.unique) yield { rule: "drop-check", name, ...at, table: known.table ?? name };
  else if (!concurrent) yield { rule: "drop-index", name, ...at };
}
