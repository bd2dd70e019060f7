import pg from "pg";
import { sha256 } from "../../util/digest.ts";
import type { Seeds } from "./readSeeds.ts";

/** A seeded table: `keys` identify a row, and people may edit `values`. */
interface SeededTable {
  table: string;
  keys: string[];
  values: string[];
  rows: Record<string, string>[];
}

/**
 * Writes the seeded rows one by one: adds a missing row (again), updates a row that nobody edited to match its file, and
 * leaves a row that people edited alone. Rows whose file is gone stay. `stagesub.seed` holds digests of the last written values.
 *
 * @returns the number of written rows
 */
export async function applySeeds(client: pg.Client, seeds: Seeds): Promise<number> {
  const tables: SeededTable[] = [
    { table: "EmailTemplate", keys: ["name", "language"], values: ["subject", "body"], rows: [...seeds.templates] },
    { table: "SystemSetting", keys: ["key"], values: ["value", "type", "description"], rows: [...seeds.settings] },
  ].map((table) => ({ ...table, rows: table.rows.map((row) => ({ ...row })) }));
  let written = 0;
  for (const table of tables) {
    let plan = await planTable(client, table, "");
    // Someone may be editing right now: read the rows again before overwriting them, and lock them.
    if (plan.update.length > 0) plan = await planTable(client, table, "FOR UPDATE");
    await writeTable(client, table, plan);
    written += plan.insert.length + plan.update.length;
  }
  await client.query(
    `UPDATE stagesub.owner SET seeded = every.rows
     FROM (SELECT array_agg(row ORDER BY row) AS rows FROM (
       SELECT kind || ' ' || key AS row FROM stagesub.seed UNION SELECT unnest(seeded) FROM stagesub.owner) AS known) AS every
     WHERE seeded <> every.rows`,
  );
  return written;
}

interface TablePlan {
  insert: Record<string, string>[];
  update: Record<string, string>[];
  /** Rows whose digest is stored anew: inserted and updated rows, and rows that already match the file. */
  remember: { key: string; sha256: string }[];
}

async function planTable(
  client: pg.Client,
  { table, keys, values, rows }: SeededTable,
  lock: string,
): Promise<TablePlan> {
  const columns = [...keys, ...values].map((column) => `${pg.escapeIdentifier(column)}::text`);
  const [{ rows: found }, { rows: seeded }] = await Promise.all([
    client.query<Record<string, string>>(
      `SELECT ${columns.join(", ")} FROM public.${pg.escapeIdentifier(table)} ${lock}`,
    ),
    client.query<{ key: string; sha256: string }>("SELECT key, sha256 FROM stagesub.seed WHERE kind = $1", [table]),
  ]);
  const present = new Map(found.map((row) => [keyOf(row, keys), digest(row, values)]));
  const remembered = new Map(seeded.map(({ key, sha256 }) => [key, sha256]));

  const plan: TablePlan = { insert: [], update: [], remember: [] };
  for (const row of rows) {
    const key = keyOf(row, keys);
    const [is, was, next] = [present.get(key), remembered.get(key), digest(row, values)];
    if (is === undefined) plan.insert.push(row);
    else if (is !== next && is === was) plan.update.push(row);
    else if (is !== next || was === next) continue;
    plan.remember.push({ key, sha256: next });
  }
  return plan;
}

async function writeTable(client: pg.Client, { table, keys, values }: SeededTable, plan: TablePlan): Promise<void> {
  const quote = (columns: string[], prefix = "") => columns.map((column) => prefix + pg.escapeIdentifier(column));
  const target = `public.${pg.escapeIdentifier(table)}`;
  const columns = [...keys, ...values];
  // json_populate_recordset converts text to the columns' own types, enums included.
  if (plan.insert.length > 0) {
    await client.query(
      `INSERT INTO ${target} (${quote(columns).join(", ")})
       SELECT ${quote(columns).join(", ")} FROM json_populate_recordset(NULL::${target}, $1) ON CONFLICT DO NOTHING`,
      [JSON.stringify(plan.insert)],
    );
  }
  if (plan.update.length > 0) {
    const match = keys.map((key) => `t.${pg.escapeIdentifier(key)} = s.${pg.escapeIdentifier(key)}`);
    const set = values.map((value) => `${pg.escapeIdentifier(value)} = s.${pg.escapeIdentifier(value)}`);
    await client.query(
      `UPDATE ${target} t SET ${set.join(", ")}, "updatedAt" = CURRENT_TIMESTAMP
       FROM json_populate_recordset(NULL::${target}, $1) s WHERE ${match.join(" AND ")}`,
      [JSON.stringify(plan.update)],
    );
  }
  if (plan.remember.length > 0) {
    await client.query(
      `INSERT INTO stagesub.seed (kind, key, sha256) SELECT $1, key, sha256 FROM json_to_recordset($2) AS r (key text, sha256 text)
       ON CONFLICT (kind, key) DO UPDATE SET sha256 = excluded.sha256`,
      [table, JSON.stringify(plan.remember)],
    );
  }
}

function keyOf(row: Record<string, string>, keys: string[]): string {
  return keys.map((key) => row[key]).join(".");
}

function digest(row: Record<string, string>, values: string[]): string {
  return sha256(JSON.stringify(values.map((value) => row[value])));
}
