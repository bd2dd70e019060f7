import {
  hostRules,
  idRules,
  isPoolName,
  refuseDisplayName,
  refuseEmail,
  subdomainRules,
} from "../../infra/config/schema/names.ts";
import { type Refusal, refuseText } from "../../infra/config/schema/textField.ts";
import type { Resource } from "../readResource.ts";
import type { Rule } from "../rule.ts";
import { stackOf } from "../stackOf.ts";
import { types } from "../types.ts";

type Refuse = (text: string) => Refusal | undefined;

const refuseId: Refuse = (text) => refuseText(text, idRules);
const refuseSubdomain: Refuse = (text) => refuseText(text, subdomainRules);
const refuseKey: Refuse = (text) => (isPoolName(text) ? undefined : refuseId(text));

/** Type of a resource with names → the rules of the stack file for them. */
const named: Partial<Record<string, (resource: Resource) => [string, unknown, Refuse][]>> = {
  [types.orchestra]: ({ name }) => [["its id", name, refuseId]],
  [types.project]: ({ name, props, urn }) => [
    ["its key", name, refuseKey],
    // Under another name a project is not found again after an interrupted run.
    ["its name", props["name"], expectText(`${stackOf(urn)}-${name}`)],
  ],
  [types.database]: ({ name, props }) => [["its key", props["key"], expectText(name)]],
  [types.registration]: ({ props }) => [
    ["orchestra", props["orchestra"], refuseId],
    ["subdomain", props["subdomain"], refuseSubdomain],
    ["name", props["name"], refuseDisplayName],
    ["contactName", props["contactName"], refuseDisplayName],
    ["contactEmail", props["contactEmail"], refuseEmail],
  ],
  [types.record]: ({ props }) => {
    const { name } = props as { name?: string };
    const dot = name?.indexOf(".") ?? -1;
    return [
      ["its subdomain", dot < 0 ? name : name?.slice(0, dot), refuseSubdomain],
      ["its domain", dot < 0 ? "" : name?.slice(dot + 1), refuseHost],
    ];
  },
};

const refuseHost: Refuse = (text) =>
  hostRules.refuse(text) ??
  (hostRules.pattern.test(text) ? undefined : { why: hostRules.rule, remedy: "write the bare name" });

/** Names reach DNS, PostgreSQL roles and pages even without a stack file: the same rules hold for the resources. */
export const properNames: Rule = {
  name: "proper-names",
  description: "Ids, subdomains, host names and contacts follow the stack file's rules (infra/config/schema/names.ts).",
  check: (resource) =>
    (named[resource.type]?.(resource) ?? []).flatMap(([what, text, refuse]) => {
      // Not known in this preview.
      if (text === undefined) return [];
      const refusal = typeof text === "string" ? refuse(text) : { why: "it is no text", remedy: "write one" };
      if (!refusal) return [];
      return [`${resource.name}, ${what}: got ${JSON.stringify(text)}, and ${refusal.why}: ${refusal.remedy}.`];
    }),
};

function expectText(expected: string): Refuse {
  return (text) =>
    text === expected
      ? undefined
      : { why: `expected ${JSON.stringify(expected)}`, remedy: "leave it as the program makes it" };
}
