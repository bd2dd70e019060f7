import type { LockMode } from "../migrationReview.ts";

/**
 * Table locks from the weakest, under the names of pg_locks, and what waits for each in words of the app
 * (https://www.postgresql.org/docs/17/explicit-locking.html#LOCKING-TABLES).
 */
const modes: { inCatalogue: string; mode: LockMode; stops: string }[] = [
  { inCatalogue: "AccessShareLock", mode: "ACCESS SHARE", stops: "nothing that the app does" },
  { inCatalogue: "RowShareLock", mode: "ROW SHARE", stops: "nothing that the app does" },
  { inCatalogue: "RowExclusiveLock", mode: "ROW EXCLUSIVE", stops: "whoever writes the same rows waits" },
  {
    inCatalogue: "ShareUpdateExclusiveLock",
    mode: "SHARE UPDATE EXCLUSIVE",
    stops: "nothing that the app does; VACUUM and other migrations wait",
  },
  { inCatalogue: "ShareLock", mode: "SHARE", stops: "whoever writes waits; reading goes on" },
  { inCatalogue: "ShareRowExclusiveLock", mode: "SHARE ROW EXCLUSIVE", stops: "whoever writes waits; reading goes on" },
  { inCatalogue: "ExclusiveLock", mode: "EXCLUSIVE", stops: "whoever writes waits; reading goes on" },
  { inCatalogue: "AccessExclusiveLock", mode: "ACCESS EXCLUSIVE", stops: "everybody waits, also whoever only reads" },
];

/** Returns the strength of a lock, from 0, the weakest. */
export function strengthOf(mode: LockMode): number {
  return modes.findIndex((one) => one.mode === mode);
}

/** Says what waits for such a lock. */
export function blockedBy(mode: LockMode): string {
  return modes[strengthOf(mode)]!.stops;
}

/** @param inCatalogue `AccessExclusiveLock`; any other kind of lock gives undefined */
export function readLockMode(inCatalogue: string): LockMode | undefined {
  return modes.find((one) => one.inCatalogue === inCatalogue)?.mode;
}
