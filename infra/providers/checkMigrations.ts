import type * as pulumi from "@pulumi/pulumi";

import { findLedgerProblems } from "../database/ledger.ts";

type Digests = Record<string, string>;

/** Refuses at preview what the database itself would refuse at `up`, by what the state says was applied to it. */
export function checkMigrations(
  database: string,
  applied: Digests | undefined,
  files: Digests,
): pulumi.dynamic.CheckFailure[] {
  const onDisk = Object.entries(files).map(([file, sha256]) => ({ file, sha256 }));
  return findLedgerProblems(onDisk, applied ?? {}).map((problem) => ({
    property: "migrations",
    reason: `Refusing to migrate ${database}: ${problem}`,
  }));
}
