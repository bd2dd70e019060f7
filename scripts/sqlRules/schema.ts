import type { ColumnType } from "./columnTypes.ts";

/**
 * Whether something holds rows or users yet. `new`: made by a pending file. `maybe`: made there by `IF NOT EXISTS`, so it may have been
 * there before. `old`: made by a file that is applied already, or by somebody else.
 */
export type Age = "new" | "maybe" | "old";

export interface KnownColumn {
  age: Age;
  type?: ColumnType;
  notNull: boolean;
}

export interface KnownConstraint {
  age: Age;
  /** Every row is known to keep to it. */
  valid: boolean;
  /** Of `CHECK (column IS NOT NULL)`: the column. */
  notNullOf?: string;
}

export interface KnownTable {
  age: Age;
  columns: Map<string, KnownColumn>;
  constraints: Map<string, KnownConstraint>;
}

/** What the files that were read so far have made. Names are as `format('%I.%I')` gives them. */
export class Schema {
  /** Where a name without a schema stands: `SET search_path` moves it. */
  current = "public";
  readonly tables = new Map<string, KnownTable>();
  /** Index → its table and age. */
  readonly indexes = new Map<string, { table: string; age: Age }>();
  /** Everything else: `view public.v` → its age and what a later CREATE OR REPLACE may lose. */
  readonly objects = new Map<string, { age: Age; traits: readonly string[] }>();

  ageOf(table: string): Age {
    return this.tables.get(table)?.age ?? "old";
  }

  ageOfObject(key: string): Age {
    return this.objects.get(key)?.age ?? "old";
  }

  /** A table that nothing is known of. */
  touch(table: string): KnownTable {
    const known = this.tables.get(table) ?? { age: "old", columns: new Map(), constraints: new Map() };
    this.tables.set(table, known);
    return known;
  }

  /** Forgets a table with all that hangs on it. */
  forget(table: string): void {
    this.tables.delete(table);
    for (const [index, { table: of }] of this.indexes) if (of === table) this.indexes.delete(index);
  }
}
