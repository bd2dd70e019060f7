import { destroying } from "./rules/destroying.ts";
import { exposing } from "./rules/exposing.ts";
import { locking } from "./rules/locking.ts";
import { rewriting } from "./rules/rewriting.ts";
import { unseen } from "./rules/unseen.ts";

/** Every rule by its name, which never changes: acceptances in files say it. In the order in which the documentation lists them. */
export const rules = { ...destroying, ...unseen, ...exposing, ...rewriting, ...locking };

export type RuleName = keyof typeof rules;

export function isRule(name: string): name is RuleName {
  return Object.hasOwn(rules, name);
}
