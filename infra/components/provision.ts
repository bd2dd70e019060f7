import type * as pulumi from "@pulumi/pulumi";

import { keyOf, type OrchestraPlan } from "../plan/planOrchestras.ts";
import type { PoolDatabasePlan } from "../plan/planPool.ts";
import type { GuardedProjects } from "../preflight/guardCreation.ts";
import type { Applied, Digests } from "../preflight/checkStagingGate.ts";
import type { RecordReconciliation } from "../preflight/reconcileRecords.ts";
import type { RolloutStage } from "../plan/planRollout.ts";
import type { Plan } from "../plan/planStack.ts";
import { formatConnectionUrl } from "../resources/connections.ts";
import type { OrchestraDatabase } from "../resources/orchestraDatabase.ts";
import type { Predecessors } from "./predecessors.ts";
import { holderOf, Orchestra } from "./orchestra.ts";
import { Registry } from "./registry.ts";
import { reportHaltedRollout } from "./reportHaltedRollout.ts";
import { TenantDatabase } from "./tenantDatabase.ts";
import { verifiedOutput } from "./verifiedOutput.ts";

/**
 * The outputs of the stack. Each value stands alone, so that one orchestra's failure leaves the others' in place; passwords and URLs are
 * secret.
 */
export interface StackOutputs {
  /** Per orchestra: its address, its database (project ref or pool name) and the status that the app reads. */
  orchestras: Record<string, { url: string; database: pulumi.Input<string>; status: pulumi.Output<string> }>;
  /** Pool database → the orchestra that holds it, `spare` or `retired`. */
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
   * Verified migrations that every orchestra's database and the main one have: path under migrations/ → SHA-256. A preview has those that
   * they will have. Another stack's `stagesub:rollout.staging` reads this.
   */
  verified: pulumi.Output<Digests>;
}

/**
 * Declares everything that a plan names, with the main database at `databaseUrl` (secret). Databases come in the rollout's order: none is
 * touched before its turn.
 */
export function provision(
  plan: Plan,
  projects: GuardedProjects,
  records: RecordReconciliation,
  databaseUrl: string,
  applied: Applied,
): StackOutputs {
  const registry = new Registry("registry", { plan, databaseUrl });
  const orchestras: Record<string, Orchestra> = {};
  const databases: Record<string, TenantDatabase> = {};
  const addOrchestra = (orchestra: OrchestraPlan, predecessors: Predecessors) => {
    const claimed = claimFromPool(plan, projects, orchestra, registry, predecessors);
    const adoptedRecord = records.adopted[orchestra.id];
    const existing = { ...(claimed && { claimed }), ...(adoptedRecord !== undefined && { adoptedRecord }) };
    const made = new Orchestra(orchestra.id, { plan, projects, orchestra, registry, predecessors, ...existing });
    orchestras[orchestra.id] = made;
    return (databases[keyOf(orchestra)] = made.database);
  };
  const addSpare = ({ name, appRole, source }: PoolDatabasePlan, predecessors: Predecessors) =>
    (databases[name] = new TenantDatabase(name, {
      ...{
        plan,
        projects,
        registry,
        appRole,
        source,
        predecessors,
        passwordVersion: plan.keys.version,
        protect: false,
      },
    }));

  let predecessors: Predecessors = { mustSucceed: [], mustFinish: [] };
  for (const stage of plan.rollout.stages) {
    const members = [
      ...plan.orchestras
        .filter(({ id }) => stage.orchestras.includes(id))
        .map((each) => addOrchestra(each, predecessors)),
      ...plan.pool.filter(({ name }) => stage.spares.includes(name)).map((each) => addSpare(each, predecessors)),
    ];
    predecessors = follow(
      predecessors,
      stage,
      members.map(({ contents }) => contents),
      plan.rollout,
    );
  }
  // Migrations no longer reach retired orchestras, so they wait for no stage.
  for (const orchestra of plan.orchestras.filter(({ state }) => state === "retired"))
    addOrchestra(orchestra, { mustSucceed: [], mustFinish: [] });
  void reportHaltedRollout(plan, databases);
  return { ...describe(plan, orchestras, databases), verified: verifiedOutput(plan, registry, databases, applied) };
}

/**
 * Returns the databases that the next stage waits for. A skipped database skips its dependents, so the stage just before is enough. A stage
 * that a failed wave must not stop depends on the canaries alone.
 */
function follow(
  before: Predecessors,
  { name }: RolloutStage,
  stage: OrchestraDatabase[],
  { onError }: Plan["rollout"],
): Predecessors {
  if (onError === "stop" || name === "canary") return { mustSucceed: stage, mustFinish: [] };
  return { mustSucceed: before.mustSucceed, mustFinish: stage };
}

/** Returns the pool database of a claim. It keeps its place in the pool; only its owner is new. */
function claimFromPool(
  plan: Plan,
  projects: GuardedProjects,
  orchestra: OrchestraPlan,
  registry: Registry,
  predecessors: Predecessors,
): TenantDatabase | undefined {
  if (orchestra.database.kind !== "pool") return undefined;
  const { name } = orchestra.database;
  const slot = plan.pool.find((candidate) => candidate.name === name);
  if (slot === undefined) throw new Error(`The plan has no ${name}, which orchestra ${orchestra.id} claims`);
  const { appRole, source } = slot;
  const { passwordVersion } = orchestra;
  const held = holderOf(plan, orchestra);
  return new TenantDatabase(name, {
    plan,
    projects,
    registry,
    appRole,
    passwordVersion,
    source,
    predecessors,
    ...held,
  });
}

function describe(
  plan: Plan,
  made: Record<string, Orchestra>,
  databases: Record<string, TenantDatabase>,
): Omit<StackOutputs, "verified"> {
  const each = <T>(
    value: (orchestra: OrchestraPlan, component: Orchestra) => T,
    chosen: OrchestraPlan[] = plan.orchestras,
  ) => Object.fromEntries(chosen.map((orchestra) => [orchestra.id, value(orchestra, made[orchestra.id]!)]));
  const open = plan.orchestras.filter(({ state }) => state !== "retired");
  const ways = Object.entries(databases).filter(([, { isOpen }]) => isOpen);
  const pooled = new Set(plan.pool.map(({ name }) => name));
  const slots = plan.pool.map(({ name, state }) => [name, state.kind === "claimed" ? state.orchestra : state.kind]);
  return {
    orchestras: each(({ url, database }, { database: { reference }, status }) => ({
      url,
      database: database.kind === "pool" ? database.name : reference,
      status,
    })),
    pool: Object.fromEntries(slots) as Record<string, string>,
    administrators: each(
      ({ contact }, { database }) => ({
        email: database.contents.state.administrator.apply((user) => user?.email ?? contact.email),
        oneTimePassword: database.administratorPassword,
      }),
      open,
    ),
    connections: {
      ...Object.fromEntries(ways.filter(([key]) => pooled.has(key)).map(([key, { appUrl }]) => [key, appUrl])),
      ...each((_, { database }) => database.appUrl, open),
    },
    migrators: Object.fromEntries(
      ways.map(([key, { migrator }]) => [
        key,
        // Every open database has a known connection.
        migrator.apply((connection) => formatConnectionUrl(connection!)),
      ]),
    ),
  };
}
