import type { Node } from "@pgsql/types";

import type { Finding, Surroundings } from "./finding.ts";
import { qualify, quoteName, words } from "./names.ts";
import { isBuiltIn } from "./volatility.ts";
import { findNodes } from "./walk.ts";

/** What runs text or code that is not in the file. */
export function* judgeUnseen(node: Node, { schema }: Surroundings): Generator<Finding> {
  if ("DoStmt" in node) yield { rule: "do-block" };
  for (const { name } of findNodes(node, "ExecuteStmt")) yield { rule: "execute", name: quoteName(name ?? "") };
  if ("CallStmt" in node)
    yield { rule: "call", name: qualify(words(node.CallStmt.funccall?.funcname), schema.current) };
  if ("CopyStmt" in node && node.CopyStmt.is_program) yield { rule: "copy-program" };
  // Nobody reads the answer of a SELECT here: it is written for what its functions do.
  if (!("SelectStmt" in node) || node.SelectStmt.intoClause) return;
  const called = findNodes(node, "FuncCall").map(({ funcname }) => words(funcname));
  const unknown = called.filter(
    (parts) => !isBuiltIn(parts) || schema.objects.has(`function ${qualify(parts, schema.current)}`),
  );
  for (const name of new Set(unknown.map((parts) => qualify(parts, schema.current))))
    yield { rule: "select-function", name };
}
