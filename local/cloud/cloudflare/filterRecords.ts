import type { DnsRecord } from "./recordStore.ts";

/**
 * Returns the records that a list asks for: `type`, `proxied`, and `name`, `content` and `comment` either as they are or with `.exact`,
 * `.contains`, `.startswith`, `.endswith`. `match=any` takes records that fit one of these. The order is the one asked for.
 */
export function filterRecords(records: DnsRecord[], query: Record<string, string>): DnsRecord[] {
  const tests = Object.entries(query).flatMap(([key, value]) => createTest(key, value) ?? []);
  const found = records.filter((record) =>
    tests.length > 0 && query["match"] === "any"
      ? tests.some((test) => test(record))
      : tests.every((test) => test(record)),
  );
  const order = orders.find((known) => known === query["order"]);
  if (order) found.sort((a, b) => String(a[order]).localeCompare(String(b[order])));
  return query["direction"] === "desc" ? found.reverse() : found;
}

const orders = ["type", "name", "content", "ttl", "proxied"] as const;

function createTest(key: string, value: string): ((record: DnsRecord) => boolean) | undefined {
  if (key === "type") return (record) => record.type === value;
  if (key === "proxied") return (record) => String(record.proxied) === value;
  const [field, operator = "exact"] = key.split(".");
  if (field !== "name" && field !== "content" && field !== "comment") return undefined;
  const wanted = value.toLowerCase();
  const compare = comparisons[operator];
  return compare && ((record) => compare((record[field] ?? "").toLowerCase(), wanted));
}

const comparisons: Record<string, ((text: string, wanted: string) => boolean) | undefined> = {
  exact: (text, wanted) => text === wanted,
  contains: (text, wanted) => text.includes(wanted),
  startswith: (text, wanted) => text.startsWith(wanted),
  endswith: (text, wanted) => text.endsWith(wanted),
};
