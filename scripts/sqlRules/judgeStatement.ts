import type { Node } from "@pgsql/types";

import type { Finding, Surroundings } from "./finding.ts";
import { judgeAlterTable } from "./judgeAlterTable.ts";
import { judgeDrop } from "./judgeDrop.ts";
import { judgeMaintenance } from "./judgeMaintenance.ts";
import { judgeNames } from "./judgeNames.ts";
import { judgeReplace } from "./judgeReplace.ts";
import { judgeRights } from "./judgeRights.ts";
import { judgeRows } from "./judgeRows.ts";
import { judgeUnseen } from "./judgeUnseen.ts";

/** Every rule that a statement breaks, action by action, in the statement's own order. */
export function judgeStatement(node: Node, surroundings: Surroundings): Finding[] {
  if ("CreateSchemaStmt" in node) return [];
  // A body is stored, not run.
  const isDefinition = ["CreateFunctionStmt", "RuleStmt", "ViewStmt"].some((kind) => kind in node);
  return [
    ...judgeDrop(node, surroundings),
    ...judgeAlterTable(node, surroundings),
    ...judgeMaintenance(node, surroundings),
    ...judgeNames(node, surroundings),
    ...judgeRights(node, surroundings),
    ...judgeReplace(node, surroundings),
    ...(isDefinition ? [] : [...judgeRows(node, surroundings), ...judgeUnseen(node, surroundings)]),
  ];
}
