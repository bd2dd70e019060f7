import * as pulumi from "@pulumi/pulumi";
import * as supabase from "@pulumi/supabase";

import { type OrchestraPlan, planRole, projectName } from "../plan/planOrchestras.ts";
import type { OwnSource } from "../plan/planPool.ts";
import type { Plan } from "../plan/planStack.ts";
import type { Existing } from "../preflight/preflight.ts";
import type { ExistingProject } from "../preflight/reconcileProjects.ts";
import {
  adoptedConnections,
  type Connection,
  type Connections,
  formatConnectionUrl,
  type Login,
  parseConnectionUrl,
  projectConnections,
} from "../resources/connections.ts";
import { OrchestraDatabase } from "../resources/orchestraDatabase.ts";
import { applyEvenIfUnknown } from "../sdk.ts";
import { digestOfAll, shortDigests } from "../util/digest.ts";
import { planPasswords } from "../util/stackPasswords.ts";
import { type Predecessors, whenSettled } from "./predecessors.ts";
import type { Registry } from "./registry.ts";

/** The arguments that all databases and orchestras of a stack share. */
export interface StackArgs {
  /** The stack's plan: region, size, migrations, seeds. */
  plan: Plan;
  /** The existing projects and records. */
  existing: Existing;
  /** The main database, in which orchestras are registered and requests for projects are noted. */
  registry: Registry;
}

export interface TenantDatabaseArgs extends StackArgs {
  /** A Supabase project made here, or a database that exists already. A change from one to the other is refused. */
  source: OwnSource;
  /** The orchestra that holds the database; left out for a spare. */
  orchestra?: OrchestraPlan;
  /** The databases that migrate before. */
  predecessors: Predecessors;
}

/**
 * One orchestra's database, or a spare that waits for one: its project with the settings, and its contents. Its name is its key: the
 * orchestra's id or `pool-N`.
 *
 * @example
 * new TenantDatabase("pool-3", { plan, existing, registry, source: { kind: "project" }, predecessors: { mustSucceed: [], mustFinish: [] } });
 */
export class TenantDatabase extends pulumi.ComponentResource {
  /** The project's ref; undefined where the database was adopted. */
  readonly project: pulumi.Output<string> | undefined;
  /** The contents, migrated, seeded and verified: whatever points at the database depends on them. */
  readonly contents: OrchestraDatabase;
  /** The project's ref; an adopted database's name. */
  readonly reference: pulumi.Output<string>;
  /** The URL that the app stores: the transaction pooler's, with the app's own role. Secret. */
  readonly appUrl: pulumi.Output<string>;
  /** The owning role's connection, for backups and checks; undefined for a retired orchestra whose state was lost. Secret. */
  readonly migrator: pulumi.Output<Connection | undefined>;
  /** The first administrator's one-time password; undefined on a spare, and where `baseline` found an administrator. Secret. */
  readonly administratorPassword: pulumi.Output<string | undefined> | undefined;

  constructor(name: string, args: TenantDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:TenantDatabase", name, {}, opts);
    const { plan, source, orchestra } = args;
    const existing = args.existing.projects[name];
    const version = orchestra?.passwordVersion ?? plan.keys.version;
    const passwords = planPasswords(plan.keys, name, version);
    const project = source.kind === "project" ? this.ensureProject(name, args, passwords.owner) : undefined;
    this.project = project?.ref;
    this.reference = project?.ref ?? pulumi.output(source.kind === "adopted" ? "adopted" : "gone");
    this.contents = this.ensureContents(name, args, version, project);
    const { state, appRoleVersion } = this.contents;

    const administratorPassword = orchestra && pulumi.secret(passwords.administrator);
    // Only an adopted database may already have users. Elsewhere every preview knows the password.
    this.administratorPassword =
      source.kind === "adopted"
        ? state.apply(({ administrator }) =>
            pulumi.output(administrator && !administrator.found ? administratorPassword : undefined),
          )
        : administratorPassword;

    // Every preview knows the state's pooler; a new project's is known once its database was reached. Without its state, a run knows no
    // pooler of a retired orchestra.
    const known = existing?.kind === "recorded" ? existing.pooler : undefined;
    const pooler = known || isRetired(args) ? pulumi.output(known) : state.pooler;
    const connections = (login: Login, password: pulumi.Input<string>): pulumi.Output<Connections | undefined> =>
      source.kind === "adopted"
        ? pulumi.output(adoptedConnections(source, login))
        : pulumi
            .all([project?.ref ?? "", pooler, password])
            .apply(
              ([ref, pooler, password]) =>
                pooler && projectConnections({ ref, pooler, connect: plan.supabase.connect }, password, login),
            );
    const app = { role: `${planRole(plan.stack, name)}_${version}`, password: passwords.app };
    const appUrl = connections(app, "").apply((found) =>
      found ? formatConnectionUrl(found.app, plan.app.urlParameters) : "",
    );
    this.appUrl = pulumi.secret(existing?.kind === "kept" ? existing.databaseUrl : appUrl);
    // A retired orchestra keeps the version of its passwords that it was retired with.
    const password = isRetired(args)
      ? appRoleVersion.apply((version) => planPasswords(plan.keys, name, version).owner)
      : passwords.owner;
    this.migrator = pulumi.secret(connections(app, password).apply((found) => found?.migrator));
    this.registerOutputs({ reference: this.reference });
  }

  private ensureContents(
    name: string,
    args: TenantDatabaseArgs,
    version: number,
    project: ReturnType<TenantDatabase["ensureProject"]>,
  ): OrchestraDatabase {
    const { plan, source, orchestra, predecessors } = args;
    const { stack, supabase } = plan;
    const { caFile, connect } = supabase;
    const trouble = project && args.existing.projects[name]?.trouble;
    return new OrchestraDatabase(
      name,
      {
        key: name,
        stack,
        ...(source.kind === "adopted"
          ? { connection: parseConnectionUrl(source.direct) }
          : { project: { name: projectName(stack, name), ref: project?.ref ?? "", connect } }),
        ...(caFile !== undefined && { caFile }),
        appRole: planRole(plan.stack, name),
        appRoleVersion: version,
        ...(orchestra && {
          owner: { orchestra: orchestra.id, name: orchestra.name, administrator: orchestra.contact },
          // A spare is not seeded, so edited seeds do not change it; a claim shows the seeds that it adds.
          seeds: digestOfAll(plan.seeds),
        }),
        ...(trouble !== undefined && { trouble }),
        ...(isRetired(args) && { retired: true as const }),
        migrations: whenSettled(predecessors.mustFinish).then(() => shortDigests(plan.migrations)),
        schemaFiles: shortDigests(plan.schemaFiles),
      },
      {
        parent: this,
        protect: isProtected(args),
        dependsOn: [...(project?.ready ?? []), ...predecessors.mustSucceed],
        ...(isRetired(args) && { ignoreChanges: everyInput }),
      },
    );
  }

  /** Makes the project and its settings. Leaves a project with trouble and a retired orchestra's as they are; the latter may be gone. */
  private ensureProject(name: string, args: TenantDatabaseArgs, password: string) {
    const { networkRestrictions } = args.plan.supabase;
    const existing = args.existing.projects[name];
    // No project is made beside an existing one that this stack cannot take, nor anew for a retired orchestra. A paused project cannot be
    // imported: its password could not be set.
    if (existing?.kind === "kept" || (existing?.kind === "adopted" && existing.trouble !== undefined))
      return { ref: pulumi.output(existing.ref), ready: [] };
    if (isRetired(args) && !existing) return undefined;
    const project = this.makeProject(name, args, password, existing);
    if (isRetired(args)) return { ref: project.id, ready: [] };
    const settings = new supabase.Settings(
      name,
      {
        projectRef: orWhenFailed(project.id),
        sslEnforcement: true,
        // No schema is exposed: the app talks to PostgreSQL, and nobody to the Data API.
        api: JSON.stringify({ db_schema: "" }),
        // Always given: the provider resets nothing that the program leaves out.
        network: JSON.stringify({ restrictions: networkRestrictions }),
        timeouts,
      },
      { parent: this },
    );
    // The database of a project with trouble reports the reason: it does not wait for settings that fail in other words.
    return { ref: project.id, ready: existing?.trouble === undefined ? [settings] : [] };
  }

  private makeProject(name: string, args: TenantDatabaseArgs, password: string, found: ExistingProject | undefined) {
    const { plan, existing, registry } = args;
    const { organization, region, size } = plan.supabase;
    return new supabase.Project(
      name,
      {
        name: projectName(plan.stack, name),
        organizationId: organization,
        region,
        instanceSize: size,
        databasePassword: pulumi.secret(password),
        timeouts,
      },
      {
        parent: this,
        protect: isProtected(args),
        // No import can read the password, so Pulumi sets it in an update after the import: to the proven one, or the next. An import
        // depends on nothing that may fail: the engine (3.250) waits for ever for one that it skips.
        ...(found?.kind === "adopted" && { import: found.ref }),
        // The request is noted in the main database. The dependency is a preview's too: a saved plan allows no other.
        ...(!found && { dependsOn: registry.database, ...(existing.guard && { hooks: existing.guard }) }),
        ...(isRetired(args) && { ignoreChanges: everyInput }),
      },
    );
  }
}

/** Tells whether its orchestra is retired: its resources stay as the state has them, and the database is not contacted. */
function isRetired({ orchestra }: { orchestra?: OrchestraPlan }): boolean {
  return orchestra?.state === "retired";
}

/** Tells whether Pulumi refuses to delete an orchestra's resources: they may hold data. */
export function isProtected({ plan, orchestra }: { plan: Plan; orchestra?: OrchestraPlan }): boolean {
  return orchestra !== undefined && plan.supabase.protect && !orchestra.released;
}

/** The provider's default of five minutes leaves a paid project outside the state. Bridges before v3.135 need both steps or none. */
const timeouts = { create: "20m", update: "20m" };

/**
 * Returns a stand-in for a value of a failed resource. Such a value counts as unknown and is left out of its dependents' inputs; `check`
 * then refuses a dependent for the missing input, which ends the run for everyone. With a stand-in, the dependent is skipped as it should
 * be.
 */
function orWhenFailed(value: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.runtime.isDryRun() ? value : applyEvenIfUnknown(value, (known) => known ?? "failed");
}

/** Inputs of all resources of a database. */
const everyInput = (
  "name organizationId region instanceSize databasePassword timeouts key stack project connection caFile appRole appRoleVersion " +
  "owner migrations schemaFiles seeds"
).split(" ");
