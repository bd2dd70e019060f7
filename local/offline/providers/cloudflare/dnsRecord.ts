import { oneOf } from "../shared/checkInputs.ts";
import { ProviderError } from "../shared/providerError.ts";
import { isObject, textOf, type Value, type Values } from "../shared/propertyMap.ts";
import type { Attributes, Resource } from "../shared/resource.ts";
import type { CloudflareClient } from "./cloudflareClient.ts";

const recordTypes =
  "A AAAA CAA CERT CNAME DNSKEY DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SMIMEA SRV SSHFP SVCB TLSA TXT URI".split(" ");

const attributes: Attributes = {
  comment: { kind: "optional", type: "string" },
  content: { kind: "optionalComputed", type: "string" },
  data: { kind: "optional", type: "object", unimplemented: true },
  includeShadowMetadata: { kind: "optionalComputed", type: "boolean", default: false, unimplemented: true },
  name: { kind: "required", type: "string" },
  priority: { kind: "optional", type: "number", problem: priorityProblem },
  privateRouting: { kind: "optional", type: "boolean" },
  proxied: { kind: "optionalComputed", type: "boolean", default: false },
  settings: { kind: "optionalComputed", type: "object", fields: settingsFields() },
  tags: { kind: "optionalComputed", type: "array" },
  ttl: { kind: "required", type: "number", problem: ttlProblem },
  type: { kind: "required", type: "string", replaces: true, problem: oneOf("type", recordTypes) },
  zoneId: { kind: "required", type: "string", replaces: true },
  commentModifiedOn: { kind: "computed", type: "string", volatile: true },
  createdOn: { kind: "computed", type: "string" },
  meta: { kind: "computed", type: "string", volatile: true },
  modifiedOn: { kind: "computed", type: "string", volatile: true },
  proxiable: { kind: "computed", type: "boolean", volatile: true },
  tagsModifiedOn: { kind: "computed", type: "string", volatile: true },
};

/** `cloudflare_dns_record` of the official provider: the same requests, the whole record at each change. */
export const dnsRecord: Resource<CloudflareClient> = {
  attributes,

  create: async (client, plan, signal) => {
    refuseProxiedTtl(plan);
    const body = bodyOf(plan);
    const result = await client.send("POST", `/zones/${textOf(plan.zoneId)}/dns_records`, { body, signal });
    return { ...stateOf(result as ApiRecord), ...plan };
  },

  read: async (client, state, signal) => {
    const result = await client.send("GET", pathOf(state), { signal, missing: true });
    if (result === undefined) return undefined;
    const { includeShadowMetadata = false, zoneId = "" } = state;
    return { ...stateOf(result as ApiRecord), includeShadowMetadata, zoneId };
  },

  importState: (id) => {
    const [zoneId, recordId, ...rest] = id.split("/");
    if (!zoneId || !recordId || rest.length > 0) {
      const detail = `expected urlencoded segments <zone_id>/<dns_record_id>, got "${id}"`;
      throw new ProviderError("invalid ID", detail);
    }
    return { id: recordId, zoneId };
  },

  update: async (client, state, plan, signal) => {
    const result = await client.send("PUT", pathOf(state), { body: bodyOf(plan), signal });
    return { ...stateOf(result as ApiRecord), ...plan };
  },

  delete: async (client, state, signal) => {
    await client.send("DELETE", pathOf(state), { signal });
  },
};

const cnameSettings = { flatten_cname: false, ipv4_only: false, ipv6_only: false };

/** A record as the API writes it; a field that is left out or null is not set. */
interface ApiRecord {
  id: string;
  type: string;
  settings?: { [flag: string]: boolean };
  tags?: string[];
  meta?: object;
  [field: string]: Value | object | undefined;
}

function pathOf(state: Values): string {
  return `/zones/${textOf(state.zoneId)}/dns_records/${textOf(state.id)}`;
}

/** Returns the body of a plan: every known field that the program or the state holds, in the API's spelling and order. */
function bodyOf(plan: Values): { [field: string]: Value } {
  const sent = [
    "comment",
    "content",
    "name",
    "priority",
    "privateRouting",
    "proxied",
    "settings",
    "tags",
    "ttl",
    "type",
  ];
  const entries = sent.flatMap((name): [string, Value][] => {
    const value = plan[name];
    if (value === undefined || (isObject(value) && Object.keys(value).length === 0)) return [];
    return [[snakeCase(name), isObject(value) ? renamed(value, snakeCase) : value]];
  });
  return Object.fromEntries(entries);
}

function stateOf(record: ApiRecord): Values {
  const state: Values = { id: record.id };
  for (const name of Object.keys(attributes)) {
    const value = record[snakeCase(name)];
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") state[name] = value;
  }
  state.tags = record.tags ?? [];
  state.meta = JSON.stringify(record.meta ?? {});
  // The official provider fills in what a CNAME's settings leave out; other types have none of their own.
  const settings = { ...(record.type === "CNAME" ? cnameSettings : {}), ...record.settings };
  state.settings = renamed(settings, camelCase);
  return state;
}

function refuseProxiedTtl({ proxied, ttl }: Values): void {
  if (proxied !== true || ttl === 1) return;
  throw new ProviderError(
    "ttl must be set to 1 when `proxied` is true",
    "When a DNS record is marked as `proxied` the TTL must be 1 as Cloudflare will control the TTL internally.",
  );
}

function ttlProblem(ttl: Value): string | undefined {
  const [automatic, shortest, longest] = [1, 30, 86_400];
  if (ttl === automatic || (typeof ttl === "number" && ttl >= shortest && ttl <= longest)) return undefined;
  return `Invalid Attribute Value. Attribute ttl value must be 1 or between ${shortest} and ${longest}, got: ${JSON.stringify(ttl)}.`;
}

function priorityProblem(priority: Value): string | undefined {
  if (typeof priority === "number" && priority >= 0 && priority <= 65_535) return undefined;
  return `Invalid Attribute Value. Attribute priority value must be between 0 and 65535, got: ${JSON.stringify(priority)}.`;
}

function settingsFields(): Attributes {
  const flag = { kind: "optional", type: "boolean" } as const;
  return { flattenCname: flag, ipv4Only: flag, ipv6Only: flag };
}

function renamed(object: { [key: string]: Value }, rename: (name: string) => string): { [key: string]: Value } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
