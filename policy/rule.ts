import type { Resource } from "./readResource.ts";
import type { StackFacts } from "./readStackFacts.ts";

/** What is wrong, for someone who reads it in a pull request; never a secret. */
export interface Violation {
  urn: string;
  message: string;
}

/** One rule of the pack. Pure: it sees plain data and says what is wrong with it. */
export interface Rule {
  /** Stable, kebab-case: reports name it. */
  name: string;
  description: string;
  /**
   * What is wrong with one resource's inputs, before anything is done with it. What a preview does not know yet is absent.
   *
   * @param facts what the stack's file says
   */
  check?: (resource: Resource, facts: () => StackFacts) => string[];
  /** What is wrong with the stack as a whole: every resource with its outputs, the stack's own among them. */
  checkStack?: (resources: readonly Resource[]) => Violation[];
}
