import type { RangeVar } from "@pgsql/types";

import type { ColumnFacts } from "./columnTypes.ts";
import { quoteName, relationName } from "./names.ts";
import type { MadeObject } from "./objectKeys.ts";

/** Made by the file that is judged; made there by IF NOT EXISTS, so it may have been there before; or in use already. */
type Origin = "own" | "ifNotExists" | "existing";

interface Made {
  file: string;
  ifNotExists: boolean;
}

type Column = Made & ColumnFacts;

interface Check extends Made {
  valid: boolean;
  /** Of `CHECK (column IS NOT NULL)`: the column. */
  notNullOf?: string;
}

export interface Table extends Made {
  columns: Map<string, Column>;
  checks: Map<string, Check>;
  /** Bits of the events (as CreateTrigStmt has them) at which a change of its rows runs what the file in `triggersFrom` has made. */
  events: number;
  triggersFrom: string;
  /** Rows of other tables may go with its own: their foreign keys point here, or they are parts of it. */
  reaches: boolean;
}

type Other = Made & Omit<MadeObject, "key">;

type Known<T> = (T & { origin: Origin }) | undefined;

/** Matches what is in a schema of Supabase, of the server or of our bookkeeping: `auth.users`, `function auth.uid`. */
export const kept =
  /^(\w+ ){0,2}(auth|cron|graphql|net|_?realtime|stagesub|storage|vault|pgbouncer|pgsodium|(information|supabase|pg_(?!temp))\w+)\.[^.]+$/;

/** The objects that the files read so far have made, as judges see them. Names have their schema. */
export class Catalogue {
  protected file = "";
  /** The schema of names that are written without one. */
  protected schema = "public";
  protected toMake: ReadonlySet<string> = new Set();
  protected readonly tables = new Map<string, Table>();
  /** All objects but tables: `view public.v`, `trigger t on public.a`. */
  protected readonly others = new Map<string, Other>();

  get current(): string {
    return this.schema;
  }

  /** Returns a relation's full name. A table of CREATE TEMP is found before any other, unless a schema is given. */
  nameOf(relation: RangeVar | undefined): string {
    const temporary = `pg_temp.${quoteName(relation?.relname ?? "")}`;
    if (!relation?.schemaname && (relation?.relpersistence === "t" || this.tables.has(temporary))) return temporary;
    return relationName(relation, this.schema);
  }

  /** Returns whether a table holds only rows that this file wrote, so that nobody else relies on them. */
  isOwn(table: string): boolean {
    const known = this.tables.get(table);
    return this.origin(known) === "own" && !known!.reaches;
  }

  /** Returns whether this file most likely made a table: nobody waits for it, and nobody reads it yet. */
  isNew(table: string): boolean {
    return this.origin(this.tables.get(table)) !== "existing";
  }

  /** Returns whether a table is outside the schemas of Supabase and of the server. */
  isOfApp(table: string): boolean {
    const schema = table.slice(0, table.lastIndexOf("."));
    return !kept.test(table) && (["public", "pg_temp"].includes(schema) || this.others.has(`schema ${schema}`));
  }

  runsAt(table: string, event: number): boolean {
    const known = this.tables.get(table);
    return known?.triggersFrom === this.file && (known.events & event) !== 0;
  }

  column(table: string, name: string): Known<Column> {
    return this.withOrigin(this.tables.get(table)?.columns.get(name));
  }

  check(table: string, name: string): Known<Check> {
    return this.withOrigin(this.tables.get(table)?.checks.get(name));
  }

  /** Returns whether no row can lack a value, by the column itself or by a check that all rows are known to keep. */
  isNeverNull(table: string, name: string): boolean {
    const known = this.tables.get(table);
    if (known?.columns.get(name)?.notNull) return true;
    return [...(known?.checks.values() ?? [])].some(({ notNullOf, valid }) => notNullOf === name && valid);
  }

  other(key: string): Known<Other> {
    return this.withOrigin(this.others.get(key));
  }

  /** Returns whether this file makes an object that no file before it has made. */
  makesFirst(key: string): boolean {
    return this.toMake.has(key) && !this.others.has(key);
  }

  isOwnObject(key: string): boolean {
    return this.other(key)?.origin === "own";
  }

  isOwnOfKinds(kinds: readonly string[], name: string): boolean {
    return kinds.some((kind) => this.isOwnObject(`${kind} ${name}`));
  }

  private withOrigin<T extends Made>(made: T | undefined): Known<T> {
    return made && { ...made, origin: this.origin(made) };
  }

  private origin(made: Made | undefined): Origin {
    if (made?.file !== this.file) return "existing";
    return made.ifNotExists ? "ifNotExists" : "own";
  }
}
