import { BlockList, isIP } from "node:net";
import { ProviderError } from "../shared/providerError.ts";
import type { Values } from "../shared/propertyMap.ts";
import type { SupabaseClient } from "./supabaseClient.ts";

/** One JSON setting of `supabase_settings`, with its paths for reading and writing. */
export interface Section {
  name: "network" | "api";
  /** The path for reading. */
  path: string;
  write: { method: "POST" | "PATCH"; path: string; status: number };
  toBody: (asked: Values) => Values;
  fromAnswer: (answer: Values) => Values;
}

/** In the official provider's order. */
export const sections: Section[] = [
  {
    name: "network",
    path: "/network-restrictions",
    write: { method: "POST", path: "/network-restrictions/apply", status: 201 },
    toBody: restrictionsBody,
    fromAnswer: (answer) => {
      const config = answer.config as { dbAllowedCidrs?: string[]; dbAllowedCidrsV6?: string[] };
      return { restrictions: [...(config.dbAllowedCidrs ?? []), ...(config.dbAllowedCidrsV6 ?? [])] };
    },
  },
  {
    name: "api",
    path: "/postgrest",
    write: { method: "PATCH", path: "/postgrest", status: 200 },
    toBody: (asked) => asked,
    fromAnswer: (answer) => answer,
  },
];

/** Reads the API's current values; undefined if the project is gone, so that its settings can still be deleted. */
export async function readSection(client: SupabaseClient, ref: string, section: Section, signal: AbortSignal) {
  const failure = `Unable to read ${section.name} settings`;
  const request = { path: `/${ref}${section.path}`, failure, accepts: [200, 404, 406], signal };
  const { status, body } = await client.send({ method: "GET", ...request });
  return status === 200 ? section.fromAnswer(body as Values) : undefined;
}

/** Writes the named settings and returns the API's version of them. */
export async function writeSection(
  client: SupabaseClient,
  ref: string,
  { name, write, toBody, fromAnswer }: Section,
  asked: Values,
  signal: AbortSignal,
): Promise<Values> {
  const failure = `Unable to update ${name} settings`;
  const request = { path: `/${ref}${write.path}`, body: toBody(asked), failure, accepts: [write.status], signal };
  const answer = await client.send({ method: write.method, ...request });
  // The official provider keeps the network settings as the program wrote them.
  return name === "network" ? asked : fromAnswer(answer.body as Values);
}

function restrictionsBody(asked: Values): Values {
  const cidrs = (asked.restrictions ?? []) as string[];
  const families = cidrs.map(requirePublicRange);
  return {
    dbAllowedCidrs: cidrs.filter((_cidr, index) => families[index] === 4),
    dbAllowedCidrsV6: cidrs.filter((_cidr, index) => families[index] === 6),
  };
}

/** Returns the family of an IP range; refuses text that is no range, and private ranges. */
function requirePublicRange(cidr: string): number {
  const [, address = "", bits = ""] = /^([0-9A-Fa-f.:]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) {
    const detail = `Invalid CIDR provided for network restrictions: invalid CIDR address: ${cidr}`;
    throw new ProviderError("Client Error", detail);
  }
  if (privateRanges.check(address, family === 4 ? "ipv4" : "ipv6")) {
    throw new ProviderError("Client Error", `Private IP provided for network restrictions: ${cidr}`);
  }
  return family;
}

const privateRanges = new BlockList();
privateRanges.addSubnet("10.0.0.0", 8, "ipv4");
privateRanges.addSubnet("172.16.0.0", 12, "ipv4");
privateRanges.addSubnet("192.168.0.0", 16, "ipv4");
privateRanges.addSubnet("fc00::", 7, "ipv6");
