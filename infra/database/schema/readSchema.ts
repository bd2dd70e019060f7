import type pg from "pg";
import { policyName } from "../roles/grants.ts";
import { databaseCatalogue } from "./databaseCatalogue.ts";
import { objectCatalogue } from "./objectCatalogue.ts";

/** One object or property of a database. The same SQL gives the same words in every database. */
export interface SchemaItem {
  /** `table`, `foreign table`, `column`, `grant`, `setting`, … */
  kind: string;
  /** The kind and the name: `table "User"`, `column "User".email`, `function touch()`. Names in `public` have no schema. */
  what: string;
  /** `what` of the table or other object that the item belongs to; null if it belongs to none. */
  of: string | null;
  /** `text NOT NULL`, `CREATE UNIQUE INDEX …` */
  definition: string;
}

/** Returns whether an item is a table, type, function or the like, not a part of one or a property of the whole database. */
export function isSchemaObject({ kind }: SchemaItem): boolean {
  return / ?table$|view$|^(sequence|type|enum|domain|function)$/.test(kind);
}

export interface SchemaScope {
  /**
   * The app's group, in a database whose rights `planGrants` corrects at every run and which are therefore left out here. Null if no
   * such role exists yet.
   */
  group: string | null;
  /** Includes rights in `public`, row-level security and the program's own policy. Default false: `planGrants` judges them. */
  withGrants?: boolean;
}

/**
 * Describes everything in a database that decides its structure and access: the objects of `public`, `stagesub` and every other
 * schema whose owner's rights the migrating role has, and the properties of the whole database (roles with power over it, rights,
 * extensions, event triggers, …). Leaves out objects of Supabase's own roles (`supabase_…`) outside `public`.
 *
 * Reads only the catalogue, inside the caller's transaction, whose `search_path` is `public` from then on.
 */
export async function readSchema(client: pg.Client, { group, withGrants = false }: SchemaScope): Promise<SchemaItem[]> {
  const [, objects, others] = await Promise.all([
    client.query(asAlways),
    client.query<SchemaItem>(objectCatalogue, [policyName, withGrants]),
    client.query<SchemaItem>(databaseCatalogue, [group, withGrants]),
  ]);
  return [...objects.rows, ...others.rows];
}

/** Fixes the server's form of names and constants, for the transaction, whatever the settings of the server, the role or a migration are. */
export const asAlways = `
  SET LOCAL search_path = public;
  SET LOCAL timezone = 'UTC';
  SET LOCAL datestyle = 'ISO, YMD';
  SET LOCAL intervalstyle = 'postgres';
  SET LOCAL bytea_output = 'hex';
  SET LOCAL extra_float_digits = 1;
  SET LOCAL quote_all_identifiers = off`;
