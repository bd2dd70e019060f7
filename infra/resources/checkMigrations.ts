import { findLedgerProblems } from "../database/migrations/ledger.ts";
import type { UserError } from "../errors.ts";
import type { Digests } from "../util/digest.ts";
import { refuseWith } from "./lifecycle.ts";

/** Returns the reasons why `up` would refuse these files, known at preview from the migrations that the state records. */
export function checkMigrations(databaseName: string, applied: Digests | undefined, files: Digests): UserError[] {
  const onDisk = Object.entries(files).map(([file, sha256]) => ({ file, sha256 }));
  const problems = findLedgerProblems(onDisk, applied ?? {});
  return refuseWith(
    "ledger-differs",
    problems.map((problem) => `Refusing to migrate ${databaseName}: ${problem}`),
  );
}
