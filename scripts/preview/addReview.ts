import { UserError } from "../../infra/errors.ts";
import { isRefused, type MigrationReview } from "../migrations/migrationReview.ts";
import { reviewMigrations } from "../migrations/reviewMigrations.ts";
import { checkout } from "../../infra/util/checkout.ts";
import type { StackChanges } from "./read/stackChanges.ts";

/** Reviews the new migrations. An unreadable base prevents no preview: its error is returned. */
export async function tryReview(base: string, signal: AbortSignal): Promise<MigrationReview | UserError> {
  return reviewMigrations({ root: checkout, base, signal }).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
}

/** Adds the review of the new migrations, and refuses the change if the review refuses it. */
export function addReview(changes: StackChanges, review: MigrationReview | UserError): StackChanges {
  if (review instanceof UserError) {
    const text = `The new migrations were not reviewed: ${review.message}`;
    return { ...changes, warnings: [...changes.warnings, { text, alsoFor: [] }] };
  }
  const { files, problems, data } = review;
  if (files.length + problems.length === 0) return changes;
  // The changes hold the dangers of pending files already. A failed preview keeps its own exit code.
  const refused = isRefused({ problems, dangers: [] }) &&
    changes.verdict !== "failed" && { verdict: "refused" as const, exitCode: 5 as const };
  return { ...changes, ...refused, review: { files, problems, data } };
}
