/**
 * What a statement does to a database that is in use. `destroys`: rows, or things that others rely on, are gone. `rewrites`: every row is
 * written again, and the table is shut meanwhile. `locks`: others wait. `breaks`: the running app or the migration itself fails.
 * `exposes`: more people may see or change more, or a guard is off. `unseen`: what it does cannot be read.
 */
export type DangerEffect = "destroys" | "rewrites" | "locks" | "breaks" | "exposes" | "unseen";

export interface Rule {
  effect: DangerEffect;
  /** Whether the change is refused until the file accepts it; else it is a warning. */
  refused: boolean;
  /** What the statement does, for someone who has never seen PostgreSQL. `{table}` and `{name}` are filled in. */
  says: string;
  /** Why that is a danger here. */
  why: string;
  /** What to do instead. */
  instead: string;
}
