import type { StackConfig } from "../config/parseStack.ts";
import { readPoolNumber } from "../config/schema/names.ts";
import { normalizeNetworks } from "../config/schema/networks.ts";
import type { Digests } from "../util/digest.ts";
import type { Keys } from "../util/stackPasswords.ts";
import { type OrchestraPlan, planOrchestras } from "./planOrchestras.ts";
import { planPool, type PoolDatabasePlan, type PoolDeclaration } from "./planPool.ts";
import { planRollout, type Rollout } from "./planRollout.ts";

/** A migration, schema or seed file with the SHA-256 of its bytes. */
export interface SourceFile {
  file: string;
  sha256: string;
}

/** `migrations/orchestra`, `migrations/registry`, the description in each one's folder `schema`, and `seeds/orchestra`. */
type SourceFolder = "migrations" | "registryMigrations" | "schemaFiles" | "registrySchemaFiles" | "seeds";

export interface Sources extends Record<SourceFolder, readonly SourceFile[]> {
  /** PEM text of the certificate authority that the databases' servers are checked against, besides Node's own. */
  ca?: string;
}

/** A planned stack as data: names, hosts, pool numbers, digests. Holds secrets in adopted URLs and `keys`. */
export interface Plan extends Record<SourceFolder, Digests> {
  stack: string;
  domain: string;
  zoneId: string;
  app: { target: string; proxied: boolean; urlTemplate: string; urlParameters: string };
  supabase: StackConfig["supabase"];
  keys: Keys;
  /** Host, port and name of the main database, in the change that moves it. */
  databaseMovedTo?: string;
  /** The backup policy of a run that writes to the main database; left out where the run was told to go without. */
  backup?: NonNullable<StackConfig["backup"]>;
  ca?: string;
  /** By number, without a gap. */
  pool: PoolDatabasePlan[];
  /** By id. */
  orchestras: OrchestraPlan[];
  /** The order in which migrations reach the databases of the orchestras and of the pool. */
  rollout: Rollout;
  /** The stack that proves migrations first; left out: none. */
  staging?: NonNullable<StackConfig["rollout"]["staging"]>;
}

/** Plans a stack. Pure; the order of keys and files does not matter. @throws {UserError} when the pool has no room. */
export function planStack(config: StackConfig, { ca, ...sources }: Sources): Plan {
  const { stack, domain, cloudflare, supabase, backup, previousKey, databaseMovedTo } = config;
  const { target, proxied, url, urlParameters } = config.app;
  const orchestras = planOrchestras(config);
  const pool = planPool({ ...config.pool, claims: claimsOf(orchestras), adopted: adoptionsOf(config) });
  const { staging } = config.rollout;
  return {
    stack,
    domain,
    zoneId: cloudflare.zoneId,
    app: { target, proxied, urlTemplate: url, urlParameters },
    supabase: { ...supabase, networkRestrictions: normalizeNetworks(supabase.networkRestrictions) },
    keys: { version: config.keyVersion, current: config.key, ...(previousKey && { previous: previousKey }) },
    ...(databaseMovedTo && { databaseMovedTo }),
    ...(backup && { backup }),
    ...planDigests(sources),
    ...(ca !== undefined && { ca }),
    pool,
    orchestras,
    rollout: planRollout(config.rollout, orchestras, pool),
    ...(staging && { staging }),
  };
}

function claimsOf(orchestras: readonly OrchestraPlan[]): Map<number, string> {
  return new Map(
    orchestras.flatMap(({ id, database }) =>
      database.kind === "pool" ? [[readPoolNumber(database.name)!, id] as const] : [],
    ),
  );
}

function adoptionsOf({ adopted }: StackConfig): PoolDeclaration["adopted"] {
  return new Map(
    Object.entries(adopted).flatMap(([key, urls]) => {
      const number = readPoolNumber(key);
      return number === undefined ? [] : [[number, urls] as const];
    }),
  );
}

function planDigests(sources: Omit<Sources, "ca">) {
  const folders = Object.entries(sources).map(([folder, files]: [string, readonly SourceFile[]]) => {
    const sorted = [...files].sort((a, b) => (a.file < b.file ? -1 : 1));
    return [folder, Object.fromEntries(sorted.map(({ file, sha256 }) => [file, sha256]))];
  });
  return Object.fromEntries(folders) as Record<SourceFolder, Digests>;
}
