import type { OrchestraDatabase } from "../resources/orchestraDatabase.ts";

/** The databases of previous rollout stages that a database waits for. */
export interface Predecessors {
  /** Must be verified first: if one of them fails, the waiting database is not touched. */
  mustSucceed: OrchestraDatabase[];
  /** Must have finished first, well or not. */
  mustFinish: OrchestraDatabase[];
}

/**
 * Resolves once the engine is done with these databases, whatever the outcome: it tells the URN even of a failed or skipped one (with
 * `PULUMI_CONTINUE_ON_ERROR`; without, a failure ends the program). The waiting database does not depend on them as Pulumi counts
 * dependencies: else it would be skipped.
 */
export async function whenSettled(databases: readonly OrchestraDatabase[]): Promise<void> {
  await Promise.all(databases.map(({ urn }) => new Promise((resolve) => void urn.apply(resolve))));
}
