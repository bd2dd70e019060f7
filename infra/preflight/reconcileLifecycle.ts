import { readPoolNumber } from "../config/schema/names.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";
import type { OrchestraPlan } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";

/** An orchestra as the stack's state holds it. */
export interface RecordedOrchestra {
  id: string;
  /** The key of its database: its id or `pool-N`. */
  key: string;
  /** The status in its row; undefined where it has none yet. */
  status: string | undefined;
  /** Whether its retirement is complete. */
  retired: boolean;
  /** Whether it was released since: `protect: false`. */
  released: boolean;
}

export interface LifecycleReconciliation {
  /** Ids of the orchestras that are deleted for good. Their backups are still to be checked. */
  deleted: string[];
  /** Keys of the databases whose orchestras come back from retirement, until their rows say so. */
  returning: string[];
  /** Warnings for the reader of a preview. */
  warnings: Notice[];
}

/**
 * Plans the changes of existing orchestras from the stack file as it is now. Pure.
 *
 * @throws {UserError} where an orchestra would be deleted that still holds data, or whose deletion no preview announced
 */
export function reconcileLifecycle(
  plan: Pick<Plan, "stack" | "supabase" | "orchestras" | "pool">,
  recorded: readonly RecordedOrchestra[],
): LifecycleReconciliation {
  const declared = new Map(plan.orchestras.map((orchestra) => [orchestra.id, orchestra]));
  const { protect } = plan.supabase;
  // Without protection, only an orchestra that was retired and released asks for its backup: see OrchestraRetirement.
  const gone = recorded.filter(({ id, retired, released }) => !declared.has(id) && (protect || (retired && released)));
  const refusals = protect ? gone.flatMap((orchestra) => refuseRemoval(orchestra, plan)) : [];
  if (refusals.length > 0)
    throw new UserError("deletion-refused", `${refusals.join("\n\n")}\n\nNothing was created or changed.`);
  const changes = recorded.flatMap((before) => {
    const after = declared.get(before.id);
    return after ? describeChange(before, after, plan.stack) : [];
  });
  const deletions = gone.map(({ id, key }): Notice => {
    const text = `${id} is deleted for good: its database (${key}), its row and, if this stack made it, its Supabase project. The backup in backups/${plan.stack}/ and the log stay.`;
    return { code: "orchestra-deleted", values: [...new Set([id, key])], text };
  });
  const returning = recorded.filter(({ id, status }) => status === "Retired" && isInUse(declared.get(id)));
  return {
    deleted: gone.map(({ id }) => id),
    returning: returning.map(({ key }) => key),
    warnings: [...changes, ...deletions],
  };
}

function isInUse(orchestra: OrchestraPlan | undefined): boolean {
  return orchestra !== undefined && orchestra.state !== "retired";
}

function refuseRemoval(
  { id, key, retired, released }: RecordedOrchestra,
  { stack, pool }: Pick<Plan, "stack" | "pool">,
) {
  const refusal = `Refusing to delete orchestra ${id}, which the stack file no longer has`;
  const retire = `npm run orchestra -- retire ${id} -s ${stack}`;
  if (!retired)
    return [
      [
        `${refusal}: its database holds its data. Put its lines back. To part with it, one change after the other, each with its own \`pulumi up\`:`,
        `  1. ${retire}: its database is backed up, the app shut out, the name taken away;`,
        "  2. `protect: false` among its lines: it may be deleted from then on;",
        `  3. its lines go${key === id ? "" : `, and its number to stagesub:pool.retired`}: its data is deleted.`,
      ].join("\n"),
    ];
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

function describeChange(before: RecordedOrchestra, after: OrchestraPlan, stack: string): Notice[] {
  const { id, host, state, released } = after;
  const say = (code: Notice["code"], text: string): Notice[] => [
    { code, values: [...new Set([id, before.key])], text },
  ];
  if (state === "suspended" && before.status !== "Suspended")
    return say(
      "orchestra-suspended",
      `${id} is suspended: its page says so and nobody signs in. Its data, its name and its migrations stay.`,
    );
  if (state === "retired" && !before.retired)
    return say(
      "orchestra-retired",
      `${id} is retired: the app is shut out of its database (${before.key}), which is backed up into backups/${stack}/ and verified; then its ` +
        `Supabase project is paused, if this stack made it, and the name ${host} taken away. Migrations no longer reach it.`,
    );
  if (state === "retired" && released && !before.released)
    return say(
      "orchestra-released",
      `${id} may be deleted from here on: the change that takes its lines out deletes its data for good.`,
    );
  if (state !== "retired" && before.retired)
    return say(
      "orchestra-returns",
      `${id} comes back, with the data that it had. A Supabase project that was paused is restored first, which takes minutes.`,
    );
  if (state === "active" && before.status === "Suspended") return say("orchestra-opens", `${id} opens again.`);
  return [];
}
