import type { RandomNumbers } from "./randomNumbers.ts";
import type { ColumnShape } from "./readTables.ts";

/** As JSON, which `jsonb_populate_recordset` reads for a column of that type. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** `row` is another number for each row, from 0. */
export type Maker = (random: RandomNumbers, row: number) => Value;

/** About every seventh value of a column that may be empty is. */
const emptyShare = 0.15;

/**
 * Returns a maker of values for a column. It makes everything that the type allows: empty values and duplicates if the column may
 * have them, and texts with quotes and letters beyond ASCII. If the column has a check, the maker also uses the constants that the
 * check compares with. Pure.
 *
 * @param checks the SQL of the checks that look at the column
 * @returns undefined for an unknown type
 */
export function makeValue(column: ColumnShape, checks: readonly string[]): Maker | undefined {
  const make = makerOf(column, checks);
  if (!make) return undefined;
  const one: Maker = column.isArray
    ? (random, row) => Array.from({ length: random.below(4) }, (_, place) => make(random, row + place))
    : make;
  return column.notNull ? one : (random, row) => (random.chance(emptyShare) ? null : one(random, row));
}

function makerOf(column: ColumnShape, checks: readonly string[]): Maker | undefined {
  const { type, labels, size, unique } = column;
  if (labels) return (random) => random.pick(labels);
  switch (type) {
    case "text":
    case "character varying":
    case "character":
    case "citext":
    case "name":
      return makeText(column, checks);
    case "smallint":
    case "integer":
    case "bigint":
    case "numeric":
    case "real":
    case "double precision":
      return makeNumber(type, size, unique, checks);
    case "boolean":
      return (random) => random.chance(0.5);
    case "date":
      return (random) => moment(random).slice(0, 10);
    case "timestamp without time zone":
    case "timestamp with time zone":
      return moment;
    case "time without time zone":
    case "time with time zone":
      return (random) => moment(random).slice(11, 19);
    case "interval":
      return (random) => `${random.below(10_000)} minutes`;
    case "uuid":
      return uuid;
    case "json":
    case "jsonb":
      return (random, row) =>
        checks.length > 0 && random.chance(0.3) ? [row] : { number: row, text: random.pick(words) };
    case "bytea":
      return (random) => `\\x${random.hex(16)}`;
    case "inet":
    case "cidr":
      return (random) => `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`;
    default:
      return undefined;
  }
}

const words = ["Åsa", "Öberg", "O'Neill", "viola", "två  mellanrum", "Gävle", "sista minuten", "“citat”", "x", "Ærø"];

type TextMaker = (random: RandomNumbers, row: number) => string;

function makeText({ name, default: fallback, size, unique }: ColumnShape, checks: readonly string[]): TextMaker {
  const constants = checks.flatMap(textsIn);
  // A text that the app reads as a UUID or a URL must be one, or a migration that casts it would fail only here.
  const ordinary: TextMaker = (random, row) => {
    const number = unique ? row : random.below(row + 1);
    if (/gen_random_uuid|uuid_generate/.test(fallback ?? "")) return uuid(random);
    if (/e-?mail/i.test(name)) return `person${number}@example.se`;
    if (/ur[il]$/i.test(name)) return `https://example.se/${number}`;
    return `${random.pick(words)} ${number}`;
  };
  const shapes: TextMaker[] = [
    ordinary,
    (random) => letters(random),
    (random, row) => `${unique ? row : random.below(100)}`,
    (random) => random.hex(64),
    (random) => letters(random).toUpperCase(),
    uuid,
  ];
  const make: TextMaker =
    checks.length === 0
      ? ordinary
      : (random, row) =>
          constants.length > 0 && random.chance(0.5) ? random.pick(constants) : random.pick(shapes)(random, row);
  const [limit] = size;
  // From the end, where the number is.
  return limit === undefined ? make : (random, row) => [...make(random, row)].slice(-limit).join("");
}

function makeNumber(type: string, size: number[], unique: boolean, checks: readonly string[]): Maker {
  const [precision = 9, scale = 0] = size;
  const constants = checks.flatMap(numbersIn);
  const most = Math.min(10 ** (precision - scale), type === "smallint" ? 32_767 : 2 ** 31 - 1);
  const [low, high] = [Math.min(...constants, 0), Math.max(...constants, 0)];
  return (random, row) => {
    if (unique) return row % most;
    if (constants.length > 0 && random.chance(0.5)) return low + random.below(high - low + 2);
    return random.below(Math.min(most, 10_000));
  };
}

/** Returns a moment of fixed years around now: a run tomorrow makes the same rows. */
function moment(random: RandomNumbers): string {
  return new Date(Date.UTC(2020, 0, 1) + random.below(8 * 365 * 86_400) * 1_000).toISOString().slice(0, 19);
}

function uuid(random: RandomNumbers): string {
  return `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
}

/** Returns at least eight letters, so that hardly any two texts are the same. */
function letters(random: RandomNumbers): string {
  return Array.from({ length: 8 + random.below(5) }, () => String.fromCharCode(97 + random.below(26))).join("");
}

function textsIn(sql: string): string[] {
  return [...sql.matchAll(/'((?:[^']|'')*)'/g)].map(([, text]) => text!.replaceAll("''", "'"));
}

function numbersIn(sql: string): number[] {
  return [...sql.replace(/'(?:[^']|'')*'::\w*(?:text|char)\w*/g, "").matchAll(/(?<![\w."])-?\d+(?:\.\d+)?/g)].map(
    ([text]) => Number(text),
  );
}
