import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import { z } from "zod";
import { CloudflareError, type CloudflareProblem } from "./envelope.ts";
import { recordTypes, type RecordValues } from "./recordStore.ts";
import { zone } from "./zone.ts";

/** The body of a POST or PUT; a PATCH is laid over the record first. Unknown keys are dropped. */
export const recordBody = z.object({
  name: z.string(),
  type: z.string(),
  content: z.string().optional(),
  proxied: z.boolean().default(false),
  ttl: z.number().default(1),
  comment: z.string().max(100).nullable().default(null),
  tags: z.array(z.string()).default([]),
  settings: z
    .object({ flatten_cname: z.boolean(), ipv4_only: z.boolean(), ipv6_only: z.boolean() })
    .partial()
    .nullish(),
});

/**
 * Checks a record and brings it into Cloudflare's normal form: full lower-case name, lower-case targets without a final dot, an automatic
 * TTL for a proxied record.
 *
 * @throws CloudflareError 400 with Cloudflare's codes.
 */
export function parseRecord(body: unknown): RecordValues {
  const parsed = recordBody.safeParse(body);
  if (!parsed.success) throw validationError(...parsed.error.issues.map(describe));
  const given = parsed.data;
  const type = recordTypes.find((known) => known === given.type);
  if (!type) {
    const message = `Invalid field type: the local cloud holds ${recordTypes.join(", ")}.`;
    throw validationError({ code: 9207, message });
  }
  const name = normaliseName(given.name);
  if (!name) throw validationError({ code: 9000, message: "DNS name is invalid." });
  if (given.ttl !== 1 && !(Number.isInteger(given.ttl) && given.ttl >= 60 && given.ttl <= 86400)) {
    throw validationError({ code: 9021, message: "TTL must be between 60 and 86400 seconds, or 1 for Automatic." });
  }
  const content = normaliseContent(type, given.content ?? "");
  if (content === undefined) throw refuse(contentProblems[type]);
  if (type === "CNAME" && content === name) {
    throw refuse({ code: 9039, message: "CNAME content cannot reference itself." });
  }
  if (given.proxied && !canBeProxied(type)) {
    throw refuse({ code: 9004, message: "This record type cannot be proxied." });
  }
  if (given.proxied && !isProxiable({ type, content })) {
    throw refuse({ code: 9003, message: `Target ${content} is not allowed for a proxied record.` });
  }
  return {
    name,
    type,
    content,
    proxied: given.proxied,
    ttl: given.proxied ? 1 : given.ttl,
    comment: given.comment === "" ? null : given.comment,
    tags: given.tags,
    settings: type === "CNAME" ? { ...cnameSettings, ...given.settings } : {},
  };
}

/** Returns the full name in lower case and Punycode, or undefined for text that is no name. `@` is the zone itself. */
export function normaliseName(text: string): string | undefined {
  const bare = text.trim().toLowerCase().replace(/\.$/, "");
  const full = bare === "@" ? zone.name : isInZone(bare) ? bare : `${bare}.${zone.name}`;
  const ascii = full.startsWith("*.") ? `*.${domainToASCII(full.slice(2))}` : domainToASCII(full);
  return isHostname(ascii.replace(/^\*\./, "")) ? ascii : undefined;
}

/** Tells whether Cloudflare could proxy this record: not one with a private or loopback address. */
export function isProxiable({ type, content }: Pick<RecordValues, "type" | "content">): boolean {
  if (!canBeProxied(type)) return false;
  return isIP(content) === 0 || !privateAddresses.check(content, isIPv4(content) ? "ipv4" : "ipv6");
}

/** The real API's answer for every CNAME that has not been set otherwise. */
const cnameSettings = { flatten_cname: false, ipv4_only: false, ipv6_only: false };

const contentProblems: Record<RecordValues["type"], CloudflareProblem> = {
  A: { code: 9005, message: "Content for A record must be a valid IPv4 address." },
  AAAA: { code: 9006, message: "Content for AAAA record must be a valid IPv6 address." },
  CNAME: { code: 9007, message: "Content for CNAME record is invalid." },
  TXT: { code: 9012, message: "Content for TXT record is invalid." },
};

function normaliseContent(type: RecordValues["type"], content: string): string | undefined {
  if (type === "A") return isIPv4(content) ? content : undefined;
  if (type === "AAAA") return isIPv6(content) ? content.toLowerCase() : undefined;
  if (type === "TXT") return content !== "" && Buffer.byteLength(content) <= 2048 ? content : undefined;
  const host = content.trim().toLowerCase().replace(/\.$/, "");
  return isHostname(host) && isIP(host) === 0 ? host : undefined;
}

function isInZone(name: string): boolean {
  return name === zone.name || name.endsWith(`.${zone.name}`);
}

function isHostname(name: string): boolean {
  return name.length > 0 && name.length <= 253 && name.split(".").every((label) => labelPattern.test(label));
}

/** Underscores are for service names such as `_dmarc`. */
const labelPattern = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

function canBeProxied(type: RecordValues["type"]): boolean {
  return type === "A" || type === "AAAA" || type === "CNAME";
}

function refuse(problem: CloudflareProblem): CloudflareError {
  return new CloudflareError(400, problem);
}

function validationError(...chain: CloudflareProblem[]): CloudflareError {
  return new CloudflareError(400, { code: 1004, message: "DNS Validation Error", error_chain: chain });
}

function describe(issue: z.core.$ZodIssue): CloudflareProblem {
  return { code: 9207, message: `Invalid field ${issue.path.join(".")}: ${issue.message}` };
}

const privateAddresses = new BlockList();
for (const [address, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateAddresses.addSubnet(address, bits, "ipv4");
}
privateAddresses.addAddress("::1", "ipv6");
privateAddresses.addSubnet("fc00::", 7, "ipv6");
privateAddresses.addSubnet("fe80::", 10, "ipv6");
