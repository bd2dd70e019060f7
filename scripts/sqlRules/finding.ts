import type { RuleName } from "./rules.ts";
import type { DangerEffect } from "./rules/rule.ts";
import type { Schema } from "./schema.ts";

/** A rule that a statement breaks. */
export interface Finding {
  rule: RuleName;
  /** The table whose rows count, as `format('%I.%I')` gives it. */
  table?: string;
  /** What the rule's sentence calls `{name}`. */
  name?: string;
  /** Where this one is milder than its rule. */
  milder?: { effect: DangerEffect; refused: boolean };
}

/** What a statement is judged by. */
export interface Surroundings {
  /** As the statements before it have left it. */
  schema: Schema;
  /** Whether a later statement of the pending files makes it again, by its key as `objectKey` gives it. */
  isMadeLater: (key: string) => boolean;
}
