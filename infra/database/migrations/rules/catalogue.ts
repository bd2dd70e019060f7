import type { AlterTableCmd, ColumnDef, Constraint, CreateStmt, Node, RangeVar, RenameStmt } from "@pgsql/types";

import { readColumn, readType, type ColumnFacts } from "./columnTypes.ts";
import { dropKeys, madeObjects } from "./objectKeys.ts";
import { qualify, quoteName, relationName, words } from "./names.ts";

/** Made by the file that is judged; made there by IF NOT EXISTS, so it may have been there before; or in use already. */
type Origin = "own" | "perhaps" | "existing";

interface Made {
  file: string;
  ifNotExists: boolean;
}

type Column = Made & ColumnFacts;

interface Check extends Made {
  valid: boolean;
  /** Of `CHECK (column IS NOT NULL)`: the column. */
  notNullOf?: string;
}

interface Table extends Made {
  columns: Map<string, Column>;
  checks: Map<string, Check>;
  /** Bits of the events (as CreateTrigStmt has them) at which a change of its rows runs what the file in `triggersFrom` has made. */
  events: number;
  triggersFrom: string;
  /** Rows of other tables may go with its own: their foreign keys point here, or they are parts of it. */
  reaches: boolean;
}

interface Other extends Made {
  /** Of an index: its table, and whether it keeps rows unique. */
  table?: string;
  unique?: boolean;
}

/** What the files that were read so far have made. Names are as `format('%I.%I')` gives them. */
export class Catalogue {
  private file = "";
  /** Where a name without a schema stands. */
  private schema = "public";
  private readonly tables = new Map<string, Table>();
  /** Everything else: `view public.v`, `trigger t on public.a`. */
  private readonly others = new Map<string, Other>();

  /** Each file begins with the session's own settings. */
  beginFile(file: string): void {
    this.file = file;
    this.schema = "public";
  }

  get current(): string {
    return this.schema;
  }

  /** A table made by CREATE TEMP is found before any other, unless its schema is named. */
  nameOf(relation: RangeVar | undefined): string {
    const temporary = `pg_temp.${quoteName(relation?.relname ?? "")}`;
    if (!relation?.schemaname && (relation?.relpersistence === "t" || this.tables.has(temporary))) return temporary;
    return relationName(relation, this.schema);
  }

  originOf(table: string): Origin {
    return this.origin(this.tables.get(table));
  }

  /** Holds no rows but those that this file wrote, so nothing that others rely on is lost with them. */
  isOwn(table: string): boolean {
    return this.originOf(table) === "own" && !this.tables.get(table)!.reaches;
  }

  /** Most likely made here: nobody waits for it, and nobody reads it yet. */
  isNew(table: string): boolean {
    return this.originOf(table) !== "existing";
  }

  runsAt(table: string, event: number): boolean {
    const known = this.tables.get(table);
    return known?.triggersFrom === this.file && (known.events & event) !== 0;
  }

  column(table: string, name: string): (Column & { origin: Origin }) | undefined {
    const column = this.tables.get(table)?.columns.get(name);
    return column && { ...column, origin: this.origin(column) };
  }

  check(table: string, name: string): (Check & { origin: Origin }) | undefined {
    const check = this.tables.get(table)?.checks.get(name);
    return check && { ...check, origin: this.origin(check) };
  }

  /** Whether no row can lack a value: the column says so, or a check that all rows are known to keep. */
  isNeverNull(table: string, name: string): boolean {
    const known = this.tables.get(table);
    if (known?.columns.get(name)?.notNull) return true;
    return [...(known?.checks.values() ?? [])].some(({ notNullOf, valid }) => notNullOf === name && valid);
  }

  other(key: string): (Other & { origin: Origin }) | undefined {
    const other = this.others.get(key);
    return other && { ...other, origin: this.origin(other) };
  }

  isOwnObject(key: string): boolean {
    return this.other(key)?.origin === "own";
  }

  private origin(made: Made | undefined): Origin {
    if (made?.file !== this.file) return "existing";
    return made.ifNotExists ? "perhaps" : "own";
  }

  /** Takes in what a statement makes, changes and drops. */
  learn(node: Node): void {
    if ("CreateStmt" in node) this.learnTable(node.CreateStmt);
    else if ("CreateTableAsStmt" in node)
      this.make(node.CreateTableAsStmt.into?.rel, node.CreateTableAsStmt.if_not_exists);
    else if ("SelectStmt" in node && node.SelectStmt.intoClause) this.make(node.SelectStmt.intoClause.rel, false);
    else if ("AlterTableStmt" in node) {
      const { relation, cmds = [] } = node.AlterTableStmt;
      const table = this.touch(this.nameOf(relation));
      for (const cmd of cmds)
        if ("AlterTableCmd" in cmd) this.learnAction(cmd.AlterTableCmd, table, relation?.relname ?? "");
    } else if ("RenameStmt" in node) this.learnRename(node.RenameStmt);
    else if ("DropStmt" in node) {
      for (const key of dropKeys(node.DropStmt, this.schema)) {
        this.others.delete(key);
        this.tables.delete(key.replace(/^(materialized view|table) /, ""));
      }
    } else if ("CreateSchemaStmt" in node) {
      const before = this.schema;
      this.learnMade(node);
      this.schema = node.CreateSchemaStmt.schemaname ?? before;
      for (const element of node.CreateSchemaStmt.schemaElts ?? []) this.learn(element);
      this.schema = before;
    } else if ("VariableSetStmt" in node && node.VariableSetStmt.name === "search_path") {
      const [first] = node.VariableSetStmt.args ?? [];
      this.schema = (first && "A_Const" in first && first.A_Const.sval?.sval) || "public";
    } else if ("CreateTrigStmt" in node)
      this.learnEvents(node.CreateTrigStmt.relation, node.CreateTrigStmt.events ?? 0);
    else if ("RuleStmt" in node) this.learnEvents(node.RuleStmt.relation, -1);
    this.learnMade(node);
  }

  private learnMade(node: Node): void {
    for (const { key, ifNotExists, ...of } of madeObjects(node, this.schema)) {
      const known = this.others.get(key);
      // CREATE OR REPLACE and IF NOT EXISTS make nothing new of what was there.
      if (!known) this.others.set(key, { file: this.file, ifNotExists, ...of });
    }
  }

  private learnEvents(relation: RangeVar | undefined, events: number): void {
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
    const table = {
      file,
      ifNotExists,
      columns: new Map(),
      checks: new Map(),
      events: 0,
      triggersFrom: "",
      reaches: false,
    };
    this.tables.set(name, table);
    return table;
  }

  /** A table that nothing is known of was there before. */
  private touch(name: string): Table {
    return this.tables.get(name) ?? this.set(name, "", false);
  }

  private learnTable(create: CreateStmt): void {
    const table = this.make(create.relation, create.if_not_exists);
    if (!table) return;
    for (const element of create.tableElts ?? []) {
      if ("ColumnDef" in element) this.learnColumn(element.ColumnDef, table, table.ifNotExists);
      if ("Constraint" in element) this.learnConstraint(element.Constraint, table, create.relation?.relname ?? "");
    }
  }

  private learnColumn(column: ColumnDef, table: Table, ifNotExists: boolean): void {
    const constraints = (column.constraints ?? []).flatMap((one) => ("Constraint" in one ? [one.Constraint] : []));
    const made = { file: this.file, ifNotExists };
    table.columns.set(column.colname ?? "", { ...made, ...readColumn(column.typeName, constraints) });
    for (const constraint of constraints) this.learnReference(constraint, table);
  }

  private learnReference({ contype, pktable }: Constraint, from: Table): void {
    if (contype === "CONSTR_FOREIGN" && from.file !== this.file) this.touch(this.nameOf(pktable)).reaches = true;
  }

  /** A constraint without a name is called as PostgreSQL would call it, where that is one name. */
  private learnConstraint(constraint: Constraint, table: Table, tableName: string): void {
    this.learnReference(constraint, table);
    const name = constraint.conname ?? (constraint.contype === "CONSTR_PRIMARY" ? `${tableName}_pkey` : undefined);
    const test = constraint.raw_expr && "NullTest" in constraint.raw_expr ? constraint.raw_expr.NullTest : undefined;
    const tested =
      test?.nulltesttype === "IS_NOT_NULL" && test.arg && "ColumnRef" in test.arg ? test.arg.ColumnRef : undefined;
    const notNullOf = words(tested?.fields).at(-1);
    const valid = !constraint.skip_validation;
    if (name)
      table.checks.set(name, {
        file: this.file,
        ifNotExists: false,
        valid,
        ...(notNullOf !== undefined && { notNullOf }),
      });
    for (const key of constraint.contype === "CONSTR_PRIMARY" ? words(constraint.keys) : []) {
      const column = table.columns.get(key);
      if (column) column.notNull = true;
    }
  }

  private learnAction(cmd: AlterTableCmd, table: Table, tableName: string): void {
    const name = cmd.name ?? "";
    const column = table.columns.get(name);
    const definition = cmd.def && "ColumnDef" in cmd.def ? cmd.def.ColumnDef : undefined;
    const action: string = cmd.subtype ?? "";
    switch (action) {
      case "AT_AddColumn": {
        if (!definition || (cmd.missing_ok && table.columns.has(definition.colname ?? ""))) break;
        // Of a table that an earlier file has made every column is known: what is not there is added.
        this.learnColumn(definition, table, cmd.missing_ok === true && (table.file === "" || table.ifNotExists));
        break;
      }
      case "AT_DropColumn":
        table.columns.delete(name);
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
        if (cmd.def && "Constraint" in cmd.def) this.learnConstraint(cmd.def.Constraint, table, tableName);
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
        const part =
          cmd.def && "PartitionCmd" in cmd.def
            ? cmd.def.PartitionCmd.name
            : cmd.def && "RangeVar" in cmd.def
              ? cmd.def.RangeVar
              : undefined;
        if (action === "AT_AttachPartition" && !this.isOwn(this.nameOf(part))) table.reaches = true;
        if (action === "AT_AddInherit" && table.file !== this.file) this.touch(this.nameOf(part)).reaches = true;
        break;
      }
      default:
    }
  }

  private learnRename({ renameType, relation, subname = "", newname = "" }: RenameStmt): void {
    const name = this.nameOf(relation);
    const renamed = qualify([...(relation?.schemaname ? [relation.schemaname] : []), newname], this.schema);
    const table = this.tables.get(name);
    if (renameType === "OBJECT_TABLE") rekey(this.tables, name, renamed);
    else if (renameType === "OBJECT_INDEX") rekey(this.others, `index ${name}`, `index ${renamed}`);
    else if (renameType === "OBJECT_COLUMN" && table) rekey(table.columns, subname, newname);
    else if (renameType === "OBJECT_TABCONSTRAINT" && table) rekey(table.checks, subname, newname);
  }
}

function rekey<T>(map: Map<string, T>, key: string, newKey: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(newKey, value);
}
