import { findLedgerProblems } from "../database/migrations/ledger.ts";
import type { Digests } from "../util/digest.ts";

/** Returns the reasons why `up` would refuse these files, known at preview from the migrations that the state records. */
export function checkMigrations(database: string, applied: Digests | undefined, files: Digests): string[] {
  const onDisk = Object.entries(files).map(([file, sha256]) => ({ file, sha256 }));
  return findLedgerProblems(onDisk, applied ?? {}).map((problem) => `Refusing to migrate ${database}: ${problem}`);
}
