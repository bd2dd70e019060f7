import pg from "pg";
import { describeServerError } from "../../../infra/database/connection/explainQueryError.ts";
import type { FilledTable } from "../migrationReview.ts";
import { type ReferenceShape, readTables, type TableShape } from "./readTables.ts";
import { hash, valueOf } from "./valueOf.ts";

export type Filled = Omit<FilledTable, "folder">;

/** The generated rows double with each round, until enough fit. */
const rounds = 6;

/**
 * Fills every table with rows that its definition allows: types, enums, checks, unique and foreign keys are read from the catalogue. The
 * same tables get the same rows each time. A table whose rows it cannot generate stays empty, with the reason.
 *
 * @param wanted rows a table
 */
export async function fillTables(client: pg.Client, wanted: number): Promise<Filled[]> {
  const filled: Filled[] = [];
  for (const table of orderTables(await readTables(client))) {
    try {
      filled.push({ table: table.name, ...(await fillTable(client, table, wanted)) });
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      const why = `PostgreSQL refused generated rows: ${describeServerError(error)}`;
      filled.push({ table: table.name, rows: 0, why });
    }
  }
  await client.query("ANALYZE");
  return filled;
}

/** Sorts each table after those that it must reference; in a cycle, a table whose references may all be empty comes first. */
function orderTables(tables: readonly TableShape[]): TableShape[] {
  const left = new Map(tables.map((table) => [table.oid, table]));
  const ordered: TableShape[] = [];
  while (left.size > 0) {
    const waits = (table: TableShape, isBlocking: (reference: ReferenceShape) => boolean) =>
      table.references.some((one) => one.target !== table.oid && left.has(one.target) && isBlocking(one));
    const all = [...left.values()];
    const next =
      all.find((table) => !waits(table, () => true)) ??
      all.find((table) => !waits(table, (reference) => isRequired(table, reference))) ??
      all[0]!;
    left.delete(next.oid);
    ordered.push(next);
  }
  return ordered;
}

function isRequired({ columns }: TableShape, reference: ReferenceShape): boolean {
  return reference.columns.every((name) => columns.some((column) => column.name === name && column.notNull));
}

async function fillTable(client: pg.Client, table: TableShape, wanted: number): Promise<Omit<Filled, "table">> {
  for (const reference of table.references.filter((one) => isRequired(table, one))) {
    const { rowCount } = await client.query(`SELECT FROM ${reference.targetName} LIMIT 1`);
    if (rowCount === 0)
      return {
        rows: 0,
        why: `each row must reference ${reference.targetName}, which has no rows (${reference.columns.join(", ")}).`,
      };
  }
  const values = valuesOf(table);
  if (typeof values === "string") return { rows: 0, why: values };
  const insert = insertOf(table, values);
  let [rows, tried] = [0, 0];
  for (let round = 0; round < rounds && rows < wanted; round++) {
    const end = tried + Math.max(200, wanted) * 2 ** round;
    const { rowCount } = await client.query(insert, [tried, end - 1, wanted - rows]);
    tried = end;
    rows += rowCount ?? 0;
    if (rowCount === 0 && round > 0) break;
  }
  const checks = table.checks.length === 0 ? "" : ` and checks (${table.checks.map(({ name }) => name).join(", ")})`;
  return rows === wanted
    ? { rows }
    : { rows, why: `its unique keys${checks} allow no more of ${tried} generated rows.` };
}

/** Returns column → expression; a column of a sequence or of an unknown type keeps its default. */
function valuesOf({ columns, checks, references }: TableShape): Map<string, string> | string {
  const values = new Map<string, string>();
  for (const [index, column] of columns.entries()) {
    if (/^nextval\(/.test(column.default ?? "")) continue;
    const own = checks.filter((check) => check.columns.includes(column.name)).map(({ sql }) => sql);
    const reference = references.findLastIndex((one) => one.columns.includes(column.name));
    const value =
      reference < 0 ? valueOf(column, own, 10 * index) : `r${reference}.${pg.escapeIdentifier(column.name)}`;
    if (value !== undefined) values.set(column.name, value);
    else if (column.notNull && column.default === null)
      return `no values are known for its column ${column.name}, of type ${column.type}.`;
  }
  return values;
}

/** Returns the statement that inserts the generated rows $1 to $2 which fit the checks, at most $3. */
function insertOf(table: TableShape, values: Map<string, string>): string {
  const columns = [...values.keys()].map((name) => pg.escapeIdentifier(name)).join(", ");
  const generated = [...values].map(([name, value]) => `${value} AS ${pg.escapeIdentifier(name)}`).join(", ");
  const targets = table.references.map(({ columns, targetName, targetColumns }, index) => {
    const keys = targetColumns.map(
      (name, at) => `${pg.escapeIdentifier(name)} AS ${pg.escapeIdentifier(columns[at]!)}`,
    );
    return `r${index} AS MATERIALIZED (SELECT ${keys.join(", ")}, row_number() OVER (ORDER BY ${targetColumns.map((name) => pg.escapeIdentifier(name)).join(", ")}) - 1 AS " place" FROM ${targetName})`;
  });
  const joins = table.references.map((reference, index) => {
    const place = `${hash(-10 * index - 1)} % (SELECT greatest(count(*), 1) FROM r${index})`;
    const isSet = isRequired(table, reference) ? "true" : `${hash(-10 * index - 2)} % 7 > 0`;
    return `LEFT JOIN r${index} ON r${index}." place" = ${place} AND ${isSet}`;
  });
  const checks = table.checks.map(({ sql }) => `(${sql}) IS NOT FALSE`);
  return `
    ${targets.length > 0 ? `WITH ${targets.join(", ")}` : ""}
    INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM (
      SELECT "# row".* FROM generate_series($1::bigint, $2::bigint) AS "#" ${joins.join(" ")}
      CROSS JOIN LATERAL (SELECT ${generated}) AS "# values" CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.name}, to_jsonb("# values")) AS "# row"
    ) AS candidate WHERE ${checks.join(" AND ") || "true"} LIMIT $3 ON CONFLICT DO NOTHING`;
}
