import type { Node, RangeVar } from "@pgsql/types";

/** Quotes a name where its form needs it. Behind a schema a keyword needs no quotes. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Returns a name with its schema; a name without one gets `schema`. */
export function qualify(parts: readonly string[], schema: string): string {
  const [name, given] = [...parts].reverse();
  return `${quoteName(given ?? schema)}.${quoteName(name ?? "")}`;
}

/** Returns the name of a table, view or index with its schema. */
export function relationName(relation: RangeVar | undefined, schema: string): string {
  return qualify([...(relation?.schemaname ? [relation.schemaname] : []), relation?.relname ?? ""], schema);
}

/** Returns the parts of a name in any form of the parser: a list, a type, a function with its arguments, a word. */
export function nameParts(node: Node | undefined): string[] {
  const role = as(node, "RoleSpec");
  if (role) return [role.rolename ?? "public"];
  const list = as(node, "List")?.items ?? as(node, "TypeName")?.names ?? as(node, "ObjectWithArgs")?.objname;
  return words(list ?? (node && [node]));
}

/** Returns the texts of a list of words; other nodes are left out. */
export function words(nodes: readonly Node[] | undefined): string[] {
  return allOf(nodes, "String").map(({ sval = "" }) => sval);
}

export type Kind = Node extends infer One ? (One extends object ? keyof One : never) : never;
/** The content of a node of this kind. */
export type Body<K extends Kind> = Extract<Node, Record<K, unknown>>[K];

/** Returns the content of a node; undefined where it is of another kind. */
export function as<K extends Kind>(node: Node | undefined, kind: K): Body<K> | undefined {
  return (node as Record<K, Body<K>> | undefined)?.[kind];
}

/** Returns the content of each node of a list that is of this kind. */
export function allOf<K extends Kind>(nodes: readonly Node[] | undefined, kind: K): Body<K>[] {
  return (nodes ?? []).flatMap((node) => as(node, kind) ?? []);
}
