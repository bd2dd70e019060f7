import pg from "pg";
import { describeServerError } from "../../../infra/database/connection/explainQueryError.ts";
import { makeValue, type Maker, type Value } from "./makeValue.ts";
import { isRequired, orderTables } from "./orderTables.ts";
import { randomNumbers, type RandomNumbers } from "./randomNumbers.ts";
import { readTables, type ColumnShape, type ReferenceShape, type TableShape } from "./readTables.ts";

export interface Filled {
  /** `public."User"` */
  table: string;
  rows: number;
  /** The reason for fewer rows than were asked for. */
  why?: string;
}

type Row = Record<string, Value>;

/** Rows that go to the server at once, at most. */
const batch = 5_000;

/** Attempts to make the missing rows, for each `batch` of rows. */
const rounds = 12;

/**
 * Fills every table with rows that its definition allows: types, enums, checks, unique and foreign keys are read from the
 * catalogue. The same tables get the same rows each time. A table that it finds no rows for stays empty, and says why.
 *
 * @param wanted rows a table
 */
export async function fillTables(client: pg.Client, wanted: number): Promise<Filled[]> {
  const random = randomNumbers(20_261_127);
  const filled: Filled[] = [];
  for (const table of orderTables(await readTables(client))) {
    filled.push({ table: table.name, ...(await fillTable(client, table, wanted, random)) });
  }
  await client.query("ANALYZE");
  return filled;
}

async function fillTable(
  client: pg.Client,
  table: TableShape,
  wanted: number,
  random: RandomNumbers,
): Promise<Omit<Filled, "table">> {
  const makers = makersOf(table);
  if (typeof makers === "string") return { rows: 0, why: makers };
  const keys = await readKeys(client, table, wanted);
  if (typeof keys === "string") return { rows: 0, why: keys };
  let [rows, tried] = [0, 0];
  for (let round = 0; round < rounds * Math.ceil(wanted / batch) && rows < wanted; round++) {
    const share = tried === 0 ? 0.5 : Math.max(rows / tried, 0.02);
    const count = Math.min(batch, Math.max(200, Math.ceil((1.2 * (wanted - rows)) / share)));
    const candidates = Array.from({ length: count }, (_, place) => makeRow(tried + place, makers, keys, random));
    tried += count;
    try {
      const more = await insert(client, table, [...makers.keys()], candidates, wanted - rows);
      rows += more;
      if (rows === 0 && round === 1) return { rows, why: await findCulprit(client, table, candidates) };
      if (rows > 0 && more === 0) break;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return { rows, why: `PostgreSQL refused generated rows: ${describeServerError(error)}` };
    }
  }
  return rows === wanted
    ? { rows }
    : { rows, why: `its unique keys and checks let no more through of ${tried} generated ones.` };
}

/** Returns the makers; columns of a sequence or of an unknown type keep their default. */
function makersOf(table: TableShape): Map<string, Maker> | string {
  const makers = new Map<string, Maker>();
  for (const column of table.columns) {
    const checks = table.checks.filter(({ columns }) => columns.includes(column.name)).map(({ sql }) => sql);
    if (takesDefault(column)) continue;
    const maker = makeValue(column, checks);
    if (maker) makers.set(column.name, maker);
    else if (column.notNull && column.default === null)
      return `no values are known for its column ${column.name}, of type ${column.type}.`;
  }
  return makers;
}

function takesDefault({ default: fallback }: ColumnShape): boolean {
  return /^nextval\(/.test(fallback ?? "");
}

interface Keys {
  columns: string[];
  /** Keys that the reference may point at; empty: it points at nothing. */
  rows: Value[][];
  /** Whether the reference may point at nothing. */
  mayBeEmpty: boolean;
}

async function readKeys(client: pg.Client, table: TableShape, wanted: number): Promise<Keys[] | string> {
  const all: Keys[] = [];
  for (const reference of table.references) {
    const rows = await readTargets(client, reference, wanted);
    const mayBeEmpty = !reference.columns.every((name) => isRequired(table, name));
    if (rows.length === 0 && !mayBeEmpty)
      return `each must point at a row of ${reference.targetName} (${reference.columns.join(", ")}), which has none.`;
    all.push({ columns: reference.columns, rows, mayBeEmpty });
  }
  return all;
}

async function readTargets(
  client: pg.Client,
  { targetName, targetColumns }: ReferenceShape,
  wanted: number,
): Promise<Value[][]> {
  const columns = targetColumns.map((name) => `to_jsonb(${pg.escapeIdentifier(name)})`).join(", ");
  const { rows } = await client.query<{ key: Value[] }>(
    `SELECT jsonb_build_array(${columns}) AS key FROM ${targetName} ORDER BY 1 LIMIT $1`,
    [wanted],
  );
  return rows.map(({ key }) => key);
}

function makeRow(number: number, makers: Map<string, Maker>, keys: Keys[], random: RandomNumbers): Row {
  const row: Row = {};
  for (const [name, make] of makers) row[name] = make(random, number);
  for (const { columns, rows, mayBeEmpty } of keys) {
    const key = rows.length === 0 || (mayBeEmpty && random.chance(0.15)) ? undefined : random.pick(rows);
    columns.forEach((name, place) => (row[name] = key?.[place] ?? null));
  }
  return row;
}

/** Inserts those that the checks let through, until there are enough. */
async function insert(
  client: pg.Client,
  table: TableShape,
  columns: string[],
  candidates: Row[],
  limit: number,
): Promise<number> {
  const names = columns.map((name) => pg.escapeIdentifier(name)).join(", ");
  const checks = table.checks.map(({ sql }) => `(${sql}) IS NOT FALSE`).join(" AND ") || "true";
  const { rowCount } = await client.query(
    `INSERT INTO ${table.name} (${names}) SELECT ${names} FROM jsonb_populate_recordset(NULL::${table.name}, $1)
     WHERE ${checks} LIMIT $2 ON CONFLICT DO NOTHING`,
    [JSON.stringify(candidates), limit],
  );
  return rowCount ?? 0;
}

/** Names the checks that no generated row satisfies. */
async function findCulprit(client: pg.Client, table: TableShape, candidates: Row[]): Promise<string> {
  const failing: string[] = [];
  for (const { name, sql } of table.checks) {
    const { rowCount } = await client.query(
      `SELECT FROM jsonb_populate_recordset(NULL::${table.name}, $1) WHERE (${sql}) IS NOT FALSE LIMIT 1`,
      [JSON.stringify(candidates)],
    );
    if (!rowCount) failing.push(name);
  }
  return failing.length > 0
    ? `no generated row satisfies its check ${failing.join(" and ")}.`
    : "no generated row satisfies all its checks and unique keys at once.";
}
