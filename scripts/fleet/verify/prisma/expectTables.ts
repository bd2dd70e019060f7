import { toPostgresType } from "./columnTypes.ts";
import type { Enum, Field, Model, PrismaSchema } from "./readPrismaSchema.ts";

/** The Prisma client's needs of a database. */
export interface Expectation {
  tables: ExpectedTable[];
  enums: ExpectedEnum[];
}

export interface ExpectedTable {
  /** The part of the schema that needs it: "User", or "relation PostToTag". */
  model: string;
  schema: string;
  name: string;
  columns: ExpectedColumn[];
  /** Column sets by which the client finds one row. */
  uniques: string[][];
  foreignKeys: ExpectedForeignKey[];
}

export interface ExpectedColumn {
  field: string;
  name: string;
  /** PostgreSQL's name; an enum's own with its schema; left out for `Unsupported` and `@ignore`, of which only the column is needed. */
  type?: string;
  isEnum: boolean;
  isList: boolean;
  isNullable: boolean;
  /** `autoincrement()` and `dbgenerated()`: the client leaves the value to the database. */
  isGenerated: boolean;
}

export interface ExpectedEnum {
  schema: string;
  name: string;
  values: string[];
}

export interface ExpectedForeignKey {
  field: string;
  columns: string[];
  table: { schema: string; name: string };
  references: string[];
}

/** Reads a parsed schema as demands on a database. */
export function expectTables(schema: PrismaSchema): Expectation {
  return {
    tables: [...schema.models.map((model) => expectTable(schema, model)), ...expectJoinTables(schema)],
    enums: schema.enums.map((one) => ({
      ...placeOf(one),
      values: one.values.map((value) => value.dbName ?? value.name),
    })),
  };
}

function expectTable(schema: PrismaSchema, model: Model): ExpectedTable {
  const columnOf = (name: string) => columnName(model.fields.find((field) => field.name === name)!);
  const own = model.fields.filter(({ kind }) => kind !== "object").map((field) => expectColumn(schema, field));
  const hidden = model.hidden.map(({ field, column }) => ({
    ...{ field, name: column },
    ...{ isEnum: false, isList: false, isNullable: true, isGenerated: false },
  }));
  return {
    model: model.name,
    ...placeOf(model),
    columns: [...own, ...hidden],
    uniques: [
      ...model.fields.filter(({ isId, isUnique }) => isId || isUnique).map(({ name }) => [name]),
      ...(model.primaryKey ? [model.primaryKey.fields] : []),
      ...model.uniqueFields,
    ].map((fields) => fields.map(columnOf)),
    foreignKeys: schema.hasForeignKeys ? expectForeignKeys(schema, model, columnOf) : [],
  };
}

function expectColumn({ enums }: PrismaSchema, field: Field): ExpectedColumn {
  const { name, kind, type, nativeType, isList, isRequired } = field;
  const generated = (field.default as { name?: string } | undefined)?.name;
  return {
    field: name,
    name: columnName(field),
    type: kind === "enum" ? enumType(enums.find((one) => one.name === type)!) : toPostgresType(type, nativeType),
    isEnum: kind === "enum",
    isList,
    isNullable: !isRequired,
    isGenerated: generated === "autoincrement" || generated === "dbgenerated",
  };
}

function expectForeignKeys(
  { models }: PrismaSchema,
  model: Model,
  columnOf: (field: string) => string,
): ExpectedForeignKey[] {
  return model.fields
    .filter(({ relationFromFields }) => relationFromFields?.length)
    .map(({ name, type, relationFromFields, relationToFields }) => {
      const target = models.find((other) => other.name === type)!;
      return {
        field: name,
        columns: relationFromFields!.map(columnOf),
        table: placeOf(target),
        references: relationToFields!.map((to) => columnName(target.fields.find((field) => field.name === to)!)),
      };
    });
}

/**
 * An implicit many-to-many relation has a table of its own, with columns A and B for the two models in alphabetical order:
 * https://www.prisma.io/docs/orm/prisma-schema/data-model/relations/many-to-many-relations#conventions-for-relation-tables-in-implicit-m-n-relations
 */
function expectJoinTables(schema: PrismaSchema): ExpectedTable[] {
  const { models } = schema;
  const sides = models.flatMap((model) =>
    model.fields
      .filter(({ kind, isList }) => kind === "object" && isList)
      .map((field) => ({ model, field, other: models.find(({ name }) => name === field.type)! })),
  );
  const isJoined = ({ model, field, other }: (typeof sides)[number]) =>
    other.fields.some(
      (back) => back !== field && back.relationName === field.relationName && back.isList && back.type === model.name,
    );
  const joined = new Map(sides.filter(isJoined).map((side) => [side.field.relationName!, side]));
  return [...joined].map(([relation, { model, other }]) => {
    const [first, second] = [model, other].sort((a, b) => (a.name < b.name ? -1 : 1)) as [Model, Model];
    const column = (name: string, target: Model): ExpectedColumn => ({
      ...expectColumn(
        schema,
        target.fields.find(({ isId }) => isId)!,
      ),
      ...{ field: name, name, isNullable: false, isGenerated: false },
    });
    return {
      model: `relation ${relation}`,
      schema: placeOf(first).schema,
      name: `_${relation}`,
      columns: [column("A", first), column("B", second)],
      uniques: [["A", "B"]],
      foreignKeys: [],
    };
  });
}

function placeOf({ name, dbName, schema }: Model | Enum): { schema: string; name: string } {
  return { schema: schema ?? "public", name: dbName ?? name };
}

function columnName({ name, dbName }: Field): string {
  return dbName ?? name;
}

function enumType(one: Enum): string {
  const { schema, name } = placeOf(one);
  return `${schema}.${name}`;
}
