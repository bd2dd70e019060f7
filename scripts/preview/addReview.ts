import { UserError } from "../../infra/errors.ts";
import { isRefused, type MigrationReview } from "../migrations/migrationReview.ts";
import { reviewMigrations } from "../migrations/reviewMigrations.ts";
import { checkout } from "../stack/openStack.ts";
import type { StackChanges } from "./stackChanges.ts";

/** Returns the review, or why there is none: an unreadable base keeps nobody from the preview. */
export async function tryReview(base: string, signal: AbortSignal): Promise<MigrationReview | string> {
  try {
    return await reviewMigrations({ root: checkout, base, signal });
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Adds the findings of the review of the new migrations; refuses what the review refuses. */
export function addReview(changes: StackChanges, review: MigrationReview | string): StackChanges {
  if (typeof review === "string") {
    const text = `The new migrations were not tried: ${review}`;
    return { ...changes, warnings: [...changes.warnings, { text, alsoFor: [] }] };
  }
  const { files, problems, data } = review;
  if (files.length + problems.length === 0) return changes;
  // A preview that was refused itself keeps its own exit code.
  const refused = isRefused(review) &&
    changes.verdict !== "failed" && { verdict: "refused" as const, exitCode: 5 as const };
  return { ...changes, ...refused, review: { files, problems, data } };
}
