import {
  PolicyPack,
  type PolicyResource,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";

import { keepWire, readWire } from "./keepWire.ts";
import { readProperties, type Resource } from "./readResource.ts";
import { readStackFacts, type StackFacts } from "./readStackFacts.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";
import { stackOf } from "./stackOf.ts";

/**
 * The guard rails of every stack, run in a preview: `pulumi preview --policy-pack policy`. Each rule is mandatory. The rules judge the
 * resources that would be made; the program's own checks come before.
 */
keepWire();
new PolicyPack("stagesub", { enforcementLevel: "mandatory", policies: rules.flatMap(toPolicies) });

/**
 * Turns a rule into policies. A rule that judges both resources and the stack gives two; the name of the stack's ends with "-of-stack".
 */
function toPolicies({
  name,
  description,
  check,
  checkStack,
}: Rule): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return [
    ...(check
      ? [
          {
            name,
            description,
            validateResource: (args, report) => {
              for (const message of check(toResource(args), () => factsOf(args.urn))) report(message);
            },
          } satisfies ResourceValidationPolicy,
        ]
      : []),
    ...(checkStack
      ? [
          {
            name: `${name}-of-stack`,
            description,
            validateStack: ({ resources }, report) => {
              for (const { urn, message } of checkStack(resources.map(toResource))) report(message, urn);
            },
          } satisfies StackValidationPolicy,
        ]
      : []),
  ];
}

function toResource({
  urn,
  type,
  name,
  opts,
  props,
}: Pick<PolicyResource, "urn" | "type" | "name" | "opts" | "props">): Resource {
  return { urn, type, name, protect: opts.protect, ...readProperties(readWire(props)) };
}

const facts = new Map<string, StackFacts>();

function factsOf(urn: string): StackFacts {
  const stack = stackOf(urn);
  const known = facts.get(stack) ?? readStackFacts(stack);
  facts.set(stack, known);
  return known;
}
