import { BlockList, isIP } from "node:net";
import type { Refusal } from "./textField.ts";

/** The networks of a Supabase project without restrictions: everybody may connect, by IPv4 and by IPv6. */
export const everyNetwork: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Refuses a text that is no network in CIDR form, and private networks, which Supabase's provider refuses only during `up`. */
export function refuseNetwork(text: string): Refusal | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const bits = { 0: undefined, 4: 32, 6: 128 }[isIP(address)];
  const remedy = "write an address and a prefix length, such as 203.0.113.0/24 or 203.0.113.7/32";
  if (bits === undefined || more.length > 0) return { why: "it does not begin with an IP address", remedy };
  // Node takes "fe80::1%eth0" for an address; Go, in which the provider is written, takes it for none.
  if (address.includes("%")) return { why: "it names an interface of one machine (%)", remedy };
  if (prefix === undefined) {
    return { why: "it has no prefix length", remedy: `for this one address write ${address}/${bits}` };
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)
    return { why: `the prefix length must be 0 to ${bits}`, remedy };
  const network = parseNetwork(text)!;
  if (!privateNetworks.check(network.address, network.family)) return undefined;
  return {
    why: "it is a private network, from which nobody reaches Supabase",
    remedy: "write the public network behind which it stands",
  };
}

/**
 * Returns networks as the Supabase provider reads them back: IPv4 before IPv6, each once, ascending, the addresses in their shortest
 * form and without host bits. Any other order or spelling is a difference in each `refresh`. A text that is no network stays as it is.
 */
export function normalizeNetworks(texts: readonly string[]): string[] {
  const networks = new Map(
    texts.map((text) => {
      const { address, prefix, order } = parseNetwork(text) ?? { order: text };
      return [address === undefined ? text : `${address}/${prefix}`, order];
    }),
  );
  return [...networks].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([normal]) => normal);
}

/** Returns a network in its shortest form, and an order that sorts as the networks do; undefined for a text that is none. */
function parseNetwork(text: string) {
  const [address = "", prefix = ""] = text.split("/");
  const family = isIP(address);
  if (family === 0 || address.includes("%") || !/^\d{1,3}$/.test(prefix)) return undefined;
  // Go and PostgreSQL take ::ffff:203.0.113.0/120 for 203.0.113.0/24, and Supabase has two lists.
  const length = Number(prefix) + (family === 4 ? 96 : 0);
  const hostBits = BigInt(128 - length);
  const value = (readAddress(family === 4 ? `::ffff:${address}` : address) >> hostBits) << hostBits;
  const digits = value.toString(16).padStart(32, "0");
  const order = `${digits} ${String(length).padStart(3, "0")}`;
  if (value >> 32n === 0xffffn && length >= 96) {
    const bytes = Buffer.from(digits.slice(24), "hex");
    return { family: "ipv4", address: bytes.join("."), prefix: length - 96, order: `4 ${order}` } as const;
  }
  // The URL standard writes IPv6 addresses in RFC 5952's form.
  const { hostname } = new URL(`http://[${digits.match(/.{4}/g)!.join(":")}]`);
  return { family: "ipv6", address: hostname.slice(1, -1), prefix: length, order: `6 ${order}` } as const;
}

function readAddress(ipv6: string): bigint {
  const [head = "", tail] = new URL(`http://[${ipv6}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail ?? ""].map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - before!.length - after!.length).fill("0");
  return BigInt(`0x${[...before!, ...zeros, ...after!].map((group) => group.padStart(4, "0")).join("")}`);
}

/** As Go's `IP.IsPrivate`, which the provider asks. */
const privateNetworks = new BlockList();
privateNetworks.addSubnet("10.0.0.0", 8, "ipv4");
privateNetworks.addSubnet("172.16.0.0", 12, "ipv4");
privateNetworks.addSubnet("192.168.0.0", 16, "ipv4");
privateNetworks.addSubnet("fc00::", 7, "ipv6");
