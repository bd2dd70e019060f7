import { readPoolNumber } from "../schema/names.ts";

/**
 * A lenient view of a stack file for the checks that compare its parts: it holds the well-formed values and skips the rest,
 * so that those checks run, and report, even while other parts are wrong.
 */
export interface Declared {
  domain?: string;
  target?: string;
  orchestras: DeclaredOrchestra[];
  pool: { max: number; retired: number[] };
  /** "" stands for a value that is no text. */
  rollout: { canary: string[]; waves: string[][]; staging?: string };
  /** By an orchestra's id or a pool database's name. */
  adopted: { key: string; url?: string; direct?: string }[];
  databaseUrl?: string;
}

export interface DeclaredOrchestra {
  id: string;
  /** The subdomain: the id, where none is given. */
  subdomain: string;
  subdomainGiven: boolean;
  database?: { kind: "adopted" } | { kind: "pool"; number: number };
  retired: boolean;
  /** The orchestra says `protect: false`. */
  released: boolean;
}

type Values = Record<string, unknown>;

/** Reads the well-formed values; `poolMax` is the schema's default. */
export function readDeclared(values: Values, poolMax: number): Declared {
  const pool = asMap(values["pool"]);
  return {
    ...optional("domain", asText(values["domain"])),
    ...optional("target", asText(asMap(values["app"])["target"])),
    ...optional("databaseUrl", asText(values["databaseUrl"])),
    orchestras: Object.entries(asMap(values["orchestras"])).map(([id, orchestra]) =>
      readOrchestra(id, asMap(orchestra)),
    ),
    pool: {
      max: Number.isInteger(pool["max"]) ? (pool["max"] as number) : poolMax,
      retired: asNumbers(pool["retired"]),
    },
    rollout: readRollout(asMap(values["rollout"])),
    adopted: Object.entries(asMap(values["adopted"])).map(([key, entry]) => ({
      key,
      ...optional("url", asText(asMap(entry)["url"])),
      ...optional("direct", asText(asMap(entry)["direct"])),
    })),
  };
}

function readRollout({ canary, waves, staging }: Values): Declared["rollout"] {
  const ids = (value: unknown) => asList(value).map((id) => asText(id) ?? "");
  return {
    canary: ids(canary),
    waves: asList(waves).map((wave) => (Array.isArray(wave) ? ids(wave) : [""])),
    ...optional("staging", asText(asMap(staging)["stack"])),
  };
}

function readOrchestra(id: string, values: Values): DeclaredOrchestra {
  const { subdomain, database, state, protect } = values;
  const number = readPoolNumber(asText(database) ?? "");
  return {
    id,
    subdomain: asText(subdomain) ?? id,
    subdomainGiven: subdomain !== undefined,
    retired: state === "retired",
    released: protect === false,
    ...(database === "adopted" ? { database: { kind: "adopted" } } : {}),
    ...(number === undefined ? {} : { database: { kind: "pool", number } }),
  };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}

function asMap(value: unknown): Values {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asNumbers(value: unknown): number[] {
  return asList(value).filter((item): item is number => Number.isInteger(item));
}
