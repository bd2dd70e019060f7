import { UserError } from "../../infra/errors.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { sources } from "../../infra/database/sources.ts";
import { formatReview } from "../migrations/formatReview.ts";
import type { MigrationFolder, MigrationReview } from "../migrations/migrationReview.ts";
import { findDangers, type SqlDanger } from "../../infra/database/migrations/rules/findDangers.ts";
import { runStagesub } from "./runStep.ts";

/** The report on a change's new migrations. */
export interface CheckedMigrations {
  /** As `npm run migrations`; 5 as well where a statement is refused by the SQL rules. */
  code: number;
  says: string;
}

/**
 * Runs `npm run migrations`, and reads the statements of the files that it found to be new.
 *
 * @param base see there
 */
export async function checkMigrations(base: string | undefined): Promise<CheckedMigrations> {
  const args = ["--json", ...(base === undefined ? [] : ["--base", base])];
  const { code, stdout } = await runStagesub(["migrations", ...args], { output: "capture" });
  if (stdout.trim() === "")
    return { code, says: `npm run migrations ended with exit code ${code}: see the log of the run.` };
  const review = JSON.parse(stdout) as MigrationReview;
  try {
    const dangers = [
      ...(await findDangers(readMigrations(sources.orchestraMigrations), isNew(review, "orchestra"))),
      ...(await findDangers(readMigrations(sources.registryMigrations), isNew(review, "registry"))),
    ];
    const isRefused = dangers.some(({ refused }) => refused);
    return { code: code || (isRefused ? 5 : 0), says: [formatReview(review), ...dangers.map(describe)].join("\n") };
  } catch (error) {
    // The error names file and line of SQL that does not parse, or of a file that is none of ours.
    if (!(error instanceof UserError)) throw error;
    return { code: code || 5, says: `${formatReview(review)}\n${error.message}` };
  }
}

/** Tells the new files of one folder. */
function isNew({ files }: MigrationReview, folder: MigrationFolder): (file: string) => boolean {
  const names = new Set(files.filter((one) => one.folder === folder).map(({ file }) => file));
  return (file) => names.has(file);
}

function describe({ file, line, rule, statement, says, instead, refused, accepted }: SqlDanger): string {
  const verdict = refused ? "refused" : accepted === undefined ? "warning" : `accepted: ${accepted}`;
  return `${file}:${line}: ${rule} (${verdict}): ${statement}\n  ${says} ${instead}`;
}
