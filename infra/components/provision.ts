import * as pulumi from "@pulumi/pulumi";
import { keyOf, type OrchestraPlan, retiredKeys } from "../plan/planOrchestras.ts";
import type { RolloutStage } from "../plan/planRollout.ts";
import type { Plan } from "../plan/planStack.ts";
import type { Existing } from "../preflight/preflight.ts";
import { formatConnectionUrl } from "../resources/connections.ts";
import { Orchestra } from "./orchestra.ts";
import type { Predecessors } from "./predecessors.ts";
import { Registry } from "./registry.ts";
import { reportHaltedRollout } from "./reportHaltedRollout.ts";
import { type StackArgs, TenantDatabase } from "./tenantDatabase.ts";
import { formatVerified } from "../preflight/checkStagingGate.ts";
import { migrationsInAll } from "../preflight/pendingMigrations.ts";
import type { Applied } from "../preflight/recordedState.ts";
import { type Digests, shortDigest } from "../util/digest.ts";
import { applyEvenIfUnknown } from "../sdk.ts";

/**
 * The outputs of the stack. Each value stands alone, so that one orchestra's failure leaves the others' in place; passwords and URLs are
 * secret.
 */
export interface StackOutputs {
  /** Per orchestra: its address, its database (project ref or pool name) and the status that the app reads. */
  orchestras: Record<string, { url: string; database: pulumi.Input<string>; status: pulumi.Output<string> }>;
  /** Pool database → the orchestra that holds it, `free` or `retired`. */
  pool: Record<string, string>;
  /** Per orchestra that is not retired: the first administrator's login. The e-mail is the user's own: a new contact changes no login. */
  administrators: Record<
    string,
    { email: pulumi.Output<string>; oneTimePassword: pulumi.Output<string | undefined> | undefined }
  >;
  /** Per orchestra that is not retired, and per database of the pool: the URL that the app connects with. */
  connections: Record<string, pulumi.Output<string>>;
  /** Per database, with spares and without retired orchestras': the owning role's URL, for backups and checks. */
  migrators: Record<string, pulumi.Output<string>>;
  /**
   * Verified migrations that every orchestra's database and the main one have, see formatVerified. A preview has those that they will have.
   * Another stack's `stagesub:rollout.staging` reads this.
   */
  verified: pulumi.Output<string>;
}

/**
 * Declares everything that a plan names, with the main database at `databaseUrl` (secret). Databases come in the rollout's order: none is
 * touched before its turn.
 */
export function provision(plan: Plan, databaseUrl: string, existing: Existing): StackOutputs {
  const registry = new Registry("registry", { plan, databaseUrl });
  const args: StackArgs = { plan, existing, registry };
  const orchestras: Record<string, Orchestra> = {};
  const databases: Record<string, TenantDatabase> = {};
  const addPooled = (name: string, predecessors: Predecessors, orchestra?: OrchestraPlan) => {
    const { source } = plan.pool.find((slot) => slot.name === name)!;
    return new TenantDatabase(name, { ...args, source, predecessors, ...(orchestra && { orchestra }) });
  };
  const addOrchestra = (orchestra: OrchestraPlan, predecessors: Predecessors) => {
    const { id, database } = orchestra;
    // A claimed database keeps its place in the pool; only its owner is new.
    const claimed = database.kind === "pool" && addPooled(database.name, predecessors, orchestra);
    orchestras[id] = new Orchestra(id, { ...args, orchestra, predecessors, ...(claimed && { claimed }) });
    return (databases[keyOf(orchestra)] = orchestras[id].database);
  };

  let predecessors: Predecessors = { mustSucceed: [], mustFinish: [] };
  for (const stage of plan.rollout.stages) {
    const members = [
      ...plan.orchestras
        .filter(({ id }) => stage.orchestras.includes(id))
        .map((each) => addOrchestra(each, predecessors)),
      ...stage.spares.map((name) => (databases[name] = addPooled(name, predecessors))),
    ];
    predecessors = follow(predecessors, stage, members, plan.rollout);
  }
  // Migrations no longer reach retired orchestras, so they wait for no stage.
  for (const orchestra of plan.orchestras.filter(({ state }) => state === "retired"))
    addOrchestra(orchestra, { mustSucceed: [], mustFinish: [] });
  void reportHaltedRollout(plan, databases);
  const verified = verifiedOutput(plan, registry, databases, existing.applied);
  return { ...formatOutputs(plan, orchestras, databases), verified };
}

/**
 * Returns the databases that the next stage waits for. A skipped database skips its dependents, so the stage just before is enough. A stage
 * that a failed wave must not stop depends on the canaries alone.
 */
function follow(
  before: Predecessors,
  { name }: RolloutStage,
  members: TenantDatabase[],
  { onError }: Plan["rollout"],
): Predecessors {
  const stage = members.map(({ contents }) => contents);
  if (onError === "stop" || name === "canary") return { mustSucceed: stage, mustFinish: [] };
  return { mustSucceed: before.mustSucceed, mustFinish: stage };
}

function formatOutputs(
  plan: Plan,
  made: Record<string, Orchestra>,
  databases: Record<string, TenantDatabase>,
): Omit<StackOutputs, "verified"> {
  const open = plan.orchestras.filter(({ state }) => state !== "retired");
  const retired = retiredKeys(plan);
  const reachable = Object.entries(databases).filter(([key]) => !retired.has(key));
  const perOrchestra = <T>(chosen: OrchestraPlan[], value: (orchestra: OrchestraPlan, component: Orchestra) => T) =>
    Object.fromEntries(chosen.map((orchestra) => [orchestra.id, value(orchestra, made[orchestra.id]!)]));
  const pooled = reachable.filter(([key]) => plan.pool.some(({ name }) => name === key));
  const slots = plan.pool.map(({ name, state }) => [name, state.kind === "claimed" ? state.orchestra : state.kind]);
  return {
    orchestras: perOrchestra(plan.orchestras, ({ url, database }, { database: { reference }, status }) => ({
      url,
      database: database.kind === "pool" ? database.name : reference,
      status,
    })),
    pool: Object.fromEntries(slots) as Record<string, string>,
    administrators: perOrchestra(open, ({ contact }, { database }) => ({
      email: database.contents.state.administrator.apply((user) => user?.email ?? contact.email),
      oneTimePassword: database.administratorPassword,
    })),
    connections: {
      ...Object.fromEntries(pooled.map(([key, { appUrl }]) => [key, appUrl])),
      ...perOrchestra(open, (_, { database }) => database.appUrl),
    },
    migrators: Object.fromEntries(
      // Every reachable database has a known connection.
      reachable.map(([key, { migrator }]) => [key, migrator.apply((connection) => formatConnectionUrl(connection!))]),
    ),
  };
}

/** Returns the verified migrations in one line. A failed database counts as the previous run left it. */
export function verifiedOutput(
  plan: Plan,
  registry: Registry,
  databases: Record<string, TenantDatabase>,
  applied: Applied,
): pulumi.Output<string> {
  const otherwise = (planned: Digests, before: Digests = {}) =>
    pulumi.runtime.isDryRun()
      ? planned
      : // The state keeps short digests: existing files that match them give the full ones.
        Object.fromEntries(Object.entries(planned).filter(([file, sha256]) => before[file] === shortDigest(sha256)));
  const reached = plan.orchestras.filter(({ state }) => state !== "retired").map(keyOf);
  const each = reached.map((key) =>
    applyEvenIfUnknown(databases[key]!.contents.state, (state) =>
      state ? plan.migrations : otherwise(plan.migrations, applied.databases[key]),
    ),
  );
  const main = applyEvenIfUnknown(registry.database.state, (state) =>
    state ? plan.registryMigrations : otherwise(plan.registryMigrations, applied.registry),
  );
  return pulumi
    .all([pulumi.all(each), main])
    .apply(([all, registry]) => formatVerified(migrationsInAll(all, registry)));
}
