/**
 * Table locks from the weakest, under the names of pg_locks and of PostgreSQL's manual, with their effect on the app
 * (https://www.postgresql.org/docs/17/explicit-locking.html#LOCKING-TABLES).
 */
const modes = [
  { inCatalogue: "AccessShareLock", mode: "ACCESS SHARE", stops: "nothing that the app does" },
  { inCatalogue: "RowShareLock", mode: "ROW SHARE", stops: "nothing that the app does" },
  { inCatalogue: "RowExclusiveLock", mode: "ROW EXCLUSIVE", stops: "writers of the same rows wait" },
  {
    inCatalogue: "ShareUpdateExclusiveLock",
    mode: "SHARE UPDATE EXCLUSIVE",
    stops: "nothing that the app does; VACUUM and other migrations wait",
  },
  { inCatalogue: "ShareLock", mode: "SHARE", stops: "writers wait; readers do not" },
  { inCatalogue: "ShareRowExclusiveLock", mode: "SHARE ROW EXCLUSIVE", stops: "writers wait; readers do not" },
  { inCatalogue: "ExclusiveLock", mode: "EXCLUSIVE", stops: "writers wait; readers do not" },
  { inCatalogue: "AccessExclusiveLock", mode: "ACCESS EXCLUSIVE", stops: "readers and writers wait" },
] as const;

/** As PostgreSQL's manual names them. */
export type LockMode = (typeof modes)[number]["mode"];

/** Returns the strength of a lock, from 0, the weakest. */
export function strengthOf(mode: LockMode): number {
  return modes.findIndex((one) => one.mode === mode);
}

/** Describes the effect of such a lock on the app. */
export function blockedBy(mode: LockMode): string {
  return modes[strengthOf(mode)]!.stops;
}

/** @param inCatalogue `AccessExclusiveLock`; any other kind of lock gives undefined */
export function readLockMode(inCatalogue: string): LockMode | undefined {
  return modes.find((one) => one.inCatalogue === inCatalogue)?.mode;
}
