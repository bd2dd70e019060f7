import type { LifecycleState } from "../config/schema/orchestraSchema.ts";
import type { OrchestraConfig, StackConfig } from "../config/parseStack.ts";
import type { OwnSource, PoolDatabasePlan } from "./planPool.ts";
import { planPasswordVersion } from "../util/stackPasswords.ts";
import { sha256 } from "../util/digest.ts";

export interface OrchestraPlan {
  id: string;
  name: string;
  subdomain: string;
  /** The full name: "malmo.stagesub.com". */
  host: string;
  /** The address that a browser opens: "https://malmo.stagesub.com". */
  url: string;
  contact: { name: string; email: string };
  /** The set-up date, YYYY-MM-DD. */
  since: string;
  /** Whether migrations reach this orchestra before the others. */
  canary: boolean;
  /** The role that holds the app's rights in its database; a claimed pool database keeps its own. */
  appRole: string;
  /** Version of its database's passwords, from 1: see {@link planPasswordVersion}. */
  passwordVersion: number;
  state: LifecycleState;
  /** Whether the next change of the stack file may remove the orchestra: it is retired, and says `protect: false`. */
  released: boolean;
  database: DatabaseSource;
}

/** The source of an orchestra's database: its own, or one of the pool. */
export type DatabaseSource = OwnSource | { kind: "pool"; name: string };

/** Returns the key of an orchestra's database: its id, or the pool database that it claims. */
export function keyOf({ id, database }: Pick<OrchestraPlan, "id" | "database">): string {
  return database.kind === "pool" ? database.name : id;
}

/** Plans every orchestra, sorted by id: the order of the stack file has no meaning. */
export function planOrchestras(config: StackConfig): OrchestraPlan[] {
  return Object.keys(config.orchestras)
    .sort()
    .map((id) => planOrchestra(id, config.orchestras[id]!, config));
}

function planOrchestra(id: string, orchestra: OrchestraConfig, config: StackConfig): OrchestraPlan {
  const { name, contact, since, passwordVersion = 1, state = "active", protect } = orchestra;
  const subdomain = orchestra.subdomain ?? id;
  const host = `${subdomain}.${config.domain}`;
  const database = planDatabase(id, orchestra, config);
  return {
    id,
    name,
    subdomain,
    host,
    url: config.app.url.replace("{host}", host),
    contact: { name: contact.name, email: contact.email },
    since,
    canary: config.rollout.canary.includes(id),
    appRole: planRole(config.stack, keyOf({ id, database })),
    passwordVersion: planPasswordVersion(passwordVersion, config.keyVersion),
    state,
    released: protect === false,
    database,
  };
}

function planDatabase(id: string, { database }: OrchestraConfig, { adopted }: StackConfig): DatabaseSource {
  if (database === undefined) return { kind: "project" };
  if (database !== "adopted") return { kind: "pool", name: database };
  const { url, direct } = adopted[id]!; // parseStack refuses an adoption without its entry
  return { kind: "adopted", url, direct };
}

/**
 * Returns the role that holds the app's rights in one database: `app_production_malmo`, `app_production_pool__3`. Roles are shared by all
 * databases of a cluster, so each database of each stack has its own. A hyphen becomes two underscores: the login role of a version is the
 * name with `_<version>`, and `malmo`'s version 1 must not be the role of an orchestra called `malmo-1`.
 */
export function planRole(stack: string, key: string): string {
  // PostgreSQL cuts names at 63 bytes: a digest stands for a stack's name that is long or has other signs.
  const part = /^[a-z0-9]{1,10}$/.test(stack) ? stack : sha256(stack).slice(0, 8);
  return `app_${part}_${key.replaceAll("-", "__")}`;
}

/** Returns the name at Supabase of the project with this key. */
export function projectName(stack: string, key: string): string {
  return `${stack}-${key}`;
}

/** The plan's databases: those of orchestras and those of the pool. */
interface Planned {
  orchestras: readonly OrchestraPlan[];
  pool: readonly PoolDatabasePlan[];
}

/** Returns the keys of databases that are left as they are: of retired orchestras, and retired numbers of the pool. */
export function retiredKeys({ orchestras, pool }: Planned): ReadonlySet<string> {
  const held = orchestras.filter(({ state }) => state === "retired");
  const numbers = pool.filter(({ state }) => state.kind === "retired");
  return new Set([...held.map(keyOf), ...numbers.map(({ name }) => name)]);
}

/** Returns the keys of the databases that are Supabase projects of this stack. */
export function projectKeys({ orchestras, pool }: Planned): string[] {
  const own = orchestras.filter(({ database }) => database.kind === "project").map(({ id }) => id);
  return [...own, ...pool.filter(({ source }) => source.kind === "project").map(({ name }) => name)];
}
