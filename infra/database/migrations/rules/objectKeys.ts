import type { DropStmt, Node } from "@pgsql/types";

import { nameParts, qualify, quoteName, relationName, words } from "./names.ts";

/** Something that a statement makes and that is no table, column or constraint. */
export interface MadeObject {
  /** `function public.f`, `trigger t on public.a`. */
  key: string;
  ifNotExists: boolean;
  /** Of an index: its table, and whether it keeps rows unique. */
  table?: string;
  unique?: boolean;
}

/** Everything that a CREATE makes besides a table, under the names that DROP and ALTER use for it. */
export function madeObjects(node: Node, schema: string): MadeObject[] {
  const made = (key: string, ifNotExists = false): MadeObject[] => [{ key, ifNotExists }];
  const onTable = (kind: string, name: string | undefined, table: Parameters<typeof relationName>[0]) =>
    made(`${kind} ${quoteName(name ?? "")} on ${relationName(table, schema)}`);
  if ("CreateFunctionStmt" in node) return made(`function ${qualify(words(node.CreateFunctionStmt.funcname), schema)}`);
  if ("ViewStmt" in node) return made(`view ${relationName(node.ViewStmt.view, schema)}`);
  if ("CreateTableAsStmt" in node && node.CreateTableAsStmt.objtype === "OBJECT_MATVIEW")
    return made(`materialized view ${relationName(node.CreateTableAsStmt.into?.rel, schema)}`);
  if ("CreateTrigStmt" in node) return onTable("trigger", node.CreateTrigStmt.trigname, node.CreateTrigStmt.relation);
  if ("CreatePolicyStmt" in node)
    return onTable("policy", node.CreatePolicyStmt.policy_name, node.CreatePolicyStmt.table);
  if ("RuleStmt" in node) return onTable("rule", node.RuleStmt.rulename, node.RuleStmt.relation);
  if ("CreateEnumStmt" in node) return made(`type ${qualify(words(node.CreateEnumStmt.typeName), schema)}`);
  if ("CreateRangeStmt" in node) return made(`type ${qualify(words(node.CreateRangeStmt.typeName), schema)}`);
  if ("CompositeTypeStmt" in node) return made(`type ${relationName(node.CompositeTypeStmt.typevar, schema)}`);
  if ("CreateDomainStmt" in node) return made(`domain ${qualify(words(node.CreateDomainStmt.domainname), schema)}`);
  if ("CreateSeqStmt" in node)
    return made(`sequence ${relationName(node.CreateSeqStmt.sequence, schema)}`, node.CreateSeqStmt.if_not_exists);
  if ("CreateSchemaStmt" in node)
    return made(`schema ${quoteName(node.CreateSchemaStmt.schemaname ?? "")}`, node.CreateSchemaStmt.if_not_exists);
  if ("CreateExtensionStmt" in node)
    return made(
      `extension ${quoteName(node.CreateExtensionStmt.extname ?? "")}`,
      node.CreateExtensionStmt.if_not_exists,
    );
  if ("IndexStmt" in node) {
    const { idxname, relation, if_not_exists = false, unique = false } = node.IndexStmt;
    if (!idxname) return [];
    const name = qualify([...(relation?.schemaname ? [relation.schemaname] : []), idxname], schema);
    return [{ key: `index ${name}`, ifNotExists: if_not_exists, table: relationName(relation, schema), unique }];
  }
  if ("CreateStmt" in node) {
    // The counter of a serial column.
    const { relation, tableElts = [], if_not_exists = false } = node.CreateStmt;
    return tableElts.flatMap((element) => {
      if (!("ColumnDef" in element)) return [];
      const sequence = `${relation?.relname ?? ""}_${element.ColumnDef.colname ?? ""}_seq`;
      const name = qualify([...(relation?.schemaname ? [relation.schemaname] : []), sequence], schema);
      const isSerial = /^(small|big)?serial[248]?$/.test(words(element.ColumnDef.typeName?.names).at(-1) ?? "");
      return isSerial ? made(`sequence ${name}`, if_not_exists) : [];
    });
  }
  return [];
}

/** Of what kind each DROP is; what is not listed is "object". */
const kinds: Partial<Record<NonNullable<DropStmt["removeType"]>, string>> = {
  OBJECT_TABLE: "table",
  OBJECT_FOREIGN_TABLE: "table",
  OBJECT_INDEX: "index",
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "function",
  OBJECT_ROUTINE: "function",
  OBJECT_AGGREGATE: "function",
  OBJECT_TRIGGER: "trigger",
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "domain",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_SCHEMA: "schema",
  OBJECT_EXTENSION: "extension",
};

export function dropKind(drop: DropStmt): string {
  return kinds[drop.removeType ?? "OBJECT_TABLE"] ?? "object";
}

/** The key of each thing that a DROP takes away, as `madeObjects` gives it, in the statement's order. */
export function dropKeys(drop: DropStmt, schema: string): string[] {
  const kind = dropKind(drop);
  return (drop.objects ?? []).map((object) => {
    const parts = nameParts(object);
    if (["trigger", "policy", "rule"].includes(kind))
      return `${kind} ${quoteName(parts.at(-1) ?? "")} on ${qualify(parts.slice(0, -1), schema)}`;
    if (["schema", "extension"].includes(kind)) return `${kind} ${quoteName(parts.at(-1) ?? "")}`;
    return `${kind} ${qualify(parts, schema)}`;
  });
}
