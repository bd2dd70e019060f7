import type { Difference } from "../difference.ts";
import type { FleetOrchestra } from "../readFleet.ts";

/** A deviation of an orchestra, which may have several; an orchestra that is as declared has none. */
export type Flag = "unreachable" | "drift" | "behind" | "waiting" | "elsewhere";

/** The worst first. */
export const flags: Record<Flag, { label: string; meaning: string }> = {
  unreachable: { label: "Unreachable", meaning: "Something of it did not answer" },
  drift: { label: "Drift", meaning: "Something is not as declared" },
  behind: { label: "Behind head", meaning: "Migrations are pending" },
  waiting: { label: "Not made yet", meaning: "Declared; the next pulumi up makes it" },
  elsewhere: { label: "Not of this stack", meaning: "Another stack's or nobody's; only its row is seen here" },
};

/** Judges an orchestra by what differs. Pure. */
export function judgeOrchestra({ declared, database, differences }: FleetOrchestra): Flag[] {
  const has = (...wanted: Difference["kind"][]) => differences.some(({ kind }) => wanted.includes(kind));
  const is: Record<Flag, boolean> = {
    unreachable: has("unseen"),
    drift: has("drift"),
    behind: differences.some(({ kind, field }) => kind === "pending" && field === "version"),
    waiting: differences.some(({ kind, field }) => kind === "pending" && field === "database"),
    elsewhere: declared === null && database.kind === "absent" && !has("drift"),
  };
  return (Object.keys(flags) as Flag[]).filter((flag) => is[flag]);
}
