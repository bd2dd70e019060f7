import { strengthOf } from "./database/lockModes.ts";
import type { ReviewedMigration } from "./migrationReview.ts";

/** Weaker locks stop nothing that the app does. */
const leastWorthSaying = strengthOf("SHARE UPDATE EXCLUSIVE");

/** Returns a sentence for each thing that a file does to the copy with data. */
export function describeEffects({ transaction, down, onData }: ReviewedMigration): string[] {
  const sentences = onData
    ? [
        ...onData.locks
          .filter(({ mode }) => strengthOf(mode) >= leastWorthSaying)
          .map(({ table, mode, stops }) => `locks ${table} (${mode}): ${stops}.`),
        ...onData.rewritten.map(({ table, rows, left }) =>
          left === 0 && rows > 0
            ? `empties ${table}: ${formatRows(rows)} gone.`
            : `writes all of ${table} anew: ${formatRows(rows)}, while it is locked.`,
        ),
        ...onData.dropped.map(({ table, rows }) => `drops ${table}: ${formatRows(rows)} gone.`),
        ...onData.changed.map(({ table, inserted, updated, deleted }) => {
          const counts = [
            inserted && `${formatRows(inserted)} added`,
            updated && `${formatRows(updated)} changed`,
            deleted && `${formatRows(deleted)} removed`,
          ].filter(Boolean);
          return `in ${table}: ${counts.join(", ")}.`;
        }),
        ...(transaction ? [] : ["runs alone, outside a transaction (locks: as PostgreSQL's manual says)."]),
      ]
    : [];
  if (down.kind === "none") sentences.push(`has no way back, because ${down.because}`);
  return sentences;
}

/** "1,000 rows" */
export function formatRows(rows: number): string {
  return `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
}
