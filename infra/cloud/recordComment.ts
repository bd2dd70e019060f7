import { domainToASCII } from "node:url";
import { sha256 } from "../util/digest.ts";

/** Cloudflare's limit on its Free plan. Ids and stack names are ASCII, so letters, UTF-16 units and bytes count alike. */
const longest = 100;

/**
 * Returns the comment of an orchestra's DNS record, by which a run without state recognizes it. Names that are too long for Cloudflare are
 * cut, and a digest of both is added.
 */
export function commentFor(orchestra: string, stack: string): string {
  const full = `StageSub orchestra ${orchestra}, made by the Pulumi stack ${stack}`;
  if (full.length <= longest) return full;
  const digest = sha256(`${stack}\n${orchestra}`).slice(0, 20);
  return `StageSub orchestra ${orchestra.slice(0, 20)}, Pulumi stack ${stack.slice(0, 16)}, ${digest}`;
}

/** Tells whether a comment says that some stack of this program made the record. */
export function namesMaker(comment: string): boolean {
  return /^StageSub orchestra \S+, (made by the Pulumi stack \S+|Pulumi stack \S+, [0-9a-f]{20})$/.test(comment);
}

/** Returns a name in the DNS as the DNS has it: lower case, Punycode, no closing dot. Cloudflare's dashboard and lists differ in all three. */
export function normalizeHost(host: string): string {
  return (domainToASCII(host) || host.toLowerCase()).replace(/\.$/, "");
}

/** Tells whether two names in the DNS are the same. */
export function sameHost(a: string, b: string): boolean {
  return normalizeHost(a) === normalizeHost(b);
}
