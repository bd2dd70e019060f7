import type {
  AlterPolicyStmt,
  CreateExtensionStmt,
  CreatePolicyStmt,
  GrantStmt,
  Node,
  VariableSetStmt,
} from "@pgsql/types";

import type { Catalogue } from "./catalogue.ts";
import type { RuleHit } from "./rules.ts";
import { nameParts, qualify, quoteName } from "./names.ts";

/** Who may do what, and what a session is set to. */
export const accessJudges = {
  GrantStmt: judgeGrant,
  CreatePolicyStmt: judgePolicy,
  AlterPolicyStmt: judgeAlterPolicy,
  VariableSetStmt: judgeSetting,
  CreateExtensionStmt: judgeExtension,
};

/** PUBLIC, and the two roles of Supabase's Data API, whose key is in every browser. */
function isEverybody(role: Node): boolean {
  if (!("RoleSpec" in role)) return false;
  const { roletype, rolename } = role.RoleSpec;
  return roletype === "ROLESPEC_PUBLIC" || rolename === "anon" || rolename === "authenticated";
}

const plain = ["select", "insert", "update", "delete", "usage", "execute"];

function* judgeGrant(grant: GrantStmt, catalogue: Catalogue): Generator<RuleHit> {
  const { is_grant, grantees = [], objects = [], objtype, targtype, privileges = [] } = grant;
  const all = targtype === "ACL_TARGET_ALL_IN_SCHEMA" ? "everything in " : "";
  const named = objects.map((object) => nameObject(object, objtype, catalogue));
  const name = `${all}${named.map(({ shown }) => shown).join(", ")}`;
  const isOwn = all === "" && named.every(({ own }) => own);
  const table = all === "" && objtype === "OBJECT_TABLE" && named.length === 1 ? { table: named[0]!.shown } : {};
  if (!is_grant) {
    const outsiders = grantees.every((role) => isEverybody(role) && !isPublic(role));
    if (!isOwn && !outsiders) yield { rule: "revoke", name, ...table };
    return;
  }
  if (grantees.some(isEverybody)) yield { rule: "grant-to-everybody", name, ...table };
  const asked = privileges.map((one) => ("AccessPriv" in one ? (one.AccessPriv.priv_name ?? "") : ""));
  const known = [
    "OBJECT_TABLE",
    "OBJECT_SEQUENCE",
    "OBJECT_SCHEMA",
    "OBJECT_FUNCTION",
    "OBJECT_PROCEDURE",
    "OBJECT_ROUTINE",
    "OBJECT_TYPE",
  ];
  const isPlain = asked.length > 0 && asked.every((one) => plain.includes(one));
  if (!known.includes(objtype ?? "") || (!isOwn && !isPlain) || grant.grant_option)
    yield { rule: "grant-more", name, ...table };
}

function isPublic(role: Node): boolean {
  return "RoleSpec" in role && role.RoleSpec.roletype === "ROLESPEC_PUBLIC";
}

function nameObject(
  object: Node,
  objtype: GrantStmt["objtype"],
  catalogue: Catalogue,
): { shown: string; own: boolean } {
  if ("RangeVar" in object) {
    const shown = catalogue.nameOf(object.RangeVar);
    return {
      shown,
      own: catalogue.isNew(shown) || ["view", "sequence"].some((kind) => catalogue.isOwnObject(`${kind} ${shown}`)),
    };
  }
  const parts = nameParts(object);
  if (objtype === "OBJECT_SCHEMA") {
    const shown = `schema ${parts.map(quoteName).join(".")}`;
    return { shown, own: catalogue.isOwnObject(shown) };
  }
  const shown = qualify(parts, catalogue.current);
  return { shown, own: ["function", "type", "domain"].some((kind) => catalogue.isOwnObject(`${kind} ${shown}`)) };
}

function* judgePolicy(
  { policy_name = "", table, permissive, roles = [] }: CreatePolicyStmt,
  catalogue: Catalogue,
): Generator<RuleHit> {
  const name = quoteName(policy_name);
  const on = catalogue.nameOf(table);
  const isForAnon = roles.some((role) => "RoleSpec" in role && role.RoleSpec.rolename === "anon");
  if (permissive) {
    if (isForAnon || !catalogue.isNew(on)) yield { rule: "open-policy", table: on, name };
  } else if (!catalogue.isNew(on)) yield { rule: "restrict-rows", table: on, name: `policy ${name}` };
}

function* judgeAlterPolicy({ policy_name = "", table }: AlterPolicyStmt, catalogue: Catalogue): Generator<RuleHit> {
  const on = catalogue.nameOf(table);
  if (!catalogue.isOwn(on))
    yield { rule: "change-security", table: on, name: `the policy ${quoteName(policy_name)} on ${on}` };
}

/** Settings that every file may make for itself: they last until its end, and mean nothing worse than an error. */
const harmless: Record<string, (values: readonly string[]) => boolean> = {
  lock_timeout: isLimit,
  statement_timeout: isLimit,
  idle_in_transaction_session_timeout: isLimit,
  transaction_timeout: isLimit,
  client_min_messages: () => true,
  client_encoding: ([value]) => /^utf-?8$/i.test(value ?? ""),
  standard_conforming_strings: ([value]) => value === "on" || value === "true",
  // The schemas that are looked through anyway.
  search_path: (values) =>
    values[0] === "public" && values.every((one) => ["public", "extensions", "pg_catalog"].includes(one)),
};

function isLimit([value = ""]: readonly string[]): boolean {
  return /^[1-9]\d*\s*(us|ms|s|min)?$/.test(value);
}

/** SET, RESET and the SET of a function. */
export function* judgeSetting({ kind, name = "", args = [] }: VariableSetStmt): Generator<RuleHit> {
  const values = args.map((arg) => {
    const constant = "A_Const" in arg ? arg.A_Const : undefined;
    return constant?.sval ? (constant.sval.sval ?? "") : String(constant?.ival?.ival ?? 0);
  });
  const isKnown = Object.hasOwn(harmless, name) && kind === "VAR_SET_VALUE" && harmless[name]!(values);
  if (!isKnown) yield { rule: "session-setting", name: name === "" ? "of everything" : name };
}

/** Extensions that bring types, functions and kinds of index, and nothing that reaches outside the database. */
const extensions =
  "pgcrypto uuid-ossp citext pg_trgm unaccent btree_gin btree_gist hstore ltree intarray fuzzystrmatch cube earthdistance isn vector".split(
    " ",
  );

function* judgeExtension({ extname = "", options = [] }: CreateExtensionStmt): Generator<RuleHit> {
  const asked = options.map((one) => ("DefElem" in one ? one.DefElem.defname : ""));
  if (!extensions.includes(extname) || asked.some((option) => option !== "schema"))
    yield { rule: "server-wide", name: `the extension ${quoteName(extname)}` };
}
