import { readFileSync } from "node:fs";
import type { FuncCall } from "@pgsql/types";

import type { Catalogue } from "./catalogue.ts";
import type { RuleHit } from "./rules.ts";
import { qualify, words } from "./names.ts";

/** Volatile functions of PostgreSQL that change nothing: they only answer differently each time. */
const harmlessVolatile = new Set(
  "random random_normal gen_random_uuid clock_timestamp timeofday currval lastval pg_relation_size pg_table_size pg_total_relation_size pg_notify".split(
    " ",
  ),
);

/** Functions of the extensions that a migration may make, and Supabase's own that tell who asks. */
const harmlessElsewhere = new Set(
  (
    "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil gen_random_bytes gen_salt crypt digest hmac " +
    "similarity word_similarity show_trgm unaccent hstore nlevel subpath lca"
  ).split(" "),
);
const supabaseOwn = new Set(
  "auth.uid auth.jwt auth.role auth.email storage.foldername storage.filename storage.extension".split(" "),
);

/** PostgreSQL's own functions that reach outside the requested rows even in a stored call. */
const outside = /^(pg_|lo_|loread$|lowrite$|dblink|query_to_xml|cursor_to_xml|setseed$)/;

let pure: ReadonlySet<string> | undefined;

/** The functions of PostgreSQL 17 that `pg_proc` calls immutable or stable in each of their forms, but for those that serve operators and types alone. */
export function pureFunctions(): ReadonlySet<string> {
  pure ??= new Set(
    readFileSync(new URL("pureFunctions.txt", import.meta.url), "utf8")
      .trim()
      .split(/\s+/),
  );
  return pure;
}

/** Returns whether each call gives one value throughout a statement, so that a new column's default is not written into each row. */
export function isSteady({ funcname }: FuncCall): boolean {
  const parts = words(funcname);
  return isOfPostgres(parts) && pureFunctions().has(parts.at(-1)!);
}

/**
 * Judges a call in a statement. A stored call, such as in the default of a new table or in a policy, runs when the app asks for it:
 * it may use functions of the database's own.
 */
export function* judgeCall(
  { funcname }: FuncCall,
  catalogue: Catalogue,
  isStored: boolean,
  isSelect: boolean,
): Generator<RuleHit> {
  const parts = words(funcname);
  const name = parts.at(-1) ?? "";
  if (name === "setval") yield { rule: "move-sequence", name: "that setval names" };
  else if (name === "set_config") yield { rule: "session-setting", name: "that set_config names" };
  else if (
    isStored
      ? isOfPostgres(parts) && outside.test(name) && !pureFunctions().has(name) && !harmlessVolatile.has(name)
      : !isHarmless(parts, catalogue, isSelect)
  )
    yield {
      rule: "calls-function",
      name: `the function ${isOfPostgres(parts) ? name : qualify(parts, catalogue.current)}`,
    };
}

function isHarmless(parts: readonly string[], catalogue: Catalogue, isSelect: boolean): boolean {
  const name = parts.at(-1) ?? "";
  // PostgreSQL's own is found first, but a better match of the arguments' types wins.
  if (parts[0] !== "pg_catalog" && catalogue.other(`function ${qualify(parts, catalogue.current)}`)) return false;
  if (isOfPostgres(parts) && (pureFunctions().has(name) || harmlessVolatile.has(name))) return true;
  // An unused number is only a gap, but nobody calls nextval in a SELECT for the gap alone.
  if (isOfPostgres(parts) && name === "nextval") return !isSelect;
  if (supabaseOwn.has(parts.join("."))) return true;
  return (parts.length === 1 || parts[0] === "public" || parts[0] === "extensions") && harmlessElsewhere.has(name);
}

function isOfPostgres(parts: readonly string[]): boolean {
  return parts.length === 1 || parts[0] === "pg_catalog";
}
