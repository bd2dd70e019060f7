import type { AlterTableCmd, ColumnDef, Constraint, CreateStmt, Node, RangeVar, RenameStmt } from "@pgsql/types";

import { Catalogue, type Table } from "./catalogue.ts";
import { readColumn, readType } from "./columnTypes.ts";
import { allOf, as, relationName, words } from "./names.ts";
import { dropKeys, madeObject } from "./objectKeys.ts";

/** Fills the catalogue, statement by statement. */
export class SchemaTracker extends Catalogue {
  /** Begins a file, which starts with the session's own settings. */
  beginFile(file: string, statements: readonly Node[]): void {
    this.file = file;
    this.schema = "public";
    this.toMake = new Set(statements.flatMap((node) => madeObject(node, "public")?.key ?? []));
  }

  /** Takes in what a statement makes, changes and drops. */
  track(node: Node): void {
    if ("CreateStmt" in node) this.trackTable(node.CreateStmt);
    else if ("CreateTableAsStmt" in node)
      this.make(node.CreateTableAsStmt.into?.rel, node.CreateTableAsStmt.if_not_exists);
    else if ("SelectStmt" in node && node.SelectStmt.intoClause) this.make(node.SelectStmt.intoClause.rel, false);
    else if ("AlterTableStmt" in node) {
      const { relation, cmds = [] } = node.AlterTableStmt;
      const table = this.touch(this.nameOf(relation));
      for (const cmd of allOf(cmds, "AlterTableCmd")) this.trackAction(cmd, table, relation?.relname ?? "");
    } else if ("RenameStmt" in node) this.trackRename(node.RenameStmt);
    else if ("DropStmt" in node) {
      for (const key of dropKeys(node.DropStmt, this.schema)) {
        this.others.delete(key);
        this.tables.delete(key.replace(/^(materialized view|table) /, ""));
      }
    } else if ("VariableSetStmt" in node && node.VariableSetStmt.name === "search_path") {
      this.schema = as(node.VariableSetStmt.args?.[0], "A_Const")?.sval?.sval || "public";
    } else if ("CreateTrigStmt" in node)
      this.trackEvents(node.CreateTrigStmt.relation, node.CreateTrigStmt.events ?? 0);
    else if ("RuleStmt" in node) this.trackEvents(node.RuleStmt.relation, -1);
    this.trackMade(node);
  }

  private trackMade(node: Node): void {
    const made = madeObject(node, this.schema);
    const known = made && this.others.get(made.key);
    // CREATE OR REPLACE and IF NOT EXISTS do not make a known object new.
    if (known && made.definer) known.definer = true;
    if (made && !known) this.others.set(made.key, { file: this.file, ...made });
  }

  private trackEvents(relation: RangeVar | undefined, events: number): void {
    const table = this.touch(this.nameOf(relation));
    table.events = table.triggersFrom === this.file ? table.events | events : events;
    table.triggersFrom = this.file;
  }

  private make(relation: RangeVar | undefined, ifNotExists = false): Table | undefined {
    const name = this.nameOf(relation);
    if (ifNotExists && this.tables.has(name)) return undefined;
    return this.set(name, this.file, ifNotExists);
  }

  private set(name: string, file: string, ifNotExists: boolean): Table {
    const table = { file, ifNotExists, columns: new Map(), checks: new Map(), ...unused };
    this.tables.set(name, table);
    return table;
  }

  /** Returns a table; an unknown one counts as made before. */
  private touch(name: string): Table {
    return this.tables.get(name) ?? this.set(name, "", false);
  }

  private trackTable(create: CreateStmt): void {
    const table = this.make(create.relation, create.if_not_exists);
    if (!table) return;
    for (const column of allOf(create.tableElts, "ColumnDef")) this.trackColumn(column, table, table.ifNotExists);
    for (const constraint of allOf(create.tableElts, "Constraint"))
      this.trackConstraint(constraint, table, create.relation?.relname ?? "");
  }

  private trackColumn(column: ColumnDef, table: Table, ifNotExists: boolean): void {
    const constraints = allOf(column.constraints, "Constraint");
    const made = { file: this.file, ifNotExists };
    table.columns.set(column.colname ?? "", { ...made, ...readColumn(column.typeName, constraints) });
    for (const constraint of constraints) this.trackReference(constraint, table);
  }

  private trackReference({ contype, pktable }: Constraint, from: Table): void {
    if (contype === "CONSTR_FOREIGN" && from.file !== this.file) this.touch(this.nameOf(pktable)).reaches = true;
  }

  /** A constraint without a name is called as PostgreSQL would call it, where that is one name. */
  private trackConstraint(constraint: Constraint, table: Table, tableName: string): void {
    this.trackReference(constraint, table);
    const name = constraint.conname ?? (constraint.contype === "CONSTR_PRIMARY" ? `${tableName}_pkey` : undefined);
    const { nulltesttype, arg } = as(constraint.raw_expr, "NullTest") ?? {};
    const notNullOf = words(as(arg, "ColumnRef")?.fields).at(-1);
    const isTest = nulltesttype === "IS_NOT_NULL" && notNullOf !== undefined;
    const made = { file: this.file, ifNotExists: false, valid: !constraint.skip_validation };
    if (name) table.checks.set(name, { ...made, ...(isTest && { notNullOf }) });
    for (const key of constraint.contype === "CONSTR_PRIMARY" ? words(constraint.keys) : []) {
      const column = table.columns.get(key);
      if (column) column.notNull = true;
    }
  }

  private trackAction(cmd: AlterTableCmd, table: Table, tableName: string): void {
    const name = cmd.name ?? "";
    const column = table.columns.get(name);
    const definition = as(cmd.def, "ColumnDef");
    const action: string = cmd.subtype ?? "";
    switch (action) {
      case "AT_AddColumn": {
        if (!definition || (cmd.missing_ok && table.columns.has(definition.colname ?? ""))) break;
        // The columns of a table that an earlier file has made are all known: an unknown column is added.
        this.trackColumn(definition, table, cmd.missing_ok === true && (table.file === "" || table.ifNotExists));
        break;
      }
      case "AT_DropColumn":
        table.columns.delete(name);
        for (const [check, { notNullOf }] of table.checks) if (notNullOf === name) table.checks.delete(check);
        break;
      case "AT_AlterColumnType":
        if (column && definition) column.type = readType(definition.typeName);
        break;
      case "AT_ColumnDefault":
        if (column) column.hasDefault = cmd.def !== undefined;
        break;
      case "AT_SetNotNull":
      case "AT_DropNotNull":
        if (column) column.notNull = action === "AT_SetNotNull";
        break;
      case "AT_AddConstraint":
        for (const one of allOf(cmd.def && [cmd.def], "Constraint")) this.trackConstraint(one, table, tableName);
        break;
      case "AT_ValidateConstraint": {
        const check = table.checks.get(name);
        if (check) check.valid = true;
        break;
      }
      case "AT_DropConstraint":
        table.checks.delete(name);
        break;
      case "AT_AttachPartition":
      case "AT_AddInherit": {
        const part = as(cmd.def, "PartitionCmd")?.name ?? as(cmd.def, "RangeVar");
        if (action === "AT_AttachPartition" && !this.isOwn(this.nameOf(part))) table.reaches = true;
        if (action === "AT_AddInherit" && table.file !== this.file) this.touch(this.nameOf(part)).reaches = true;
        break;
      }
      default:
    }
  }

  private trackRename({ renameType, relation, subname = "", newname = "" }: RenameStmt): void {
    const name = this.nameOf(relation);
    const renamed = relationName({ ...relation, relname: newname }, this.schema);
    const table = this.tables.get(name);
    if (renameType === "OBJECT_TABLE") rekey(this.tables, name, renamed);
    else if (renameType === "OBJECT_INDEX") rekey(this.others, `index ${name}`, `index ${renamed}`);
    else if (renameType === "OBJECT_COLUMN" && table) {
      rekey(table.columns, subname, newname);
      for (const check of table.checks.values()) if (check.notNullOf === subname) check.notNullOf = newname;
    } else if (renameType === "OBJECT_TABCONSTRAINT" && table) rekey(table.checks, subname, newname);
  }
}

const unused = { events: 0, triggersFrom: "", reaches: false };

function rekey<T>(map: Map<string, T>, key: string, newKey: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(newKey, value);
}
