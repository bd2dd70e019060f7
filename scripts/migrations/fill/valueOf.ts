import pg from "pg";
import type { ColumnShape } from "./readTables.ts";

/** A number below 1,000,000,007 that looks random and is the same for each row and salt. */
export function hash(salt: number): string {
  return `abs(hashint8extended("#", ${salt}) % 1000000007)`;
}

/**
 * Returns an SQL expression, over the row's number `"#"` from 0, whose values a column takes: with empty values and duplicates where the
 * column allows them, and, if checks look at the column, with the constants that they compare with.
 *
 * @param checks the SQL of the checks that look at the column
 * @param salt another multiple of 10 for each column
 * @returns undefined for an unknown type
 */
export function valueOf(column: ColumnShape, checks: readonly string[], salt: number): string | undefined {
  const [value, other] = [singleValue(column, checks, salt), singleValue(column, checks, salt + 1)];
  if (value === undefined) return undefined;
  const whole = column.isArray
    ? `CASE ${hash(salt + 2)} % 3 WHEN 0 THEN '[]'::jsonb WHEN 1 THEN jsonb_build_array(${value}) ELSE jsonb_build_array(${value}, ${other}) END`
    : value;
  return column.notNull ? whole : `CASE WHEN ${hash(salt + 3)} % 7 > 0 THEN ${whole} END`;
}

function singleValue(column: ColumnShape, checks: readonly string[], salt: number): string | undefined {
  const random = hash(salt);
  if (column.labels) return pick(column.labels.map(pg.escapeLiteral), random);
  switch (column.category) {
    case "S":
      return textValue(column, checks, salt);
    case "N":
      return numberValue(column, checks, salt);
    case "B":
      return `${random} % 2 = 0`;
    // Fixed years around now: the same rows tomorrow.
    case "D":
      return `(timestamp '2020-01-01' + ${random} % 252460800 * interval '1 second')${/^time(tz)?$/.test(column.type) ? "::time" : ""}`;
    case "T":
      return `${random} % 10000 || ' minutes'`;
    case "I":
      return `concat_ws('.', 10, ${random} % 256, ${hash(salt + 4)} % 256, ${hash(salt + 5)} % 256)`;
  }
  switch (column.type) {
    case "uuid":
      return md5(salt);
    case "bytea":
      return `'\\x' || ${md5(salt)}`;
    case "json":
    case "jsonb":
      return `CASE WHEN ${checks.length > 0} AND ${random} % 3 = 0 THEN jsonb_build_array("#") ELSE jsonb_build_object('number', "#") END`;
    default:
      return undefined;
  }
}

const words = ["Åsa", "Öberg", "O'Neill", "viola", "två  mellanrum", "Gävle", "sista minuten", "“citat”", "x", "Ærø"];

function textValue({ name, default: fallback, size, unique }: ColumnShape, checks: readonly string[], salt: number) {
  const [random, hex] = [hash(salt), md5(salt)];
  const number = unique ? '"#"' : `${random} % ("#" + 1)`;
  // A text that the app reads as a UUID or a URL is one; a migration that casts it would fail only here otherwise.
  const ordinary = /gen_random_uuid|uuid_generate/.test(fallback ?? "")
    ? `${hex}::uuid::text`
    : /e-?mail/i.test(name)
      ? `'person' || ${number} || '@example.se'`
      : /ur[il]$/i.test(name)
        ? `'https://example.se/' || ${number}`
        : `${pick(words.map(pg.escapeLiteral), random)} || ' ' || ${number}`;
  const letters = `left(translate(${hex}, '0123456789', 'ghijklmnop'), 10)`;
  const shapes = [
    ordinary,
    letters,
    `(${number})::text`,
    `${hex} || ${hex}`,
    `upper(${letters})`,
    `${hex}::uuid::text`,
  ];
  const constants = checks.flatMap((sql) => [...sql.matchAll(/'(?:[^']|'')*'/g)].map(([text]) => text));
  const any = constants.length > 0 ? shapes.flatMap((shape) => [shape, pick(constants, hash(salt + 4))]) : shapes;
  const text = checks.length > 0 ? pick(any, hash(salt + 5)) : ordinary;
  // The number is at the end of the text.
  return size === null ? text : `right(${text}, ${size})`;
}

function numberValue({ type, size, unique }: ColumnShape, checks: readonly string[], salt: number): string {
  const [precision = 9, scale = 0] = size?.split(",").map(Number) ?? [];
  const most = Math.min(10 ** (precision - scale), type === "int2" ? 32_767 : 2 ** 31 - 1);
  if (unique) return `"#" % ${most}`;
  const constants = checks.flatMap(numbersIn);
  const [low, high] = [Math.min(...constants, 0), Math.max(...constants, 0)];
  const random = `${hash(salt)} % ${Math.min(most, 10_000)}`;
  if (constants.length === 0) return random;
  return `CASE ${hash(salt + 4)} % 2 WHEN 0 THEN ${random} ELSE ${low} + ${hash(salt)} % ${Math.ceil(high - low) + 2} END`;
}

function numbersIn(sql: string): number[] {
  const withoutTexts = sql.replace(/'(?:[^']|'')*'::\w*(?:text|char)\w*/g, "");
  return [...withoutTexts.matchAll(/(?<![\w."])-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
}

function md5(salt: number): string {
  return `md5("#" || ' ${salt}')`;
}

function pick(expressions: readonly string[], random: string): string {
  return `(ARRAY[${expressions.join(", ")}])[1 + ${random} % ${expressions.length}]`;
}
