import { UserError } from "../../infra/errors.ts";
import { describeValue } from "../../infra/config/describeValue.ts";
import { nearestMatch } from "../../infra/config/nearestMatch.ts";

/** Returns the orchestras that `ids` name, in the order of `all`; all if none is named. Ends with exit code 2 for an unknown id. */
export function chooseOrchestras<T extends { id: string }>(all: readonly T[], ids: readonly string[]): T[] {
  const known = all.map(({ id }) => id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new UserError(
      "command-line",
      `Expected orchestras of the stack file, got ${unknown.map((id) => describeUnknown(id, known)).join(", ")}. It declares: ${known.join(", ") || "none"}.`,
    );
  return ids.length === 0 ? [...all] : all.filter(({ id }) => ids.includes(id));
}

function describeUnknown(id: string, known: readonly string[]): string {
  const near = nearestMatch(id, known);
  return near === undefined ? describeValue(id) : `${describeValue(id)} (was ${near} meant?)`;
}
