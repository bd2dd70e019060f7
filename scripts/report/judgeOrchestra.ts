import type { FleetOrchestra } from "../fleet/readFleet.ts";

/** What stands out about an orchestra; one may have several, one that is as declared has none. */
export type Flag = "unreachable" | "drift" | "behind" | "waiting" | "elsewhere";

/** The worst first. */
export const flags: Record<Flag, { label: string; meaning: string }> = {
  unreachable: { label: "Unreachable", meaning: "Its database did not answer" },
  drift: { label: "Drift", meaning: "Something is not as declared" },
  behind: { label: "Behind head", meaning: "Migrations are pending" },
  waiting: { label: "Not made yet", meaning: "Declared; the next pulumi up makes it" },
  elsewhere: { label: "Other stack", meaning: "Another stack's; only its row is seen here" },
};

/** Judges an orchestra by what was read of it. Pure. */
export function judgeOrchestra(orchestra: FleetOrchestra, head: string): Flag[] {
  const is: Record<Flag, boolean> = {
    unreachable: orchestra.database.kind === "unreachable",
    drift: countDrift(orchestra, head) > 0,
    behind: isBehind(orchestra, head),
    waiting: orchestra.declared !== null && orchestra.database.kind === "absent",
    elsewhere: orchestra.declared === null && orchestra.differences.length === 0,
  };
  return (Object.keys(flags) as Flag[]).filter((flag) => is[flag]);
}

function isBehind({ database }: FleetOrchestra, head: string): boolean {
  return database.kind === "empty" || (database.kind === "read" && database.state.version < head);
}

/** Without the one difference that only says what another flag says: not reached, not made yet, never migrated, or migrations pending. */
function countDrift(orchestra: FleetOrchestra, head: string): number {
  const { declared, database, differences } = orchestra;
  const elsewhere =
    declared !== null && database.kind !== "read" ? "database" : isBehind(orchestra, head) ? "version" : undefined;
  const said = differences.some(({ field }) => field === elsewhere) ? 1 : 0;
  return differences.length - said;
}
