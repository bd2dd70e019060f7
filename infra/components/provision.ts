import * as pulumi from "@pulumi/pulumi";

import type { OrchestraPlan } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import type { OrchestraDatabase } from "../providers/orchestraDatabase.ts";
import { Orchestra, ownerOf } from "./orchestra.ts";
import { Registry } from "./registry.ts";
import { TenantDatabase } from "./tenantDatabase.ts";

/** What the stack exports. */
export interface StackOutputs {
  /** Per orchestra, for everybody to see. */
  orchestras: Record<string, { url: string; database: pulumi.Output<string> | string; status: pulumi.Output<string> }>;
  /** Pool database → the orchestra that holds it, or what it is. */
  pool: Record<string, string>;
  /** Per orchestra: who signs in first, with which password. Secret. */
  administrators: pulumi.Output<Record<string, { email: string; oneTimePassword: string }>>;
  /** Per orchestra: the URL that the app connects with. Secret. */
  connections: pulumi.Output<Record<string, string>>;
}

/**
 * Everything that a plan names, registered in the main database at `databaseUrl` (secret). Canary orchestras come first: no other database is touched before theirs are verified.
 */
export function provision(plan: Plan, databaseUrl: string): StackOutputs {
  const registry = new Registry("registry", { plan, databaseUrl });
  const canaries: OrchestraDatabase[] = [];
  const orchestras: Record<string, Orchestra> = {};
  for (const orchestra of canariesFirst(plan.orchestras)) {
    const after = orchestra.canary ? [] : canaries;
    const claimed = claimFromPool(plan, orchestra, after);
    const args = { plan, orchestra, registry, after, ...(claimed && { claimed }) };
    const made = new Orchestra(orchestra.id, args);
    if (orchestra.canary) canaries.push(made.database.inside);
    orchestras[orchestra.id] = made;
  }
  for (const { name, appRole, state } of plan.pool) {
    if (state.kind !== "claimed")
      new TenantDatabase(name, { plan, appRole, source: { kind: "project" }, after: canaries });
  }
  return describe(plan, orchestras);
}

function canariesFirst(orchestras: OrchestraPlan[]): OrchestraPlan[] {
  return [...orchestras.filter(({ canary }) => canary), ...orchestras.filter(({ canary }) => !canary)];
}

/** A claimed database stays where it is in the pool; only its owner is new. */
function claimFromPool(plan: Plan, orchestra: OrchestraPlan, after: OrchestraDatabase[]): TenantDatabase | undefined {
  if (orchestra.database.kind !== "pool") return undefined;
  const { name } = orchestra.database;
  const slot = plan.pool.find((candidate) => candidate.name === name);
  if (slot === undefined) throw new Error(`The plan has no ${name}, which orchestra ${orchestra.id} claims`);
  const args = { plan, appRole: slot.appRole, source: { kind: "project" as const }, owner: ownerOf(orchestra), after };
  return new TenantDatabase(name, args);
}

function describe(plan: Plan, made: Record<string, Orchestra>): StackOutputs {
  const each = <T>(value: (orchestra: OrchestraPlan, component: Orchestra) => T) =>
    Object.fromEntries(plan.orchestras.map((orchestra) => [orchestra.id, value(orchestra, made[orchestra.id]!)]));
  return {
    orchestras: each(({ url, database }, { database: { reference }, status }) => ({
      url,
      database: database.kind === "pool" ? database.name : reference,
      status,
    })),
    pool: Object.fromEntries(
      plan.pool.map(({ name, state }) => [name, state.kind === "claimed" ? state.orchestra : state.kind]),
    ),
    administrators: pulumi.secret(
      pulumi.all(
        each(({ contact }, { database }) => ({
          email: contact.email,
          oneTimePassword: database.administratorPassword,
        })),
      ),
    ) as unknown as StackOutputs["administrators"],
    connections: pulumi.secret(pulumi.all(each((_, { database }) => database.appUrl))),
  };
}
