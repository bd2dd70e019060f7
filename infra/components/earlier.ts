import type { OrchestraDatabase } from "../resources/orchestraDatabase.ts";

/** What a database waits for: the rollout's earlier stages. */
export interface Earlier {
  /** Must be verified first: where one of them fails, what waits is not touched. */
  verified: OrchestraDatabase[];
  /** Must have come to their end first, well or not. */
  ended: OrchestraDatabase[];
}

/**
 * Resolves once the engine is done with these databases, whatever became of them: also of one that failed or was skipped it
 * tells the URN (with `PULUMI_CONTINUE_ON_ERROR`; without, a failure ends the program). What waits for it does not depend on
 * them as Pulumi counts dependencies, by which it would be skipped.
 */
export async function whenEnded(databases: readonly OrchestraDatabase[]): Promise<void> {
  await Promise.all(databases.map(({ urn }) => new Promise((resolve) => void urn.apply(resolve))));
}
