import type pg from "pg";

import { normalizeType } from "./columnTypes.ts";

/** The parts of a database that a Prisma schema can describe. */
export interface Catalogue {
  tables: CatalogueTable[];
  enums: { schema: string; name: string; values: string[] }[];
}

export interface CatalogueTable {
  schema: string;
  name: string;
  /** A view tells neither what may be null nor what is unique. */
  isView: boolean;
  columns: CatalogueColumn[];
  /** Of the primary key and of unique constraints and indexes, but for partial, deferrable and computed ones. */
  uniques: string[][];
  foreignKeys: { columns: string[]; table: { schema: string; name: string }; references: string[] }[];
}

export interface CatalogueColumn {
  name: string;
  /** In the form of `normalizeType`; an enum's own name with its schema; of a domain: its base type; of a list: its elements'. */
  type: string;
  isEnum: boolean;
  isList: boolean;
  isNullable: boolean;
  /** Whether the database fills it by itself: a default, an identity, a computed column. */
  hasDefault: boolean;
}

/** Reads the tables and enums of these schemas; extensions' are left out. */
export async function readCatalogue(client: pg.Client, schemas: string[]): Promise<Catalogue> {
  const tables = await client.query<CatalogueTable>(tableQuery, [schemas]);
  const enums = await client.query<Catalogue["enums"][number]>(enumQuery, [schemas]);
  const normalize = (column: CatalogueColumn) =>
    column.isEnum ? column : { ...column, type: normalizeType(column.type) };
  return {
    tables: tables.rows.map((table) => ({ ...table, columns: table.columns.map(normalize) })),
    enums: enums.rows,
  };
}

/**
 * The server sends a domain's values as those of its base type; those of a list of domains as the list's own.
 * An index's first `indnkeyatts` columns are its key; behind them stand those of INCLUDE. Column 0 is an expression.
 */
const tableQuery = `
  SELECT n.nspname AS schema, c.relname AS name, c.relkind IN ('v', 'm') AS "isView",
    (SELECT coalesce(json_agg(json_build_object(
        'name', a.attname,
        'type', CASE WHEN e.typtype = 'e' THEN en.nspname || '.' || e.typname ELSE format_type(e.oid, b.modifier) END,
        'isEnum', e.typtype = 'e',
        'isList', t.typcategory = 'A',
        'isNullable', NOT a.attnotnull AND NOT b.isnotnull,
        'hasDefault', a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' OR b.hasdefault) ORDER BY a.attnum), '[]')
     FROM pg_attribute a
       CROSS JOIN LATERAL (
         WITH RECURSIVE base (oid, modifier, isnotnull, hasdefault) AS (
           SELECT a.atttypid, a.atttypmod, false, false
           UNION ALL
           SELECT d.typbasetype, d.typtypmod, base.isnotnull OR d.typnotnull, base.hasdefault OR d.typdefault IS NOT NULL
           FROM base JOIN pg_type d ON d.oid = base.oid AND d.typtype = 'd')
         SELECT base.* FROM base JOIN pg_type u ON u.oid = base.oid WHERE u.typtype <> 'd') b
       JOIN pg_type t ON t.oid = b.oid
       JOIN pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END
       JOIN pg_namespace en ON en.oid = e.typnamespace
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT coalesce(json_agg(ARRAY(
        SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE k.place <= i.indnkeyatts ORDER BY k.place) ORDER BY i.indexrelid), '[]')
     FROM pg_index i
     WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL
       AND i.indexprs IS NULL) AS uniques,
    (SELECT coalesce(json_agg(json_build_object(
        'columns', (SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k (attnum, place)
          JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
        'table', (SELECT json_build_object('schema', fn.nspname, 'name', fc.relname)
          FROM pg_class fc JOIN pg_namespace fn ON fn.oid = fc.relnamespace WHERE fc.oid = f.confrelid),
        'references', (SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k (attnum, place)
          JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum))), '[]')
     FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f') AS "foreignKeys"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 1, 2`;

const enumQuery = `
  SELECT n.nspname AS schema, t.typname AS name, ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS values
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = ANY ($1) AND t.typtype = 'e' ORDER BY 1, 2`;
