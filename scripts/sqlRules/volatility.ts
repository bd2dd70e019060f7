import type { Node } from "@pgsql/types";

import { qualify, words } from "./names.ts";
import type { Schema } from "./schema.ts";
import { findNodes } from "./walk.ts";

/**
 * Functions of PostgreSQL 17 that people write into defaults and that give one value for the whole statement: `provolatile <> 'v'` in
 * pg_proc. What is not listed counts as volatile, so that a function nobody knows is never waved through.
 */
const steady = new Set(
  (
    "now transaction_timestamp statement_timestamp current_setting timezone date_trunc date_part extract make_date make_time make_timestamp " +
    "make_timestamptz make_interval age to_char to_date to_number to_timestamp isfinite justify_days justify_hours justify_interval " +
    "lower upper initcap trim btrim ltrim rtrim concat concat_ws format length char_length octet_length substr substring left right lpad rpad " +
    "repeat replace reverse translate split_part regexp_replace md5 sha256 sha512 encode decode convert_to convert_from quote_ident " +
    "quote_literal abs ceil ceiling floor round trunc sqrt power mod sign greatest least coalesce nullif " +
    "json_build_object json_build_array jsonb_build_object jsonb_build_array to_json to_jsonb jsonb_set jsonb_object json_object " +
    "array_append array_cat array_fill string_to_array array_to_string cardinality int4range int8range numrange tsrange tstzrange daterange " +
    "to_tsvector tsvector point box inet_client_addr current_database current_schema pg_typeof row"
  ).split(" "),
);

/** Harmless functions that people SELECT, besides those above. */
const harmless = new Set(
  (
    "setval nextval currval lastval set_config count sum min max avg array_agg string_agg json_agg jsonb_agg bool_and bool_or version random " +
    "gen_random_uuid clock_timestamp pg_notify pg_advisory_xact_lock pg_try_advisory_xact_lock to_regclass to_regtype generate_series unnest " +
    "pg_get_serial_sequence pg_size_pretty pg_total_relation_size pg_relation_size has_table_privilege row_number rank"
  ).split(" "),
);

/** Whether a function is PostgreSQL's own and known to change no rows. */
export function isBuiltIn(parts: readonly string[]): boolean {
  const name = parts.at(-1) ?? "";
  return (parts.length === 1 || parts[0] === "pg_catalog") && (steady.has(name) || harmless.has(name));
}

/** Whether an expression may give another value for each row, so that a new column with it must be written into each. */
export function isVolatile(expression: Node, schema: Schema): boolean {
  return findNodes(expression, "FuncCall").some(({ funcname }) => {
    const parts = words(funcname);
    if (schema.objects.has(`function ${qualify(parts, schema.current)}`)) return true;
    const isPlain = parts.length === 1 || parts[0] === "pg_catalog";
    return !isPlain || !steady.has(parts.at(-1) ?? "");
  });
}
