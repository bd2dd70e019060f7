import type { Node, RenameStmt } from "@pgsql/types";

import type { Finding, Surroundings } from "./finding.ts";
import { nameParts, qualify, quoteName, relationName, words } from "./names.ts";
import type { RuleName } from "./rules.ts";
import type { Schema } from "./schema.ts";

/** What is called otherwise or stands elsewhere afterwards, so that the running app no longer finds it. */
export function* judgeNames(node: Node, { schema }: Surroundings): Generator<Finding> {
  if ("RenameStmt" in node) yield* judgeRename(node.RenameStmt, schema);
  else if ("AlterObjectSchemaStmt" in node) {
    const { relation, object } = node.AlterObjectSchemaStmt;
    const name = relation ? relationName(relation, schema.current) : qualify(nameParts(object), schema.current);
    if (!relation || schema.ageOf(name) !== "new")
      yield { rule: "move-schema", name, ...(relation && { table: name }) };
  } else if ("AlterEnumStmt" in node && node.AlterEnumStmt.oldVal !== undefined) {
    const name = qualify(words(node.AlterEnumStmt.typeName), schema.current);
    if (schema.ageOfObject(`type ${name}`) !== "new") yield { rule: "rename-value", name };
  }
}

/** What nobody outside the database says by name. */
const unspoken: (RenameStmt["renameType"] | undefined)[] = [
  "OBJECT_INDEX",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_DOMCONSTRAINT",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
  "OBJECT_STATISTIC_EXT",
];

const ruleOf: Partial<Record<NonNullable<RenameStmt["renameType"]>, RuleName>> = {
  OBJECT_TABLE: "rename-table",
  OBJECT_FOREIGN_TABLE: "rename-table",
  OBJECT_TYPE: "rename-type",
  OBJECT_DOMAIN: "rename-type",
};

function* judgeRename(
  { renameType, relationType, relation, object, subname }: RenameStmt,
  schema: Schema,
): Generator<Finding> {
  if (unspoken.includes(renameType)) return;
  const name = relation ? relationName(relation, schema.current) : undefined;
  if (renameType === "OBJECT_COLUMN" && name) {
    const known = schema.tables.get(name)?.columns.get(subname ?? "");
    if (schema.ageOf(name) !== "new" && known?.age !== "new")
      yield { rule: "rename-column", table: name, name: quoteName(subname ?? "") };
    return;
  }
  const rule = (renameType && ruleOf[renameType]) ?? "rename-object";
  if (rule === "rename-table" && name) {
    if (schema.ageOf(name) !== "new" && relationType !== "OBJECT_INDEX") yield { rule, table: name, name };
    return;
  }
  const parts = object ? nameParts(object) : [];
  const shown = name ?? (parts.length > 0 ? qualify(parts, schema.current) : quoteName(subname ?? ""));
  const kind = renameType === "OBJECT_DOMAIN" ? "domain" : (renameType ?? "").replace("OBJECT_", "").toLowerCase();
  if (schema.ageOfObject(`${kind} ${shown}`) !== "new") yield { rule, name: shown };
}
