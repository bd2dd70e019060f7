import { describeValue } from "../describeValue.ts";
import type { Declared, DeclaredOrchestra } from "./declared.ts";
import { idRules, isPoolName, subdomainRules } from "../schema/names.ts";
import type { ConfigProblem } from "../problem.ts";
import { refuseText } from "../schema/textField.ts";

/** Checks ids, and names against each other: subdomains, the CNAME's target. */
export function checkNames(declared: Declared): ConfigProblem[] {
  return [
    ...checkIds(declared),
    ...checkIdsAsSubdomains(declared),
    ...checkSharedSubdomains(declared),
    ...checkTarget(declared),
  ];
}

function checkIds({ orchestras, adopted }: Declared): ConfigProblem[] {
  const paths = [
    ...orchestras.map(({ id }) => ["stagesub:orchestras", id] as const),
    ...adopted.filter(({ key }) => !isPoolName(key)).map(({ key }) => ["stagesub:adopted", key] as const),
  ];
  return paths.flatMap(([section, id]) => {
    const refusal = refuseText(id, idRules);
    if (refusal === undefined) return [];
    return [{ path: [section, id], atKey: true, expected: idRules.expected, got: describeValue(id), ...refusal }];
  });
}

function checkIdsAsSubdomains({ orchestras }: Declared): ConfigProblem[] {
  return orchestras.flatMap(({ id, subdomainGiven }) => {
    if (subdomainGiven || refuseText(id, idRules) !== undefined) return [];
    const refusal = refuseText(id, subdomainRules);
    if (refusal === undefined) return [];
    const expected = "an id that can be the subdomain too, as no subdomain is given";
    const remedy = "add `subdomain:` with another name under this id";
    const path = ["stagesub:orchestras", id];
    return [{ path, atKey: true, expected, got: describeValue(id), why: refusal.why, remedy }];
  });
}

function checkSharedSubdomains({ orchestras }: Declared): ConfigProblem[] {
  const holders = new Map<string, DeclaredOrchestra>();
  // Other checks refuse texts that are no subdomain.
  const wellFormed = orchestras.filter(({ subdomain }) => refuseText(subdomain, subdomainRules) === undefined);
  for (const orchestra of wellFormed)
    if (!holders.has(orchestra.subdomain)) holders.set(orchestra.subdomain, orchestra);
  return wellFormed
    .filter((orchestra) => holders.get(orchestra.subdomain) !== orchestra)
    .map(({ id, subdomain, subdomainGiven }) => ({
      path: ["stagesub:orchestras", id, ...(subdomainGiven ? ["subdomain"] : [])],
      atKey: !subdomainGiven,
      expected: "a subdomain of its own for each orchestra",
      got: `${describeValue(subdomain)}, which is ${holders.get(subdomain)!.id}'s too`,
      why: "two orchestras on one subdomain would open each other's pages",
      remedy: `give ${id} or ${holders.get(subdomain)!.id} another \`subdomain:\``,
    }));
}

function checkTarget({ domain, app: { target }, orchestras }: Declared): ConfigProblem[] {
  if (domain === undefined || target === undefined) return [];
  return orchestras
    .map(({ id, subdomain }) => ({ id, host: `${subdomain}.${domain}` }))
    .filter(({ host }) => `.${target}`.endsWith(`.${host}`))
    .map(({ id, host }) => ({
      path: ["stagesub:app", "target"],
      expected: "a host outside of the orchestras' own names",
      got: `${describeValue(target)}, which is or lies under ${id}'s ${host}`,
      why: "that orchestra's CNAME would lead back to itself",
      remedy: "name the host that serves the app, such as cname.vercel-dns.com",
    }));
}
