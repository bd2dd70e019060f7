import { describeValue } from "../describeValue.ts";
import type { Declared, DeclaredOrchestra } from "./declared.ts";
import { idRules, isPoolName, subdomainRules } from "../schema/names.ts";
import type { Finding, PathSegment } from "../problem.ts";
import { refuseText } from "../schema/textRules.ts";

/** Checks names against each other: subdomains, the CNAME's target. */
export function checkNames(declared: Declared): Finding[] {
  return [
    ...checkIds(declared),
    ...checkIdsAsSubdomains(declared),
    ...checkSharedSubdomains(declared),
    ...checkTarget(declared),
  ];
}

/** Returns the path that an orchestra's subdomain comes from: its own key, or the id. */
export function subdomainPath({ id, subdomainGiven }: DeclaredOrchestra): PathSegment[] {
  return subdomainGiven ? ["stagesub:orchestras", id, "subdomain"] : ["stagesub:orchestras", id];
}

function checkIds({ orchestras, adopted }: Declared): Finding[] {
  const check = (section: string, id: string): Finding[] => {
    const refusal = refuseText(id, idRules);
    if (refusal === undefined) return [];
    return [{ path: [section, id], about: "key", expected: idRules.expected, got: describeValue(id), ...refusal }];
  };
  return [
    ...orchestras.flatMap(({ id }) => check("stagesub:orchestras", id)),
    ...adopted.flatMap(({ key }) => (isPoolName(key) ? [] : check("stagesub:adopted", key))),
  ];
}

function checkIdsAsSubdomains({ orchestras }: Declared): Finding[] {
  return orchestras.flatMap((orchestra) => {
    if (orchestra.subdomainGiven || refuseText(orchestra.id, idRules) !== undefined) return [];
    const refusal = refuseText(orchestra.id, subdomainRules);
    if (refusal === undefined) return [];
    return [
      {
        path: subdomainPath(orchestra),
        about: "key" as const,
        expected: "an id that can be the subdomain too, as no subdomain is given",
        got: describeValue(orchestra.id),
        why: refusal.why,
        remedy: "add `subdomain:` with another name under this id",
      },
    ];
  });
}

function checkSharedSubdomains({ orchestras }: Declared): Finding[] {
  const first = new Map<string, DeclaredOrchestra>();
  // Other checks refuse texts that are no subdomain.
  const wellFormed = orchestras.filter(({ subdomain }) => refuseText(subdomain, subdomainRules) === undefined);
  return wellFormed.flatMap((orchestra) => {
    const holder = first.get(orchestra.subdomain);
    if (holder === undefined) {
      first.set(orchestra.subdomain, orchestra);
      return [];
    }
    return [
      {
        path: subdomainPath(orchestra),
        about: orchestra.subdomainGiven ? ("value" as const) : ("key" as const),
        expected: "a subdomain of its own for each orchestra",
        got: `${describeValue(orchestra.subdomain)}, which is ${holder.id}'s too`,
        why: "two orchestras on one subdomain would open each other's pages",
        remedy: `give ${orchestra.id} or ${holder.id} another \`subdomain:\``,
      },
    ];
  });
}

function checkTarget({ domain, target, orchestras }: Declared): Finding[] {
  return orchestras.flatMap(({ id, subdomain }) => {
    const host = `${subdomain}.${domain}`;
    if (domain === undefined || target === undefined) return [];
    if (target !== host && !target.endsWith(`.${host}`)) return [];
    return [
      {
        path: ["stagesub:app", "target"],
        about: "value" as const,
        expected: "a host outside of the orchestras' own names",
        got: `${describeValue(target)}, which is or lies under ${id}'s ${host}`,
        why: "that orchestra's CNAME would lead back to itself",
        remedy: "name the host that serves the app, such as cname.vercel-dns.com",
      },
    ];
  });
}
