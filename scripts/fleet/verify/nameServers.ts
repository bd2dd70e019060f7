import { Resolver } from "node:dns/promises";

/** The name servers to ask. */
export interface NameServers {
  /** The zone's own; rejects where they cannot be found. */
  zone: Promise<Resolver>;
  /** A resolver that everybody may ask. */
  public: Resolver;
  /** As the user named it, for messages: "1.1.1.1". */
  publicName: string;
}

/**
 * @param domain the orchestras' domain: in its zone, or the zone's apex
 * @param servers the zone's own name server and the public resolver, as `address` or `address:port`; the first is looked
 *   up at the second where it is left out
 */
export function openNameServers(domain: string, servers: { zone?: string; public: string }): NameServers {
  const resolver = openResolver([servers.public]);
  const zone =
    servers.zone === undefined ? findZoneServers(domain, resolver) : Promise.resolve(openResolver([servers.zone]));
  // Each caller that awaits `zone` sees the failure; a failure before the first await must not end the process.
  zone.catch(() => undefined);
  return { zone, public: resolver, publicName: servers.public };
}

export interface NameAnswer {
  kind: "CNAME" | "address";
  values: string[];
}

/** Returns the targets of a name's CNAME, or its addresses, or nothing at all. */
export async function askForName(resolver: Resolver, host: string): Promise<NameAnswer | undefined> {
  const names = await orNothing(resolver.resolveCname(host));
  if (names) return { kind: "CNAME", values: names };
  const addresses = await askForAddress(resolver, host);
  return addresses && { kind: "address", values: addresses };
}

/** Returns the IPv4 addresses of a name, or else its IPv6 ones. */
export async function askForAddress(resolver: Resolver, host: string): Promise<string[] | undefined> {
  return (await orNothing(resolver.resolve4(host))) ?? orNothing(resolver.resolve6(host));
}

/** Finds the name servers of the nearest zone at or above `domain`. */
async function findZoneServers(domain: string, resolver: Resolver): Promise<Resolver> {
  const labels = domain.split(".");
  for (let index = 0; index < labels.length - 1; index++) {
    const servers = await orNothing(resolver.resolveNs(labels.slice(index).join(".")));
    if (!servers?.length) continue;
    const addresses = await Promise.all(servers.map((server) => orNothing(resolver.resolve4(server))));
    const found = addresses.flatMap((list) => list ?? []);
    if (found.length > 0) return openResolver(found);
  }
  throw new Error(`nobody is named as the name server of ${domain}`);
}

function openResolver(servers: string[]): Resolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers(servers);
  return resolver;
}

async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOTFOUND" || code === "ENODATA") return undefined;
    throw error;
  }
}
