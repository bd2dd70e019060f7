import type pg from "pg";
import { isOurs } from "../database/readRelations.ts";

/** A table, with the catalogue's rules for its rows. */
export interface TableShape {
  oid: number;
  /** `public."User"` */
  name: string;
  /** The columns that a row must be given; the server computes the others. */
  columns: ColumnShape[];
  checks: { name: string; sql: string; columns: string[] }[];
  references: ReferenceShape[];
}

export interface ColumnShape {
  name: string;
  /** As the catalogue abbreviates it: `text`, `int2`, `jsonb`. For an array or a domain the underlying type. */
  type: string;
  /** The letter of the type's category: https://www.postgresql.org/docs/17/catalog-pg-type.html#CATALOG-TYPCATEGORY-TABLE. */
  category: string;
  isArray: boolean;
  /** The arguments in brackets after the type: "50" or "10,2". */
  size: string | null;
  /** The labels of an enum. */
  labels: string[] | null;
  notNull: boolean;
  /** As SQL. */
  default: string | null;
  /** Whether no two rows may have the same value, whatever is in their other columns. */
  unique: boolean;
}

export interface ReferenceShape {
  columns: string[];
  /** The referenced table. */
  target: number;
  targetName: string;
  targetColumns: string[];
}

/** Reads the tables from the catalogue alone. */
export async function readTables(client: pg.Client): Promise<TableShape[]> {
  return (await client.query<TableShape>(catalogue)).rows;
}

const names = (columns: string, relation: string) =>
  `(SELECT coalesce(json_agg(a.attname ORDER BY u.place), '[]') FROM unnest(${columns}) WITH ORDINALITY AS u (attnum, place)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = u.attnum)`;

const catalogue = `
  SELECT c.oid::int, format('%I.%I', n.nspname, c.relname) AS name,
    (SELECT coalesce(json_agg(json_build_object(
       'name', a.attname, 'type', coalesce(e.typname, b.typname), 'category', coalesce(e.typcategory, b.typcategory), 'isArray', e.oid IS NOT NULL,
       'size', substring(format_type(b.oid, CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END) FROM '\\(([\\d,]+)\\)'),
       'labels', (SELECT json_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = coalesce(e.oid, b.oid)),
       'notNull', a.attnotnull OR t.typnotnull, 'default', pg_get_expr(d.adbin, d.adrelid),
       'unique', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1
         AND (i.indkey[0] = a.attnum OR (i.indkey[0] = 0 AND EXISTS (SELECT FROM pg_depend p WHERE p.classid = 'pg_class'::regclass AND p.objid = i.indexrelid
           AND p.refobjid = c.oid AND p.refobjsubid = a.attnum)))))
       ORDER BY a.attnum), '[]')
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
     LEFT JOIN pg_type e ON b.typcategory = 'A' AND e.oid = b.typelem LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '') AS columns,
    (SELECT coalesce(json_agg(json_build_object('name', k.conname, 'sql', pg_get_expr(k.conbin, k.conrelid),
       'columns', ${names("k.conkey", "c.oid")}) ORDER BY k.conname), '[]')
     FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks,
    (SELECT coalesce(json_agg(json_build_object('columns', ${names("k.conkey", "c.oid")}, 'target', k.confrelid::int,
       'targetName', (SELECT format('%I.%I', fn.nspname, f.relname) FROM pg_class f JOIN pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = k.confrelid),
       'targetColumns', ${names("k.confkey", "k.confrelid")}) ORDER BY k.conname), '[]')
     FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') AS "references"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${isOurs}
  ORDER BY 2`;
