import { identifyAddress, readDatabaseAddress } from "../../infra/database/connection/databaseAddress.ts";
import type { OpenStack } from "../stack/openStack.ts";

/** Finds the stack's database that a URL leads to: an orchestra's id, `pool-N` or `the main database`; undefined for none of them. */
export function findKnownDatabase(
  { config, outputs }: Pick<OpenStack, "config" | "outputs">,
  url: string,
): string | undefined {
  const place = identify(url);
  if (place === undefined) return undefined;
  const known: [key: string, url: string][] = [
    ["the main database", config.databaseUrl],
    ...Object.entries(config.adopted).map(([key, { url }]): [string, string] => [key, url]),
    ...Object.entries(outputs.migrators),
  ];
  return known.find(([, other]) => identify(other) === place)?.[0];
}

function identify(url: string): string | undefined {
  const address = readDatabaseAddress(url);
  return address && identifyAddress(address);
}
