import type { Applied } from "./checkStagingGate.ts";
import { keyOf } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";

/** Names of the migrations whose SQL the rules judge, by folder. */
export interface Judged {
  orchestra: string[];
  registry: string[];
}

/**
 * Returns the migrations that a database in use has yet to get. A new database holds nothing yet: it never asks anyone to accept files that
 * every other database has had for years. An existing database that joins with its data adds the files that no database of the stack is
 * known to have. Pure.
 *
 * @param joining keys of existing databases that the state does not know
 */
export function migrationsToJudge(
  { migrations, registryMigrations, orchestras }: Pick<Plan, "migrations" | "registryMigrations" | "orchestras">,
  applied: Applied,
  joining: readonly string[],
): Judged {
  const reached = orchestras.filter(({ state }) => state !== "retired");
  const known = reached.map((orchestra) => applied.databases[keyOf(orchestra)]);
  const inUse = known.filter((has) => has !== undefined && Object.keys(has).length > 0).map((has) => has ?? {});
  const isNewcomer = reached.some(
    (orchestra) =>
      applied.databases[keyOf(orchestra)] === undefined &&
      (orchestra.database.kind === "adopted" || joining.includes(keyOf(orchestra))),
  );
  const isPending = (file: string) => inUse.some((has) => !(file in has));
  const isUnknown = (file: string) => inUse.every((has) => !(file in has));
  return {
    orchestra: Object.keys(migrations).filter((file) => isPending(file) || (isNewcomer && isUnknown(file))),
    // The main database holds the app's own data before the first run.
    registry: Object.keys(registryMigrations).filter((file) => !(file in applied.registry)),
  };
}
