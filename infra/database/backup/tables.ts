import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { to } from "pg-copy-streams";

/** A table whose rows a backup holds. */
export interface Table {
  schema: "public" | "stagesub";
  name: string;
  /** All but generated ones. */
  columns: string[];
  /** SQL by which its rows always come in the same order, whatever the server's locale. */
  order: string;
}

/** What was copied, seen as text. */
export interface Digest {
  rows: number;
  sha256: string;
}

/**
 * The ordinary tables of `public` and `stagesub`, by name. Those of extensions belong to the extension, and
 * `_prisma_migrations` to whoever makes the app's tables: both come with the schema, not with the data. So does the record of the schema.
 */
export async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    SELECT n.nspname AS schema, c.relname AS name, a.columns, coalesce(k.columns, '(t.*)::text COLLATE "C"') AS order
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
    LATERAL (
      SELECT coalesce(array_agg(attname::text ORDER BY attnum), '{}') AS columns FROM pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ) a,
    LATERAL (
      SELECT string_agg(format(CASE WHEN t.attcollation = 0 THEN '%I' ELSE '%I COLLATE "C"' END, t.attname), ', ' ORDER BY p.place) AS columns
      FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY p (attnum, place)
      JOIN pg_attribute t ON t.attnum = p.attnum WHERE i.indrelid = c.oid AND i.indisprimary AND t.attrelid = c.oid
    ) k
    WHERE n.nspname IN ('public', 'stagesub') AND c.relkind = 'r'
      AND (n.nspname, c.relname) NOT IN (('public', '_prisma_migrations'), ('stagesub', 'expected_schema'))
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY n.nspname, c.relname COLLATE "C"`);
  return rows;
}

/** Every sequence of both schemas: quoted name → last value, null where none was drawn. */
export async function readSequences(client: pg.Client): Promise<Record<string, string | null>> {
  const { rows } = await client.query<{ name: string; value: string | null }>(
    `SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS value
     FROM pg_sequences WHERE schemaname IN ('public', 'stagesub') ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** The session in which rows are always written the same way, and all of them or none. For this transaction. */
export const copySettings = `
  SET LOCAL client_encoding = 'UTF8';
  SET LOCAL timezone = 'UTC';
  SET LOCAL datestyle = 'ISO, YMD';
  SET LOCAL intervalstyle = 'iso_8601';
  SET LOCAL bytea_output = 'hex';
  SET LOCAL extra_float_digits = 1;
  SET LOCAL row_security = off`;

/** Streams a table's rows as COPY writes them through `sink`, and digests them on the way. */
export async function copyOut(
  client: pg.Client,
  table: Table,
  sink: (rows: AsyncIterable<Buffer>) => Promise<void>,
  signal?: AbortSignal,
): Promise<Digest> {
  const columns = table.columns.map((column) => pg.escapeIdentifier(column)).join(", ");
  const copy = to(`COPY (SELECT ${columns} FROM ONLY ${quoteTable(table)} t ORDER BY ${table.order}) TO STDOUT`);
  const digest = new RowDigest();
  try {
    await pipeline(client.query(copy), (rows: AsyncIterable<Buffer>) => digest.through(rows), sink, { signal });
  } finally {
    // Ends pg's time limit for this query: pg-copy-streams does so for COPY FROM only.
    (copy as { callback?: () => void }).callback?.();
  }
  return digest.result();
}

/** Reads a table to its end. */
export async function digestTable(client: pg.Client, table: Table): Promise<Digest> {
  return copyOut(client, table, async (rows) => {
    for await (const _chunk of rows);
  });
}

/** Counts and digests COPY's text, in which a line break ends a row and nothing else. */
export class RowDigest {
  private readonly hash = createHash("sha256");
  private rows = 0;

  async *through(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.hash.update(chunk);
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.rows++;
      yield chunk;
    }
  }

  result(): Digest {
    return { rows: this.rows, sha256: this.hash.digest("hex") };
  }
}

/** Quoted, with its schema. */
export function quoteTable({ schema, name }: { schema: string; name: string }): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}
