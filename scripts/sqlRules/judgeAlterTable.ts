import type { AlterTableCmd, Node } from "@pgsql/types";

import { judgeAddedColumn } from "./judgeAddedColumn.ts";
import { judgeConstraint } from "./judgeConstraint.ts";
import { judgeTypeChange, readType } from "./columnTypes.ts";
import type { Finding, Surroundings } from "./finding.ts";
import { nameParts, quoteName, relationName, words } from "./names.ts";
import type { RuleName } from "./rules.ts";
import type { Schema } from "./schema.ts";

/** ALTER TABLE, each of its actions, and ALTER VIEW, SEQUENCE and the like, which share its tree. */
export function* judgeAlterTable(node: Node, surroundings: Surroundings): Generator<Finding> {
  if ("AlterDomainStmt" in node) yield* judgeDomain(node.AlterDomainStmt, surroundings);
  if (!("AlterTableStmt" in node)) return;
  const { relation, cmds = [] } = node.AlterTableStmt;
  const table = relationName(relation, surroundings.schema.current);
  // Of a table that holds no rows yet nothing can be lost, and nobody waits for it.
  const age = surroundings.schema.ageOf(table);
  if (age === "new") return;
  for (const cmd of cmds) {
    if (!("AlterTableCmd" in cmd)) continue;
    for (const finding of judgeAction(cmd.AlterTableCmd, table, surroundings, cmds))
      if (age === "old" || weighsOnMaybe.has(finding.rule)) yield { ...finding, table };
  }
}

/** What alarms also where the table may be new: it is lost if it is not. */
const weighsOnMaybe = new Set<RuleName>([
  "drop-column",
  "drop-constraint",
  "lossy-column-type",
  "disable-row-security",
  "disable-trigger",
  "detach-partition",
  "change-owner",
]);

const simple: Partial<Record<NonNullable<AlterTableCmd["subtype"]>, RuleName>> = {
  AT_SetTableSpace: "set-tablespace",
  AT_SetLogged: "set-logged",
  AT_SetUnLogged: "set-logged",
  AT_SetAccessMethod: "set-access-method",
  AT_SetExpression: "stored-column",
  AT_DisableRowSecurity: "disable-row-security",
  AT_NoForceRowSecurity: "disable-row-security",
  AT_DisableTrig: "disable-trigger",
  AT_DisableTrigAll: "disable-trigger",
  AT_DisableTrigUser: "disable-trigger",
  AT_DisableRule: "disable-trigger",
  AT_DropInherit: "detach-partition",
  AT_DetachPartition: "detach-partition",
  AT_AttachPartition: "attach-partition",
  AT_AddInherit: "attach-partition",
};

function* judgeAction(
  cmd: AlterTableCmd,
  table: string,
  surroundings: Surroundings,
  actions: readonly Node[],
): Generator<Finding> {
  const { schema } = surroundings;
  const name = quoteName(cmd.name ?? "");
  const rule = cmd.subtype && simple[cmd.subtype];
  if (rule) yield { rule, name };
  // The others change the catalogue alone.
  const action: string = cmd.subtype ?? "";
  switch (action) {
    case "AT_AddColumn":
      if (cmd.def && "ColumnDef" in cmd.def)
        yield* judgeAddedColumn(cmd.def.ColumnDef, { schema, table, ifNotExists: cmd.missing_ok === true, actions });
      break;
    case "AT_DropColumn":
      if (schema.tables.get(table)?.columns.get(cmd.name ?? "")?.age !== "new") yield { rule: "drop-column", name };
      break;
    case "AT_AlterColumnType":
      yield* judgeColumnType(cmd, table, schema);
      break;
    case "AT_SetNotNull":
      if (!isKnownNotNull(schema, table, cmd.name ?? "")) yield { rule: "set-not-null", name };
      break;
    case "AT_AddConstraint":
      if (cmd.def && "Constraint" in cmd.def) yield* judgeConstraint(cmd.def.Constraint);
      break;
    case "AT_ValidateConstraint":
      if (schema.tables.get(table)?.constraints.get(cmd.name ?? "")?.age === "new")
        yield { rule: "validate-at-once", name };
      break;
    case "AT_DropConstraint": {
      const isReplaced =
        actions.some((one) => addsConstraint(one, cmd.name)) ||
        surroundings.isMadeLater(constraintKey(table, cmd.name));
      const isNew = schema.tables.get(table)?.constraints.get(cmd.name ?? "")?.age === "new";
      if ((!isReplaced && !isNew) || cmd.behavior === "DROP_CASCADE") yield { rule: "drop-constraint", name };
      break;
    }
    case "AT_ChangeOwner":
      yield { rule: "change-owner", name: table };
      break;
    default:
  }
}

/** How a constraint that a later statement adds is asked for. */
export function constraintKey(table: string, name: string | undefined): string {
  return `constraint ${quoteName(name ?? "")} on ${table}`;
}

function addsConstraint(action: Node, name: string | undefined): boolean {
  if (!("AlterTableCmd" in action) || action.AlterTableCmd.subtype !== "AT_AddConstraint") return false;
  const { def } = action.AlterTableCmd;
  return def !== undefined && "Constraint" in def && def.Constraint.conname === name;
}

function* judgeColumnType({ name = "", def }: AlterTableCmd, table: string, schema: Schema): Generator<Finding> {
  if (!def || !("ColumnDef" in def)) return;
  const { typeName, raw_default: using, collClause } = def.ColumnDef;
  const to = readType(typeName);
  const change = judgeTypeChange(schema.tables.get(table)?.columns.get(name)?.type, to);
  const computes = using !== undefined && !isPlainCast(using, name);
  // A collation orders the values anew, so that indexes are built again.
  const rule = change === "loses" ? "lossy-column-type" : "change-column-type";
  if (change !== "nothing" || computes || collClause) yield { rule, name: quoteName(name) };
}

/** `USING column` or `USING column::type`: what happens without USING too. */
function isPlainCast(expression: Node, column: string): boolean {
  const arg = "TypeCast" in expression ? expression.TypeCast.arg : expression;
  return arg !== undefined && "ColumnRef" in arg && words(arg.ColumnRef.fields).at(-1) === column;
}

function isKnownNotNull(schema: Schema, table: string, column: string): boolean {
  const known = schema.tables.get(table);
  if (known?.columns.get(column)?.notNull) return true;
  return [...(known?.constraints.values() ?? [])].some(({ notNullOf, valid }) => notNullOf === column && valid);
}

function* judgeDomain(
  { subtype, typeName, def, name = "" }: { subtype?: string; typeName?: Node[]; def?: Node; name?: string },
  { schema }: Surroundings,
): Generator<Finding> {
  const domain = nameParts({ List: { items: typeName ?? [] } }).join(".");
  if (schema.ageOfObject(`domain ${schema.current}.${domain}`) === "new") return;
  const waits = def && "Constraint" in def && def.Constraint.skip_validation;
  if ((subtype === "C" && !waits) || subtype === "O") yield { rule: "domain-constraint", name: domain };
  if (subtype === "X") yield { rule: "drop-constraint", name: quoteName(name), table: domain };
}
