import { readPoolNumber } from "../config/schema/names.ts";
import type { RegisteredOrchestra } from "../database/registry/readRegister.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";
import type { OrchestraPlan } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import type { RecordedOrchestra } from "./recordedState.ts";

export interface LifecycleReconciliation {
  /** Ids of the orchestras that are deleted for good. Their backups are still to be checked. */
  deleted: string[];
  /** Keys of the databases whose orchestras come back from retirement, until their rows say so. */
  returning: string[];
  /** Warnings for the reader of a preview. */
  warnings: Notice[];
}

/**
 * Compares the stack file with the orchestras that exist: those of the state, and those that the main database alone has, so that a lost
 * state hides none of them. Pure.
 *
 * @throws {UserError} where an orchestra would be deleted that still holds data, or whose deletion no preview announced
 */
export function reconcileLifecycle(
  plan: Pick<Plan, "stack" | "supabase" | "orchestras" | "pool">,
  recorded: readonly RecordedOrchestra[],
  registered: readonly RegisteredOrchestra[],
): LifecycleReconciliation {
  const { stack, supabase } = plan;
  const lost = registered.filter(({ id }) => !recorded.some((each) => each.id === id));
  const known = [
    ...recorded,
    ...lost.map(({ id, key, status }) => ({ id, key, status, retired: status === "Retired", released: false })),
  ];
  const pairs = known.map((before) => ({ before, after: plan.orchestras.find(({ id }) => id === before.id) }));
  // Without protection, only an orchestra that was retired and released asks for its backup: see OrchestraRetirement.
  const deleted = pairs.flatMap(({ before, after }) =>
    !after && (supabase.protect || (before.retired && before.released)) ? [before] : [],
  );
  const refusals = supabase.protect ? refuseRemovals(deleted, plan) : [];
  if (refusals.length > 0)
    throw new UserError("deletion-refused", `${refusals.join("\n\n")}\n\nNothing was created or changed.`);
  const changes = pairs.flatMap(({ before, after }): Notice[] => {
    const change = after && describeChange(before, after, stack);
    return change ? [notice(before, ...change)] : [];
  });
  const deletions = deleted.map((orchestra) => {
    const { id, key } = orchestra;
    const text = `${id} is deleted for good: its database (${key}), its row and, if this stack made it, its Supabase project. The backup in backups/${stack}/ and the log stay.`;
    return notice(orchestra, "orchestra-deleted", text);
  });
  const returning = pairs.filter(
    ({ before, after }) => before.status === "Retired" && after && after.state !== "retired",
  );
  return {
    deleted: deleted.map(({ id }) => id),
    returning: returning.map(({ before }) => before.key),
    warnings: [...changes, ...deletions],
  };
}

function notice({ id, key }: RecordedOrchestra, code: Notice["code"], text: string): Notice {
  return { code, values: [...new Set([id, key])], text };
}

function refuseRemovals(removed: readonly RecordedOrchestra[], { stack, pool }: Pick<Plan, "stack" | "pool">) {
  const holding = removed.filter(({ retired }) => !retired);
  return [
    ...(holding.length > 0 ? [refuseHolders(holding, stack)] : []),
    ...removed.filter(({ retired }) => retired).flatMap((orchestra) => refuseRetired(orchestra, pool)),
  ];
}

/** Refuses to delete orchestras that are not retired, all in one message. */
function refuseHolders(holding: readonly RecordedOrchestra[], stack: string): string {
  const ids = holding.map(({ id }) => id);
  const [orchestras, reason] =
    ids.length === 1
      ? ["orchestra", "its database holds its data. Put its lines back. To part with it"]
      : ["orchestras", "their databases hold their data. Put their lines back. To part with them"];
  const number = holding.every(({ id, key }) => id === key)
    ? ""
    : ", and a pool database's number to stagesub:pool.retired";
  return [
    `Refusing to delete ${orchestras} ${ids.join(", ")}, which the stack file no longer has: ${reason}, one change after the other, each with its own \`pulumi up\`:`,
    `  1. ./stagesub retire ${ids.join(" ")} -s ${stack}: the database is backed up, the app shut out, the name taken away;`,
    "  2. `protect: false` among the lines: deletion is allowed from then on;",
    `  3. the lines go${number}: the data is deleted.`,
  ].join("\n");
}

function refuseRetired({ id, key, released }: RecordedOrchestra, pool: Plan["pool"]): string[] {
  const refusal = `Refusing to delete orchestra ${id}, which the stack file no longer has`;
  if (!released)
    return [
      `${refusal}: it is retired and still protected. Put its lines back, with \`protect: false\` among them, and run \`pulumi up\`; ` +
        "the change after that may take them out.",
    ];
  const number = readPoolNumber(key);
  const slot = pool.find((candidate) => candidate.number === number);
  if (number === undefined || key === id || slot?.state.kind === "retired") return [];
  return [
    `${refusal}: its database, ${key}, never returns to the pool. List ${number} under stagesub:pool.retired in the same change.`,
  ];
}

function describeChange(
  before: RecordedOrchestra,
  { id, host, state, released }: OrchestraPlan,
  stack: string,
): [Notice["code"], string] | undefined {
  if (state === "suspended" && before.status !== "Suspended")
    return [
      "orchestra-suspended",
      `${id} is suspended: its page says so and nobody signs in. Its data, its name and its migrations stay.`,
    ];
  if (state === "retired" && !before.retired)
    return [
      "orchestra-retired",
      `${id} is retired: the app is shut out of its database (${before.key}), which is backed up into backups/${stack}/ and verified; then its ` +
        `Supabase project is paused, if this stack made it, and the name ${host} taken away. Migrations no longer reach it.`,
    ];
  if (state === "retired" && released && !before.released)
    return [
      "orchestra-released",
      `${id} may be deleted from here on: the change that takes its lines out deletes its data for good.`,
    ];
  if (state !== "retired" && before.retired)
    return [
      "orchestra-returns",
      `${id} comes back, with the data that it had. A Supabase project that was paused is restored first, which takes minutes.`,
    ];
  return state === "active" && before.status === "Suspended" ? ["orchestra-opens", `${id} opens again.`] : undefined;
}
