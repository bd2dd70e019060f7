import type { AlterTableCmd, ColumnDef, Constraint, CreateStmt, Node, RenameStmt } from "@pgsql/types";

import { readType } from "./columnTypes.ts";
import { dropKeys, objectKey } from "./objectKeys.ts";
import { nameParts, qualify, relationName, words } from "./names.ts";
import type { Age, KnownTable, Schema } from "./schema.ts";

/** Takes into the schema what a statement makes, changes and drops. `age` is that of what it makes. */
export function learn(node: Node, schema: Schema, age: Age): void {
  if ("CreateStmt" in node) learnTable(node.CreateStmt, schema, age);
  else if ("CreateTableAsStmt" in node) {
    const { into, objtype, if_not_exists } = node.CreateTableAsStmt;
    const name = relationName(into?.rel, schema.current);
    if (objtype === "OBJECT_MATVIEW") learnObject(schema, `materialized view ${name}`, age);
    makeTable(schema, name, age, if_not_exists);
  } else if ("SelectStmt" in node && node.SelectStmt.intoClause) {
    makeTable(schema, relationName(node.SelectStmt.intoClause.rel, schema.current), age, false);
  } else if ("IndexStmt" in node) {
    const { idxname, relation, if_not_exists } = node.IndexStmt;
    if (!idxname) return;
    const index = qualify([...(relation?.schemaname ? [relation.schemaname] : []), idxname], schema.current);
    if (if_not_exists && schema.indexes.has(index)) return;
    schema.indexes.set(index, { table: relationName(relation, schema.current), age: if_not_exists ? maybe(age) : age });
  } else if ("AlterTableStmt" in node) {
    const { relation, cmds = [] } = node.AlterTableStmt;
    const table = schema.touch(relationName(relation, schema.current));
    for (const cmd of cmds)
      if ("AlterTableCmd" in cmd) learnAction(cmd.AlterTableCmd, table, relation?.relname ?? "", age);
  } else if ("RenameStmt" in node) learnRename(node.RenameStmt, schema);
  else if ("AlterObjectSchemaStmt" in node) {
    const { relation, newschema } = node.AlterObjectSchemaStmt;
    if (relation)
      move(
        schema,
        relationName(relation, schema.current),
        qualify([newschema ?? "", relation.relname ?? ""], schema.current),
      );
  } else if ("DropStmt" in node) {
    const { removeType, objects = [] } = node.DropStmt;
    for (const object of objects) {
      const name = qualify(nameParts(object), schema.current);
      if (removeType === "OBJECT_TABLE" || removeType === "OBJECT_MATVIEW") schema.forget(name);
      if (removeType === "OBJECT_INDEX") schema.indexes.delete(name);
    }
    for (const key of dropKeys(node.DropStmt, schema.current)) schema.objects.delete(key);
  } else if ("CreateSchemaStmt" in node) {
    const before = schema.current;
    learnMade(node, schema, age);
    schema.current = node.CreateSchemaStmt.schemaname ?? before;
    for (const element of node.CreateSchemaStmt.schemaElts ?? []) learn(element, schema, age);
    schema.current = before;
  } else if ("VariableSetStmt" in node && node.VariableSetStmt.name === "search_path") {
    const [first] = node.VariableSetStmt.args ?? [];
    schema.current = (first && "A_Const" in first && first.A_Const.sval?.sval) || "public";
  } else learnMade(node, schema, age);
}

function learnMade(node: Node, schema: Schema, age: Age): void {
  const made = objectKey(node, schema.current);
  if (made) learnObject(schema, made.key, made.ifNotExists ? maybe(age) : age, made.traits);
}

/** What was there before keeps its age: CREATE OR REPLACE and IF NOT EXISTS make nothing new of it. */
function learnObject(schema: Schema, key: string, age: Age, traits: readonly string[] = []): void {
  schema.objects.set(key, { age: schema.objects.get(key)?.age ?? age, traits });
}

function maybe(age: Age): Age {
  return age === "new" ? "maybe" : age;
}

function makeTable(schema: Schema, name: string, age: Age, ifNotExists = false): KnownTable | undefined {
  if (ifNotExists && schema.tables.has(name)) return undefined;
  const table: KnownTable = { age: ifNotExists ? maybe(age) : age, columns: new Map(), constraints: new Map() };
  schema.tables.set(name, table);
  return table;
}

function learnTable(create: CreateStmt, schema: Schema, age: Age): void {
  const relation = create.relation;
  const table = makeTable(schema, relationName(relation, schema.current), age, create.if_not_exists);
  if (!table) return;
  for (const element of create.tableElts ?? []) {
    if ("ColumnDef" in element) learnColumn(element.ColumnDef, table, table.age);
    if ("Constraint" in element) learnConstraint(element.Constraint, table, relation?.relname ?? "", table.age);
  }
}

function learnColumn(column: ColumnDef, table: KnownTable, age: Age): void {
  const kinds = (column.constraints ?? []).map((one) => ("Constraint" in one ? one.Constraint.contype : undefined));
  table.columns.set(column.colname ?? "", {
    age,
    type: readType(column.typeName),
    notNull: kinds.some((kind) => ["CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"].includes(kind ?? "")),
  });
}

/** A constraint without a name is called as PostgreSQL would call it, where that is one name. */
function learnConstraint(constraint: Constraint, table: KnownTable, tableName: string, age: Age): void {
  const name = constraint.conname ?? (constraint.contype === "CONSTR_PRIMARY" ? `${tableName}_pkey` : undefined);
  const expression = constraint.raw_expr;
  const test = expression && "NullTest" in expression ? expression.NullTest : undefined;
  const tested =
    test?.nulltesttype === "IS_NOT_NULL" && test.arg && "ColumnRef" in test.arg ? test.arg.ColumnRef : undefined;
  const notNullOf = words(tested?.fields).at(-1);
  if (name) {
    table.constraints.set(name, {
      age,
      valid: !constraint.skip_validation,
      ...(notNullOf !== undefined && { notNullOf }),
    });
  }
  if (constraint.contype !== "CONSTR_PRIMARY") return;
  for (const key of words(constraint.keys)) {
    const column = table.columns.get(key);
    if (column) column.notNull = true;
  }
}

function learnAction(cmd: AlterTableCmd, table: KnownTable, tableName: string, age: Age): void {
  const name = cmd.name ?? "";
  const column = table.columns.get(name);
  const definition = cmd.def && "ColumnDef" in cmd.def ? cmd.def.ColumnDef : undefined;
  const action: string = cmd.subtype ?? "";
  switch (action) {
    case "AT_AddColumn":
      // IF NOT EXISTS on a column that is known adds nothing.
      if (definition && !(cmd.missing_ok && table.columns.has(definition.colname ?? "")))
        learnColumn(definition, table, cmd.missing_ok ? maybe(age) : age);
      break;
    case "AT_DropColumn":
      table.columns.delete(name);
      break;
    case "AT_AlterColumnType":
      if (column && definition) column.type = readType(definition.typeName);
      else if (definition) table.columns.set(name, { age: "old", type: readType(definition.typeName), notNull: false });
      break;
    case "AT_SetNotNull":
    case "AT_DropNotNull":
      if (column) column.notNull = cmd.subtype === "AT_SetNotNull";
      break;
    case "AT_AddConstraint":
      if (cmd.def && "Constraint" in cmd.def) learnConstraint(cmd.def.Constraint, table, tableName, age);
      break;
    case "AT_ValidateConstraint": {
      const constraint = table.constraints.get(name);
      if (constraint) constraint.valid = true;
      break;
    }
    case "AT_DropConstraint":
      table.constraints.delete(name);
      break;
    default:
  }
}

function learnRename(rename: RenameStmt, schema: Schema): void {
  const name = relationName(rename.relation, schema.current);
  const newName = rename.newname ?? "";
  const renamed = qualify(
    [...(rename.relation?.schemaname ? [rename.relation.schemaname] : []), newName],
    schema.current,
  );
  const table = schema.tables.get(name);
  if (rename.renameType === "OBJECT_TABLE") move(schema, name, renamed);
  else if (rename.renameType === "OBJECT_INDEX") rekey(schema.indexes, name, renamed);
  else if (rename.renameType === "OBJECT_COLUMN" && table) rekey(table.columns, rename.subname ?? "", newName);
  else if (rename.renameType === "OBJECT_TABCONSTRAINT" && table)
    rekey(table.constraints, rename.subname ?? "", newName);
}

function move(schema: Schema, name: string, newName: string): void {
  rekey(schema.tables, name, newName);
  for (const index of schema.indexes.values()) if (index.table === name) index.table = newName;
}

function rekey<T>(map: Map<string, T>, key: string, newKey: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(newKey, value);
}
