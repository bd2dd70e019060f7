import { isIPv4, isIPv6 } from "node:net";
import { ProviderError } from "../shared/providerError.ts";
import type { Value } from "../shared/propertyMap.ts";
import type { SupabaseClient } from "./supabaseClient.ts";

type Document = { [key: string]: Value };

/** One JSON setting of `supabase_settings`: where it is read and written, in the official provider's order. */
export interface Section {
  name: "database" | "network" | "api" | "auth" | "storage";
  /** Where it is read. */
  path: string;
  write: { method: "PUT" | "POST" | "PATCH"; path: string; status: number };
  /** Fields that the API never answers, or only as a hash. */
  isHidden?: (field: string) => boolean;
  toBody?: (asked: Document) => Document;
  fromAnswer?: (answer: Document) => Document;
}

export const sections: Section[] = [
  section("database", "/config/database/postgres", "PUT"),
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
  section("api", "/postgrest", "PATCH", (field) => field === "jwt_secret"),
  section("auth", "/config/auth", "PATCH", (field) =>
    /(_secrets?|_pass|_auth_token|_access_key|_api_key|_api_secret)$/.test(field),
  ),
  section("storage", "/config/storage", "PATCH"),
];

/** What the API says now; undefined where the project is gone, so that its settings can still be deleted. */
export async function readSection(
  client: SupabaseClient,
  ref: string,
  { name, path, ...rest }: Section,
  signal: AbortSignal,
) {
  const failure = `Unable to read ${name} settings`;
  const request = { path: `/${ref}${path}`, failure, accepts: [200, 404, 406], signal };
  const { status, body } = await client.send({ method: "GET", ...request });
  return status === 200 ? visible(rest, (rest.fromAnswer ?? same)(body as Document)) : undefined;
}

/** Writes the named settings and gives what the API made of them. */
export async function writeSection(
  client: SupabaseClient,
  ref: string,
  section: Section,
  asked: Document,
  signal: AbortSignal,
): Promise<Document> {
  const { method, path, status } = section.write;
  const body = (section.toBody ?? same)(asked);
  const failure = `Unable to update ${section.name} settings`;
  const answer = await client.send({ method, path: `/${ref}${path}`, body, failure, accepts: [status], signal });
  // The official provider keeps the network settings as the program wrote them, and reads the storage settings back.
  if (section.name === "network") return asked;
  if (section.name === "storage") return (await readSection(client, ref, section, signal)) ?? asked;
  return visible(section, answer.body as Document);
}

function section(
  name: Section["name"],
  path: string,
  method: "PUT" | "PATCH",
  isHidden?: Section["isHidden"],
): Section {
  return { name, path, write: { method, path, status: 200 }, ...(isHidden ? { isHidden } : {}) };
}

function same(document: Document): Document {
  return document;
}

function visible({ isHidden }: Pick<Section, "isHidden">, document: Document): Document {
  return Object.fromEntries(Object.entries(document).filter(([field]) => !isHidden?.(field)));
}

function restrictionsBody(asked: Document): Document {
  const cidrs = (asked.restrictions ?? []) as string[];
  for (const cidr of cidrs) refuseCidr(cidr);
  return {
    dbAllowedCidrs: cidrs.filter((cidr) => isIPv4(address(cidr))),
    dbAllowedCidrsV6: cidrs.filter((cidr) => isIPv6(address(cidr))),
  };
}

function refuseCidr(cidr: string): void {
  const [, bits = ""] = cidr.split("/");
  const longest = isIPv4(address(cidr)) ? 32 : isIPv6(address(cidr)) ? 128 : -1;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > longest) {
    const detail = `Invalid CIDR provided for network restrictions: invalid CIDR address: ${cidr}`;
    throw new ProviderError("Client Error", detail);
  }
  if (/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd])/i.test(cidr)) {
    throw new ProviderError("Client Error", `Private IP provided for network restrictions: ${cidr}`);
  }
}

function address(cidr: string): string {
  return cidr.split("/")[0] ?? "";
}
