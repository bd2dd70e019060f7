import { strengthOf } from "./database/lockModes.ts";
import type { ReviewedMigration } from "./migrationReview.ts";

/** Weaker locks do not affect the app. */
const weakestShown = strengthOf("SHARE UPDATE EXCLUSIVE");

/** Returns a sentence for each effect of a file on a database with generated rows. */
export function describeEffects({ transaction, down, onData }: ReviewedMigration): string[] {
  const sentences = onData
    ? [
        ...onData.locks
          .filter(({ mode }) => strengthOf(mode) >= weakestShown)
          .map(({ table, mode, stops }) => `locks ${table} (${mode}): ${stops}.`),
        ...onData.rewritten.map(({ table, rows, left }) =>
          left === 0 && rows > 0
            ? `empties ${table}: ${formatRows(rows)} lost.`
            : `rewrites ${table}: ${formatRows(rows)}, under a lock.`,
        ),
        ...onData.dropped.map(({ table, rows }) => `drops ${table}: ${formatRows(rows)} lost.`),
        ...onData.changed.map(({ table, inserted, updated, deleted }) => {
          const counts = [
            inserted && `${formatRows(inserted)} added`,
            updated && `${formatRows(updated)} changed`,
            deleted && `${formatRows(deleted)} removed`,
          ].filter(Boolean);
          return `in ${table}: ${counts.join(", ")}.`;
        }),
        ...(transaction ? [] : ["runs alone, outside a transaction (locks: from PostgreSQL's manual)."]),
      ]
    : [];
  if (down.kind === "none") sentences.push(`has no down migration, because ${down.because}`);
  return sentences;
}

/** "1,000 rows" */
export function formatRows(rows: number): string {
  return `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
}
