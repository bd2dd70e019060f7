import { z } from "zod";
import { readPoolNumber } from "../schema/names.ts";
import { poolMax } from "../schema/stackSchema.ts";

/**
 * A lenient view of a stack file for the checks that compare its parts: it keeps the well-formed values, so that those checks run, and
 * report, even while other parts are wrong.
 */
export type Declared = z.output<typeof declared> & { orchestras: DeclaredOrchestra[]; adopted: AdoptedUrls[] };

/** The URLs of an adopted database, by an orchestra's id or a pool database's name. */
export type AdoptedUrls = z.output<typeof urls> & { key: string };

export interface DeclaredOrchestra {
  id: string;
  /** The id, where the file gives no subdomain. */
  subdomain: string;
  subdomainGiven: boolean;
  database?: { kind: "adopted" } | { kind: "pool"; number: number };
  retired: boolean;
  /** The orchestra says `protect: false`. */
  released: boolean;
}

const text = z.string().optional().catch(undefined);
/** Orchestra ids; "" stands for a value that is no text. */
const ids = z.array(z.string().catch(""));
/** Zod's own records leave the key `__proto__` out. */
const map = z.custom<Record<string, unknown>>((value) => value instanceof Object && !Array.isArray(value)).catch({});
const urls = z.object({ url: text, direct: text }).catch({});

const declared = z.object({
  domain: text,
  app: z.object({ target: text }).catch({}),
  databaseUrl: text,
  pool: z
    .object({ max: z.int().catch(poolMax), retired: z.array(z.int().catch(0)).catch([]) })
    .catch({ max: poolMax, retired: [] }),
  rollout: z
    .object({
      canary: ids.catch([]),
      waves: z.array(ids.catch([""])).catch([]),
      staging: z.object({ stack: text }).catch({}),
    })
    .catch({ canary: [], waves: [], staging: {} }),
});

/** Reads the well-formed values. */
export function readDeclared(values: Record<string, unknown>): Declared {
  return {
    ...declared.parse(values),
    orchestras: Object.entries(map.parse(values["orchestras"])).map(([id, entry]) =>
      readOrchestra(id, map.parse(entry)),
    ),
    adopted: Object.entries(map.parse(values["adopted"])).map(([key, entry]) => ({ key, ...urls.parse(entry) })),
  };
}

function readOrchestra(
  id: string,
  { subdomain, database, state, protect }: Record<string, unknown>,
): DeclaredOrchestra {
  const number = typeof database === "string" ? readPoolNumber(database) : undefined;
  return {
    id,
    subdomain: typeof subdomain === "string" ? subdomain : id,
    subdomainGiven: subdomain !== undefined,
    retired: state === "retired",
    released: protect === false,
    ...(database === "adopted" && { database: { kind: "adopted" } }),
    ...(number !== undefined && { database: { kind: "pool", number } }),
  };
}
