import { findLedgerProblems } from "../database/migrations/ledger.ts";
import type { Digests } from "../util/digest.ts";

/** Why the database would refuse these files at `up`, by what the state says was applied to it: known at preview. */
export function checkMigrations(database: string, applied: Digests | undefined, files: Digests): string[] {
  const onDisk = Object.entries(files).map(([file, sha256]) => ({ file, sha256 }));
  return findLedgerProblems(onDisk, applied ?? {}).map((problem) => `Refusing to migrate ${database}: ${problem}`);
}
