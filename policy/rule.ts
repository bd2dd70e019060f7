import type { Resource } from "./readResource.ts";
import type { StackFacts } from "./readStackFacts.ts";

/** A finding for the reader of a pull request; never a secret. */
export interface Violation {
  urn: string;
  message: string;
}

/** One rule of the pack. Pure: it reads plain data and returns findings. */
export interface Rule {
  /** Stable, kebab-case: reports name it. */
  name: string;
  description: string;
  /**
   * Judges one resource's inputs, before anything is done with it. Values that a preview does not know yet are absent.
   *
   * @param facts the facts of the stack's file
   */
  check?: (resource: Resource, facts: () => StackFacts) => string[];
  /** Judges the stack as a whole: every resource with its outputs, the stack's own among them. */
  checkStack?: (resources: readonly Resource[]) => Violation[];
}
