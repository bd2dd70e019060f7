import type { Node } from "@pgsql/types";

type Kind = Node extends infer N ? (N extends N ? keyof N : never) : never;
type NodeOf<K extends Kind> = Extract<Node, Record<K, unknown>>[K];

/** Every node of a kind inside a tree, itself included. Without recursion: a tree may be deeper than the stack. */
export function findNodes<K extends Kind>(tree: unknown, kind: K): NodeOf<K>[] {
  const found: NodeOf<K>[] = [];
  const left: unknown[] = [tree];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node !== "object" || node === null) continue;
    if (!Array.isArray(node) && kind in node) found.push((node as Record<K, NodeOf<K>>)[kind]);
    // The last is taken first: turned round, so that what is found comes in the order of the text.
    const values = Object.values(node) as unknown[];
    for (let index = values.length - 1; index >= 0; index--) left.push(values[index]);
  }
  return found;
}
