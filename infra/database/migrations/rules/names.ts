import type { Node, RangeVar } from "@pgsql/types";

/** One name as it may stand behind its schema, where a keyword needs no quotes. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A name with its schema; without one it stands in `schema`. */
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
  const role = as(node, "RoleSpec");
  if (role) return [role.rolename ?? "public"];
  const list = as(node, "List")?.items ?? as(node, "TypeName")?.names ?? as(node, "ObjectWithArgs")?.objname;
  return words(list ?? (node && [node]));
}

/** The texts of a list of words; what is no word is left out. */
export function words(nodes: readonly Node[] | undefined): string[] {
  return allOf(nodes, "String").map(({ sval = "" }) => sval);
}

export type Kind = Node extends infer One ? (One extends object ? keyof One : never) : never;
/** Returns the content of a node, which must be of this kind. */
export type Body<K extends Kind> = Extract<Node, Record<K, unknown>>[K];

/** Returns the content of a node; undefined where it is of another kind. */
export function as<K extends Kind>(node: Node | undefined, kind: K): Body<K> | undefined {
  return (node as Record<K, Body<K>> | undefined)?.[kind];
}

/** Returns the content of each node of a list that is of this kind. */
export function allOf<K extends Kind>(nodes: readonly Node[] | undefined, kind: K): Body<K>[] {
  return (nodes ?? []).flatMap((node) => as(node, kind) ?? []);
}
