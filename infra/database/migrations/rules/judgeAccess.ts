import type { GrantStmt, Node, VariableSetStmt } from "@pgsql/types";

import type { Catalogue } from "./catalogue.ts";
import type { Judges, RuleHit } from "./rules.ts";
import { allOf, as, nameParts, qualify, quoteName } from "./names.ts";

/** Judges of statements about rights and about the settings of a session. */
export const accessJudges = {
  *GrantStmt(grant, catalogue) {
    const { is_grant, grantees = [], objects = [], objtype, targtype, privileges = [] } = grant;
    const all = targtype === "ACL_TARGET_ALL_IN_SCHEMA" ? "everything in " : "";
    const named = objects.map((object) => nameObject(object, objtype, catalogue));
    const name = `${all}${named.map(({ shown }) => shown).join(", ")}`;
    const isOwn = all === "" && named.every(({ own }) => own);
    const table = all === "" && objtype === "OBJECT_TABLE" && named.length === 1 ? { table: named[0]!.shown } : {};
    if (!is_grant) {
      const outsiders = allOf(grantees, "RoleSpec").every(({ rolename }) => outside.includes(rolename ?? ""));
      if (!isOwn && !outsiders) yield { rule: "revoke", name, ...table };
      return;
    }
    // A function that runs with its caller's rights opens nothing.
    const isInvoked = named.every(({ invoked }) => invoked);
    if (grantees.some(isEverybody) && !isInvoked) yield { rule: "grant-to-everybody", name, ...table };
    const asked = allOf(privileges, "AccessPriv").map(({ priv_name = "" }) => priv_name);
    const isPlain = asked.length > 0 && asked.every((one) => plain.includes(one));
    if (!grantable.test(objtype ?? "") || (!isOwn && !isPlain) || grant.grant_option)
      yield { rule: "grant-more", name, ...table };
  },

  *CreatePolicyStmt({ policy_name = "", table, permissive, roles = [] }, catalogue) {
    const name = quoteName(policy_name);
    const on = catalogue.nameOf(table);
    const isForAnon = allOf(roles, "RoleSpec").some(({ rolename }) => rolename === "anon");
    if (permissive ? isForAnon || !catalogue.isNew(on) : !catalogue.isNew(on))
      yield { rule: permissive ? "open-policy" : "restrict-rows", table: on, name: `the policy ${name}` };
  },

  *AlterPolicyStmt({ policy_name = "", table }, catalogue) {
    const on = catalogue.nameOf(table);
    if (!catalogue.isOwn(on))
      yield { rule: "change-security", table: on, name: `the policy ${quoteName(policy_name)} on ${on}` };
  },

  VariableSetStmt: judgeSetting,
  *CreateExtensionStmt({ extname = "", options = [] }) {
    const asked = allOf(options, "DefElem").map(({ defname }) => defname);
    if (!extensions.includes(extname) || asked.some((option) => option !== "schema"))
      yield { rule: "server-wide", name: `the extension ${quoteName(extname)}` };
  },
} satisfies Judges;

const grantable = /^OBJECT_(TABLE|SEQUENCE|SCHEMA|FUNCTION|PROCEDURE|ROUTINE|TYPE)$/;
const plain = ["select", "insert", "update", "delete", "usage", "execute"];

/** The two roles of Supabase's Data API, whose key is in every browser. */
const outside = ["anon", "authenticated"];

function isEverybody(role: Node): boolean {
  const { roletype, rolename = "" } = as(role, "RoleSpec") ?? {};
  return roletype === "ROLESPEC_PUBLIC" || outside.includes(rolename);
}

function nameObject(
  object: Node,
  objtype: GrantStmt["objtype"],
  catalogue: Catalogue,
): { shown: string; own: boolean; invoked?: boolean } {
  if ("RangeVar" in object) {
    const shown = catalogue.nameOf(object.RangeVar);
    return { shown, own: catalogue.isNew(shown) || catalogue.isOwnOfKinds(["view", "sequence"], shown) };
  }
  const parts = nameParts(object);
  if (objtype === "OBJECT_SCHEMA") {
    const shown = `schema ${parts.map(quoteName).join(".")}`;
    return { shown, own: catalogue.isOwnObject(shown) };
  }
  const shown = qualify(parts, catalogue.current);
  const made = catalogue.other(`function ${shown}`);
  const invoked = made?.origin === "own" && !made.definer;
  return { shown, own: catalogue.isOwnOfKinds(["function", "type", "domain"], shown), invoked };
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
  // PostgreSQL searches these schemas anyway.
  search_path: (values) =>
    values[0] === "public" && values.every((one) => ["public", "extensions", "pg_catalog"].includes(one)),
};

function isLimit([value = ""]: readonly string[]): boolean {
  return /^[1-9]\d*\s*(us|ms|s|min)?$/.test(value);
}

/** Judges SET, RESET and the SET of a function. */
export function* judgeSetting({ kind, name = "", args = [] }: VariableSetStmt): Generator<RuleHit> {
  const values = args.map((arg) => {
    const { sval, ival } = as(arg, "A_Const") ?? {};
    return sval ? (sval.sval ?? "") : String(ival?.ival ?? 0);
  });
  const isKnown = Object.hasOwn(harmless, name) && kind === "VAR_SET_VALUE" && harmless[name]!(values);
  if (!isKnown) yield { rule: "session-setting", name: name === "" ? "of everything" : name };
}

/** Extensions that bring types, functions and kinds of index, and nothing that reaches outside the database. */
const extensions =
  "pgcrypto uuid-ossp citext pg_trgm unaccent btree_gin btree_gist hstore ltree intarray fuzzystrmatch cube earthdistance isn vector".split(
    " ",
  );
