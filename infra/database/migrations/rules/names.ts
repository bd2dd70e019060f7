import type { Node, RangeVar } from "@pgsql/types";

/**
 * Words that `quote_ident` quotes although they are plain letters: `SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'` of
 * PostgreSQL 17.
 */
const keywords = new Set(
  (
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both " +
    "case cast char character check coalesce collate collation column concurrently constraint create cross " +
    "current_catalog current_date current_role current_schema current_time current_timestamp current_user dec " +
    "decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign " +
    "freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect " +
    "interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query " +
    "json_scalar json_serialize json_table json_value lateral leading least left like limit localtime " +
    "localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on " +
    "only or order out outer overlaps overlay placing position precision primary real references returning right " +
    "row select session_user setof similar smallint some substring symmetric system_user table tablesample then " +
    "time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when " +
    "where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi " +
    "xmlroot xmlserialize xmltable"
  ).split(" "),
);

/** One name as `quote_ident` writes it. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !keywords.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A name with its schema as `format('%I.%I')` writes it; without one it stands in `schema`. */
export function qualify(parts: readonly string[], schema: string): string {
  const [name, given] = [...parts].reverse();
  return `${quoteName(given ?? schema)}.${quoteName(name ?? "")}`;
}

/** A table, view or index as the parser names it. */
export function relationName(relation: RangeVar | undefined, schema: string): string {
  return qualify([...(relation?.schemaname ? [relation.schemaname] : []), relation?.relname ?? ""], schema);
}

/** The parts of a name, whichever way the parser gives it: a list, a type, a function with its arguments, a word. */
export function nameParts(node: Node | undefined): string[] {
  if (!node) return [];
  if ("List" in node) return words(node.List.items);
  if ("TypeName" in node) return words(node.TypeName.names);
  if ("ObjectWithArgs" in node) return words(node.ObjectWithArgs.objname);
  if ("RoleSpec" in node) return [node.RoleSpec.rolename ?? "public"];
  return "String" in node ? [node.String.sval ?? ""] : [];
}

/** The texts of a list of words; what is no word is left out. */
export function words(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ("String" in node ? [node.String.sval ?? ""] : []));
}
