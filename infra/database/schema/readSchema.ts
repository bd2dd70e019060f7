import type pg from "pg";
import { policyName } from "../roles/rights.ts";
import { databaseCatalogue } from "./databaseCatalogue.ts";
import { objectCatalogue } from "./objectCatalogue.ts";

/** One thing that a database holds, in words that are the same wherever the same SQL made it. */
export interface SchemaItem {
  /** `table "User"`, `column "User".email`, `function touch()`. Names in `public` stand without their schema. */
  what: string;
  /** `what` of the table or other thing that it belongs to; null for what stands alone. */
  of: string | null;
  /** `text NOT NULL`, `CREATE UNIQUE INDEX …` */
  definition: string;
}

export interface SchemaScope {
  /**
   * The app's group, in a database whose rights `planRights` puts right at every run: what it judges is left out here. Null where no
   * such role exists yet.
   */
  group: string | null;
  /** Left out, `planRights` judges rights in `public`, row-level security and our own policy. True: they are described as well. */
  withRights?: boolean;
}

/**
 * Describes everything in a database that decides what a program finds there and who may do it: the objects of `public`, `stagesub` and
 * every other schema that the migrating role may use, and what belongs to the database as a whole (roles with power over it, rights,
 * extensions, event triggers, …). What Supabase's own roles (`supabase_…`) own outside `public` is theirs.
 *
 * Reads the catalogue alone, inside the caller's transaction, whose `search_path` is `public` from then on.
 */
export async function readSchema(client: pg.Client, { group, withRights = false }: SchemaScope): Promise<SchemaItem[]> {
  await client.query(asAlways);
  const { rows: objects } = await client.query<SchemaItem>(objectCatalogue, [policyName, withRights]);
  const { rows: others } = await client.query<SchemaItem>(databaseCatalogue, [group, withRights]);
  return [...objects, ...others];
}

/** The way in which the server writes names and constants, whatever its, the role's or a migration's settings are. */
const asAlways = `
  SET LOCAL search_path = public;
  SET LOCAL timezone = 'UTC';
  SET LOCAL datestyle = 'ISO, YMD';
  SET LOCAL intervalstyle = 'postgres';
  SET LOCAL bytea_output = 'hex';
  SET LOCAL extra_float_digits = 1;
  SET LOCAL quote_all_identifiers = off`;
