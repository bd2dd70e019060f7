/** The danger of a rule's statement for a database in use. */
export type DangerEffect = "destroys" | "breaks" | "exposes" | "unseen" | "rewrites" | "locks";

export interface Rule {
  effect: DangerEffect;
  /** Refused unless the file accepts it; else a warning. */
  refused: boolean;
  /** One sentence for someone who has never seen PostgreSQL, with {name} and {table}. */
  says: string;
  /** The way without the danger. */
  instead: string;
}

export const refuse =
  (effect: DangerEffect) =>
  (says: string, instead: string): Rule => ({ effect, refused: true, says, instead });
export const warn =
  (effect: DangerEffect) =>
  (says: string, instead: string): Rule => ({ effect, refused: false, says, instead });
