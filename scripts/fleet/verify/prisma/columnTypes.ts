/** Scalar type of a Prisma schema → the native type that it has without an attribute, and its arguments. */
const defaults: Record<string, [native: string, args: string[]]> = {
  String: ["Text", []],
  Boolean: ["Boolean", []],
  Int: ["Integer", []],
  BigInt: ["BigInt", []],
  Float: ["DoublePrecision", []],
  Decimal: ["Decimal", ["65", "30"]],
  DateTime: ["Timestamp", ["3"]],
  Json: ["JsonB", []],
  Bytes: ["ByteA", []],
};

/**
 * Native type (`@db.…`) → PostgreSQL's own name, as `format_type` writes it; `*` is where the arguments stand.
 * https://www.prisma.io/docs/orm/overview/databases/postgresql#type-mapping-between-postgresql-and-prisma-schema
 */
const natives: Record<string, string> = {
  SmallInt: "smallint",
  Integer: "integer",
  BigInt: "bigint",
  Decimal: "numeric*",
  Money: "money",
  Inet: "inet",
  Oid: "oid",
  Citext: "citext",
  Real: "real",
  DoublePrecision: "double precision",
  VarChar: "character varying*",
  Char: "character*",
  Text: "text",
  ByteA: "bytea",
  Timestamp: "timestamp* without time zone",
  Timestamptz: "timestamp* with time zone",
  Date: "date",
  Time: "time* without time zone",
  Timetz: "time* with time zone",
  Boolean: "boolean",
  Bit: "bit*",
  VarBit: "bit varying*",
  Uuid: "uuid",
  Xml: "xml",
  Json: "json",
  JsonB: "jsonb",
};

/** Returns the PostgreSQL type of a scalar field, in the form of {@link normalizeType}. */
export function toPostgresType(scalar: string, native: [name: string, args: string[]] | null): string {
  const [name, args] = native ?? defaults[scalar] ?? [];
  const pattern = name === undefined ? undefined : natives[name];
  if (pattern === undefined) {
    throw new Error(`Expected a type of Prisma's PostgreSQL connector, got ${scalar}${name ? ` @db.${name}` : ""}.`);
  }
  return normalizeType(pattern.replace("*", args!.length > 0 ? `(${args!.join(",")})` : ""));
}

/** Adds PostgreSQL's implied argument to a type as `format_type` writes it, and drops an extension's schema. */
export function normalizeType(type: string): string {
  const [, base = type, args, zone = ""] =
    /^(?:\w+\.)?([a-z][a-z ]*?)(\([\d,]+\))?( with(?:out)? time zone)?$/.exec(type) ?? [];
  return `${base}${args ?? impliedArguments[base] ?? ""}${zone}`;
}

const impliedArguments: Record<string, string> = { timestamp: "(6)", time: "(6)", character: "(1)", bit: "(1)" };
