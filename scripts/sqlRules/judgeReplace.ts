import type { Node } from "@pgsql/types";

import type { Finding, Surroundings } from "./finding.ts";
import { objectKey } from "./objectKeys.ts";

/** CREATE OR REPLACE of what a file has made before, without what guarded it. */
export function* judgeReplace(node: Node, { schema }: Surroundings): Generator<Finding> {
  const replaces =
    ("CreateFunctionStmt" in node && node.CreateFunctionStmt.replace) || ("ViewStmt" in node && node.ViewStmt.replace);
  const made = replaces && objectKey(node, schema.current);
  if (!made) return;
  const before = schema.objects.get(made.key);
  if (!before || before.age === "new") return;
  const lost = before.traits.filter((trait) => !made.traits.includes(trait));
  if (lost.length > 0) yield { rule: "replace-loses", name: `the ${made.key} (which said ${lost.join(", ")})` };
}
