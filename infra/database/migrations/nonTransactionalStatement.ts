import type { SqlStatement } from "./sqlStatements.ts";

/**
 * The one statement of a migration marked `-- no-transaction`: it cannot run inside a transaction, or must be committed
 * before the next statement. Only kinds that can run again after any interruption are allowed.
 */
export type NonTransactionalStatement = {
  /** The statement's text without comments. */
  text: string;
  /** Line in the file. */
  line: number;
} & (
  | { kind: "create index"; index: string; ifNotExists: boolean }
  | { kind: "drop index"; index: string; ifExists: boolean }
  /** Reindexes one index, or all indexes of a table. */
  | { kind: "reindex"; target: string }
  /** Both names as in the file. */
  | { kind: "detach partition"; table: string; partition: string }
  | { kind: "vacuum" }
  | { kind: "add value" }
);

/** The first line of a file whose statement runs alone, outside any transaction; sqlx uses the same mark. */
export const noTransactionMark = "-- no-transaction";

/** Statements allowed in such a file. Names have no schema, as in all migrations. */
const allowed =
  "CREATE INDEX CONCURRENTLY <name> ON …, DROP INDEX CONCURRENTLY <name>, REINDEX INDEX or TABLE CONCURRENTLY <name>, " +
  "ALTER TABLE <name> DETACH PARTITION <name> CONCURRENTLY, VACUUM without FULL, or ALTER TYPE <name> ADD VALUE IF NOT EXISTS …";

const name = String.raw`("(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const createIndex = new RegExp(
  String.raw`^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(IF\s+NOT\s+EXISTS\s+)?${name}\s+ON\s+${name}\s*(?:USING\b|\()`,
  "i",
);
const dropIndex = new RegExp(String.raw`^DROP\s+INDEX\s+CONCURRENTLY\s+(IF\s+EXISTS\s+)?${name}$`, "i");
const reindex = new RegExp(String.raw`^REINDEX\s+(?:\([^)]*\)\s*)?(?:INDEX|TABLE)\s+CONCURRENTLY\s+${name}$`, "i");
const detach = new RegExp(String.raw`^ALTER\s+TABLE\s+${name}\s+DETACH\s+PARTITION\s+${name}\s+CONCURRENTLY$`, "i");
const addValue = new RegExp(String.raw`^ALTER\s+TYPE\s+${name}\s+ADD\s+VALUE\s+IF\s+NOT\s+EXISTS\s`, "i");

/** Returns the statement, or the reason why it may not run outside a transaction. */
export function readNonTransactionalStatement({ text, line, code }: SqlStatement): NonTransactionalStatement | string {
  const created = createIndex.exec(text);
  if (created) return { kind: "create index", index: created[2]!, ifNotExists: created[1] !== undefined, text, line };
  const dropped = dropIndex.exec(text);
  if (dropped) return { kind: "drop index", index: dropped[2]!, ifExists: dropped[1] !== undefined, text, line };
  const reindexed = reindex.exec(text);
  if (reindexed) return { kind: "reindex", target: reindexed[1]!, text, line };
  const detached = detach.exec(text);
  if (detached) return { kind: "detach partition", table: detached[1]!, partition: detached[2]!, text, line };
  if (/^VACUUM\b(?! FULL\b| ?\([^)]*\bFULL\b)/.test(code)) return { kind: "vacuum", text, line };
  if (addValue.test(text)) return { kind: "add value", text, line };
  return (
    `expected ${allowed} in a file marked "${noTransactionMark}": these can be run again after any interruption. ` +
    "Everything else runs in the one transaction of all pending migrations: leave the mark out."
  );
}

/**
 * Returns SQL with the same effect inside a transaction, for a database that nobody uses yet; undefined for statements
 * without one.
 */
export function transactionalForm(statement: NonTransactionalStatement): string | undefined {
  switch (statement.kind) {
    case "create index":
    case "drop index":
      return statement.text.replace(/\bCONCURRENTLY\b/i, "");
    case "detach partition":
      return `ALTER TABLE ${statement.table} DETACH PARTITION ${statement.partition}`;
    case "add value":
      return statement.text;
    case "reindex":
    case "vacuum":
      return undefined;
  }
}
