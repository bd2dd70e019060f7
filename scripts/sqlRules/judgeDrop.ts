import type { DropStmt, Node } from "@pgsql/types";

import type { Finding, Surroundings } from "./finding.ts";
import { nameParts, qualify, quoteName, words } from "./names.ts";
import { dropKeys, dropKind } from "./objectKeys.ts";
import type { RuleName } from "./rules.ts";

/** DROP of anything, and DROP OWNED. What a pending file has made by itself, or makes again, is not lost. */
export function* judgeDrop(node: Node, surroundings: Surroundings): Generator<Finding> {
  if ("DropStmt" in node) yield* judgeObjects(node.DropStmt, surroundings);
  else if ("DropOwnedStmt" in node) yield { rule: "drop-owned", name: roleNames(node.DropOwnedStmt.roles) };
  else if ("DropdbStmt" in node) yield { rule: "drop-database", name: quoteName(node.DropdbStmt.dbname ?? "") };
  else if ("DropRoleStmt" in node) {
    const roles = (node.DropRoleStmt.roles ?? []).map((role) => quoteName(nameParts(role)[0] ?? ""));
    for (const name of roles)
      if (surroundings.schema.ageOfObject(`role ${name}`) !== "new") yield { rule: "drop-role", name };
  } else if ("DropSubscriptionStmt" in node)
    yield { rule: "drop-object", name: `subscription ${node.DropSubscriptionStmt.subname}` };
  else if ("DropUserMappingStmt" in node)
    yield { rule: "drop-object", name: `user mapping of ${node.DropUserMappingStmt.servername}` };
  else if ("DropTableSpaceStmt" in node)
    yield { rule: "drop-object", name: `tablespace ${node.DropTableSpaceStmt.tablespacename}` };
}

const ruleOf: Record<string, RuleName> = {
  table: "drop-table",
  view: "drop-view",
  "materialized view": "drop-materialized-view",
  function: "drop-function",
  trigger: "drop-trigger",
  policy: "drop-policy",
  type: "drop-type",
  domain: "drop-type",
  sequence: "drop-sequence",
  schema: "drop-schema",
  extension: "drop-extension",
};

function* judgeObjects(drop: DropStmt, { schema, isMadeLater }: Surroundings): Generator<Finding> {
  const kind = dropKind(drop);
  const cascades = drop.behavior === "DROP_CASCADE";
  const keys = dropKeys(drop, schema.current);
  for (const [index, object] of (drop.objects ?? []).entries()) {
    const key = keys[index]!;
    const parts = nameParts(object);
    const name = qualify(parts, schema.current);
    if (kind === "table") {
      if (schema.ageOf(name) !== "new") yield { rule: "drop-table", table: name, name };
    } else if (kind === "index") {
      const known = schema.indexes.get(name);
      const isNew = known && (known.age === "new" || schema.ageOf(known.table) === "new");
      if (!drop.concurrent && !isNew) yield { rule: "drop-index", name, ...(known && { table: known.table }) };
    } else if (schema.ageOfObject(key) === "new" && !cascades) continue;
    else if (["trigger", "policy", "rule"].includes(kind)) {
      const table = qualify(parts.slice(0, -1), schema.current);
      if (schema.ageOf(table) === "new" || (isMadeLater(key) && !cascades)) continue;
      const rule = ruleOf[kind] ?? "drop-object";
      yield { rule, table, name: rule === "drop-object" ? key : quoteName(parts.at(-1) ?? "") };
    } else if (isMadeLater(key) && !cascades && ["view", "function"].includes(kind)) continue;
    else {
      const rule = ruleOf[kind] ?? "drop-object";
      const shown = rule === "drop-object" ? `${kind} ${name}` : key.slice(kind.length + 1);
      yield { rule, name: shown, ...(rule === "drop-materialized-view" && { table: name }) };
    }
  }
}

function roleNames(roles: readonly Node[] | undefined): string {
  return (roles ?? []).map((role) => quoteName(nameParts(role)[0] ?? words([role])[0] ?? "")).join(", ");
}
