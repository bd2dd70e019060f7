import type { MergeStmt, Node, UpdateStmt } from "@pgsql/types";

import { isAlwaysTrue } from "./alwaysTrue.ts";
import type { Finding, Surroundings } from "./finding.ts";
import { quoteName, relationName } from "./names.ts";
import type { Schema } from "./schema.ts";
import { findNodes } from "./walk.ts";

/** What deletes or overwrites rows: TRUNCATE, DELETE, UPDATE and MERGE, wherever in the statement they stand. */
export function* judgeRows(node: Node, { schema }: Surroundings): Generator<Finding> {
  const weighs = (table: string) => schema.ageOf(table) !== "new";
  for (const { relations = [] } of findNodes(node, "TruncateStmt"))
    for (const one of relations) {
      const table = relationName("RangeVar" in one ? one.RangeVar : undefined, schema.current);
      if (weighs(table)) yield { rule: "truncate", table };
    }
  const inWith = new Set(
    findNodes(node, "CommonTableExpr").flatMap(({ ctequery }) =>
      ctequery && "DeleteStmt" in ctequery ? [ctequery.DeleteStmt] : [],
    ),
  );
  for (const statement of findNodes(node, "DeleteStmt")) {
    const table = relationName(statement.relation, schema.current);
    if (!weighs(table)) continue;
    if (isAlwaysTrue(statement.whereClause, schema.tables.get(table))) yield { rule: "delete-without-where", table };
    else if (inWith.has(statement)) yield { rule: "delete-in-with", table };
  }
  for (const statement of findNodes(node, "UpdateStmt")) yield* judgeUpdate(statement, schema);
  for (const statement of findNodes(node, "MergeStmt")) yield* judgeMerge(statement, schema);
}

function* judgeUpdate({ relation, targetList = [], whereClause }: UpdateStmt, schema: Schema): Generator<Finding> {
  const table = relationName(relation, schema.current);
  const known = schema.tables.get(table);
  if (schema.ageOf(table) === "new" || !isAlwaysTrue(whereClause, known)) return;
  const columns = targetList.flatMap((target) => ("ResTarget" in target ? [target.ResTarget.name ?? ""] : []));
  const name = columns.map(quoteName).join(", ");
  // What a pending file has added holds nothing yet, so filling it only writes every row again.
  const fills = columns.every((column) => known?.columns.get(column)?.age === "new");
  yield { rule: "update-without-where", table, name, ...(fills && { milder: { effect: "rewrites", refused: false } }) };
}

function* judgeMerge({ relation, mergeWhenClauses = [] }: MergeStmt, schema: Schema): Generator<Finding> {
  const table = relationName(relation, schema.current);
  const deletes = mergeWhenClauses.some(
    (clause) => "MergeWhenClause" in clause && clause.MergeWhenClause.commandType === "CMD_DELETE",
  );
  if (deletes && schema.ageOf(table) !== "new") yield { rule: "merge-delete", table };
}
