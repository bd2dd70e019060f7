import type { ColumnDef, Constraint, Node } from "@pgsql/types";

import { readType } from "./columnTypes.ts";
import type { Finding } from "./finding.ts";
import { quoteName } from "./names.ts";
import type { Schema } from "./schema.ts";
import { isVolatile } from "./volatility.ts";

interface Place {
  schema: Schema;
  table: string;
  ifNotExists: boolean;
  /** All actions of the statement: a key over the new column may stand in another. */
  actions: readonly Node[];
}

/** ADD COLUMN on a table that has rows. */
export function* judgeAddedColumn(column: ColumnDef, { schema, table, ifNotExists }: Place): Generator<Finding> {
  const name = column.colname ?? "";
  if (ifNotExists && schema.tables.get(table)?.columns.has(name)) return;
  const constraints = (column.constraints ?? []).flatMap((one) => ("Constraint" in one ? [one.Constraint] : []));
  const of = (kind: Constraint["contype"]) => constraints.find(({ contype }) => contype === kind);
  const found = (rule: Finding["rule"], as = quoteName(name)): Finding => ({ rule, name: as, table });
  const type = readType(column.typeName).name;
  const counts = /^(small|big)?serial[248]?$/.test(type) || of("CONSTR_IDENTITY") !== undefined;
  const given = of("CONSTR_DEFAULT")?.raw_expr;
  const generated = of("CONSTR_GENERATED");
  if (counts) yield found("serial-column");
  if (generated) yield found("stored-column");
  if (given && isVolatile(given, schema)) yield found("volatile-default");
  const hasValue = counts || generated || (given !== undefined && !isNull(given));
  if (!hasValue && (of("CONSTR_NOTNULL") || of("CONSTR_PRIMARY"))) yield found("not-null-without-default");
  if (of("CONSTR_PRIMARY")) yield found("primary-key-without-index");
  if (of("CONSTR_UNIQUE")) yield found("unique-without-index");
  if (of("CONSTR_CHECK")) yield found("check-validates", quoteName(of("CONSTR_CHECK")?.conname ?? name));
  // Without a value there is nothing to look up: PostgreSQL takes such a key for valid unseen.
  if (of("CONSTR_FOREIGN") && hasValue)
    yield found("foreign-key-validates", quoteName(of("CONSTR_FOREIGN")?.conname ?? name));
}

function isNull(expression: Node): boolean {
  if ("TypeCast" in expression) return expression.TypeCast.arg !== undefined && isNull(expression.TypeCast.arg);
  return "A_Const" in expression && expression.A_Const.isnull === true;
}
