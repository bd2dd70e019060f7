import type { DropStmt, Node } from "@pgsql/types";

import { nameParts, qualify, quoteName, relationName, words } from "./names.ts";

/** What a statement makes that is no table, column, index or constraint. */
export interface MadeObject {
  /** `function public.f`, `trigger t on public.a`. */
  key: string;
  ifNotExists: boolean;
  /** What guards it, and is gone where a CREATE OR REPLACE does not say it again. */
  traits: readonly string[];
}

/** What a CREATE makes; undefined for every other statement. */
export function objectKey(node: Node, schema: string): MadeObject | undefined {
  const made = (key: string, ifNotExists = false, traits: readonly string[] = []) => ({ key, ifNotExists, traits });
  if ("CreateFunctionStmt" in node) {
    const { funcname, options = [] } = node.CreateFunctionStmt;
    return made(`function ${qualify(words(funcname), schema)}`, false, functionTraits(options));
  }
  if ("ViewStmt" in node) {
    const { view, options = [] } = node.ViewStmt;
    const traits = options.flatMap((one) => ("DefElem" in one && one.DefElem.defname ? [one.DefElem.defname] : []));
    return made(`view ${relationName(view, schema)}`, false, traits);
  }
  if ("CreateTrigStmt" in node)
    return made(onTable("trigger", node.CreateTrigStmt.trigname, relationName(node.CreateTrigStmt.relation, schema)));
  if ("CreatePolicyStmt" in node)
    return made(
      onTable("policy", node.CreatePolicyStmt.policy_name, relationName(node.CreatePolicyStmt.table, schema)),
    );
  if ("RuleStmt" in node)
    return made(onTable("rule", node.RuleStmt.rulename, relationName(node.RuleStmt.relation, schema)));
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
  if ("CreateRoleStmt" in node) return made(`role ${quoteName(node.CreateRoleStmt.role ?? "")}`);
  return undefined;
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

/** The key of each thing that a DROP takes away, as `objectKey` gives it, in the statement's order. */
export function dropKeys(drop: DropStmt, schema: string): string[] {
  const kind = dropKind(drop);
  return (drop.objects ?? []).map((object) => {
    const parts = nameParts(object);
    if (["trigger", "policy", "rule"].includes(kind))
      return onTable(kind, parts.at(-1), qualify(parts.slice(0, -1), schema));
    if (["schema", "extension"].includes(kind)) return `${kind} ${quoteName(parts.at(-1) ?? "")}`;
    return `${kind} ${qualify(parts, schema)}`;
  });
}

function onTable(kind: string, name: string | undefined, table: string): string {
  return `${kind} ${quoteName(name ?? "")} on ${table}`;
}

function functionTraits(options: readonly Node[]): string[] {
  return options.flatMap((option) => {
    if (!("DefElem" in option)) return [];
    const { defname, arg } = option.DefElem;
    if (defname === "set") return arg && "VariableSetStmt" in arg ? [`SET ${arg.VariableSetStmt.name}`] : [];
    const isOn = arg && "Boolean" in arg && arg.Boolean.boolval === true;
    if (!isOn) return [];
    return { security: ["SECURITY DEFINER"], strict: ["STRICT"], leakproof: ["LEAKPROOF"] }[defname ?? ""] ?? [];
  });
}
