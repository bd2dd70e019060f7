import type { ParsedStatement } from "./parseStatements.ts";
import { constraintKey } from "./judgeAlterTable.ts";
import { objectKey } from "./objectKeys.ts";
import { relationName } from "./names.ts";

/** Answers whether something is made after a statement, by its key: what is dropped to be made again is replaced, not lost. */
export function madeLater(statements: readonly ParsedStatement[]): (key: string, than: ParsedStatement) => boolean {
  const last = new Map<string, number>();
  const places = new Map(statements.map((statement, index) => [statement, index]));
  for (const [index, { node }] of statements.entries()) {
    const made = objectKey(node, "public");
    if (made) last.set(made.key, index);
    if (!("AlterTableStmt" in node)) continue;
    const table = relationName(node.AlterTableStmt.relation, "public");
    for (const cmd of node.AlterTableStmt.cmds ?? []) {
      const def =
        "AlterTableCmd" in cmd && cmd.AlterTableCmd.subtype === "AT_AddConstraint" ? cmd.AlterTableCmd.def : undefined;
      if (def && "Constraint" in def) last.set(constraintKey(table, def.Constraint.conname), index);
    }
  }
  return (key, than) => (last.get(key) ?? -1) > (places.get(than) ?? 0);
}
