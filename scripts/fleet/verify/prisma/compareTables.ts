import type { ExpectedColumn, ExpectedEnum, ExpectedTable, Expectation } from "./expectTables.ts";
import type { Catalogue, CatalogueColumn, CatalogueTable } from "./readCatalogue.ts";

/** One thing in which the schema and the database do not fit together. */
interface Mismatch {
  kind: "table" | "column" | "type" | "nullability" | "default" | "unique" | "foreign key" | "enum" | "required column";
  /** In the schema's words: "User.email". */
  at: string;
  /** Says what was expected and what came. */
  reason: string;
}

export interface PrismaComparison {
  /** Differences on which the client would fail, or err. */
  mismatches: Mismatch[];
  /** Parts that only the database has, and that the client does not mind. */
  extras: string[];
}

/**
 * Looks for what the Prisma client needs and the database lacks or has otherwise. Not compared: default values that the
 * client writes itself, indexes that are not unique, referential actions, and the order of columns and enum values.
 */
export function compareTables({ tables, enums }: Expectation, catalogue: Catalogue): PrismaComparison {
  const pairs = tables.map((expected) => ({
    expected,
    found: catalogue.tables.find((table) => isSame(table, expected)),
  }));
  const known = new Set(pairs.map(({ found }) => found));
  return {
    mismatches: [
      ...enums.flatMap((expected) => compareEnum(expected, catalogue)),
      ...pairs.flatMap(({ expected, found }) => compareTable(expected, found, catalogue)),
    ],
    extras: [
      ...catalogue.tables.filter((table) => !known.has(table)).map(({ schema, name }) => `table ${schema}.${name}`),
      ...pairs.flatMap(({ expected, found }) => (found ? findExtras(expected, found) : [])),
    ],
  };
}

function compareEnum(expected: ExpectedEnum, { enums }: Catalogue): Mismatch[] {
  const { schema, name, values } = expected;
  const found = enums.find((candidate) => isSame(candidate, expected));
  const mismatch = (reason: string): Mismatch => ({ kind: "enum", at: name, reason });
  if (!found) return [mismatch(`expected an enum ${name} (${values.join(", ")}) in the schema ${schema}, got none`)];
  const [lacking, beyond] = [without(values, found.values), without(found.values, values)];
  return [
    ...(lacking.length > 0
      ? [mismatch(`expected the value${s(lacking)} ${lacking.join(", ")}; the database has ${found.values.join(", ")}`)]
      : []),
    ...(beyond.length > 0
      ? [mismatch(`the database has ${beyond.join(", ")} as well, and the client fails on a row with it`)]
      : []),
  ];
}

function compareTable(expected: ExpectedTable, found: CatalogueTable | undefined, catalogue: Catalogue): Mismatch[] {
  const { model, schema, name } = expected;
  if (!found)
    return [{ kind: "table", at: model, reason: `expected a table "${name}" in the schema ${schema}, got none` }];
  const columns = expected.columns.flatMap((column) => compareColumn(expected, column, found));
  if (found.isView) return columns;
  return [
    ...columns,
    ...findUnfilled(expected, found),
    ...compareUniques(expected, found),
    ...compareKeys(expected, found, catalogue),
  ];
}

function compareColumn({ model }: ExpectedTable, expected: ExpectedColumn, table: CatalogueTable): Mismatch[] {
  const at = `${model}.${expected.field}`;
  const found = table.columns.find(({ name }) => name === expected.name);
  if (!found)
    return [{ kind: "column", at, reason: `expected a column "${expected.name}"${describe(expected)}, got none` }];
  if (expected.type === undefined) return [];
  const mismatches: Mismatch[] = [];
  const [wanted, got] = [typeOf(expected), typeOf(found)];
  if (wanted !== got) mismatches.push({ kind: "type", at, reason: `expected ${wanted}, got ${got}` });
  // Of a list, Prisma reads NULL as an empty one; a view never says NOT NULL.
  if (!table.isView && !expected.isList && expected.isNullable !== found.isNullable) {
    const reason = found.isNullable
      ? "expected NOT NULL, got a column that may be null: the client fails on such a row"
      : "expected a column that may be null, got NOT NULL: the client fails when it writes null";
    mismatches.push({ kind: "nullability", at, reason });
  }
  if (!table.isView && expected.isGenerated && !found.hasDefault) {
    const reason = "expected the database to fill it (autoincrement or dbgenerated), got a column without a default";
    mismatches.push({ kind: "default", at, reason });
  }
  return mismatches;
}

/** Finds columns that the client does not know and that need a value in each new row. */
function findUnfilled(expected: ExpectedTable, found: CatalogueTable): Mismatch[] {
  return unknownColumns(expected, found)
    .filter(({ isNullable, hasDefault }) => !isNullable && !hasDefault)
    .map((column) => ({
      kind: "required column",
      at: expected.model,
      reason: `the database has "${column.name}" ${typeOf(column)} NOT NULL without a default, which the client would never fill`,
    }));
}

function compareUniques(expected: ExpectedTable, found: CatalogueTable): Mismatch[] {
  return expected.uniques
    .filter((columns) => !found.uniques.some((unique) => sameSet(unique, columns)))
    .map((columns) => ({
      kind: "unique",
      at: expected.model,
      reason: `expected (${columns.join(", ")}) to be unique, got no primary key, unique constraint or whole unique index on it`,
    }));
}

/** PostgreSQL has foreign keys neither from views nor to them. */
function compareKeys(expected: ExpectedTable, found: CatalogueTable, { tables }: Catalogue): Mismatch[] {
  return expected.foreignKeys
    .filter((key) => !tables.some((table) => table.isView && isSame(table, key.table)))
    .filter((key) => !found.foreignKeys.some((other) => keyText(other) === keyText(key)))
    .map((key) => ({
      kind: "foreign key",
      at: `${expected.model}.${key.field}`,
      reason: `expected (${key.columns.join(", ")}) to reference "${key.table.name}" (${key.references.join(", ")}), got no such foreign key`,
    }));
}

function findExtras(expected: ExpectedTable, found: CatalogueTable): string[] {
  return unknownColumns(expected, found)
    .filter(({ isNullable, hasDefault }) => isNullable || hasDefault || found.isView)
    .map(({ name }) => `column ${expected.name}.${name}`);
}

function unknownColumns(expected: ExpectedTable, found: CatalogueTable): CatalogueColumn[] {
  return found.columns.filter(({ name }) => !expected.columns.some((column) => column.name === name));
}

function describe(column: ExpectedColumn): string {
  return column.type === undefined ? "" : ` of type ${typeOf(column)}`;
}

function typeOf({ type, isEnum, isList }: Pick<ExpectedColumn, "type" | "isEnum" | "isList">): string {
  return `${isEnum ? `enum ${type}` : type}${isList ? "[]" : ""}`;
}

function keyText({ columns, table, references }: CatalogueTable["foreignKeys"][number]): string {
  const pairs = columns.map((column, index) => [column, references[index]]).sort(([a], [b]) => (a! < b! ? -1 : 1));
  return JSON.stringify([table.schema, table.name, pairs]);
}

function isSame(one: { schema: string; name: string }, other: { schema: string; name: string }): boolean {
  return one.schema === other.schema && one.name === other.name;
}

function sameSet(some: string[], others: string[]): boolean {
  return some.length === others.length && without(some, others).length === 0;
}

function without(some: string[], others: string[]): string[] {
  return some.filter((value) => !others.includes(value));
}

function s(list: string[]): string {
  return list.length === 1 ? "" : "s";
}
