import * as pulumi from "@pulumi/pulumi";
import * as supabase from "@pulumi/supabase";

import { planPasswords } from "../util/stackPasswords.ts";
import type { OwnSource } from "../plan/planPool.ts";
import { projectName } from "../plan/projectKeys.ts";
import type { Plan } from "../plan/planStack.ts";
import {
  adoptedConnections,
  type Connection,
  type Connections,
  formatConnectionUrl,
  type Login,
  parseConnectionUrl,
  projectConnections,
} from "../resources/connections.ts";
import { OrchestraDatabase, type OrchestraDatabaseArgs, type Owner } from "../resources/orchestraDatabase.ts";
import { digestOfAll, shortDigests } from "../util/digest.ts";
import { type Predecessors, whenSettled } from "./predecessors.ts";
import { applyEvenIfUnknown } from "../sdk.ts";
import type { GuardedProjects } from "../preflight/guardCreation.ts";
import type { Registry } from "./registry.ts";

export interface TenantDatabaseArgs {
  /** The stack's plan: region, size, migrations, seeds. */
  plan: Plan;
  /** The plan for existing projects. */
  projects: GuardedProjects;
  /** The main database, in which the request for a project is noted. */
  registry: Registry;
  /** Group role that holds the app's rights, e.g. `app_malmo`. */
  appRole: string;
  /** Version of its passwords, from 1. Raising it makes new ones, and a new login for the app beside the previous one. */
  passwordVersion: number;
  /** A Supabase project made here, or a database that exists already. */
  source: OwnSource;
  /** The orchestra that holds it; left out for a spare. */
  owner?: Owner;
  /** The databases whose turn comes before. */
  predecessors: Predecessors;
  /** Whether Pulumi refuses to delete it: it may hold data. */
  protect: boolean;
  /** Set where its orchestra is retired: its resources stay as the state has them, and the database is not contacted. */
  retired?: true;
}

/**
 * One orchestra's database, or a spare that waits for one: its project with the settings, and its contents.
 *
 * @example
 * new TenantDatabase("pool-3", { plan, projects, registry, appRole: "app_pool_3", passwordVersion: 1, source: { kind: "project" }, predecessors: { mustSucceed: [], mustFinish: [] } });
 */
export class TenantDatabase extends pulumi.ComponentResource {
  /** The project's ref; undefined where the database was adopted. */
  readonly project: pulumi.Output<string> | undefined;
  /** Whether it accepts connections: a retired orchestra's database may be paused. */
  readonly isOpen: boolean;
  /** The contents, migrated, seeded and verified: whatever points at the database depends on them. */
  readonly contents: OrchestraDatabase;
  /** The project's ref; an adopted database's name. */
  readonly reference: pulumi.Output<string>;
  /** The URL that the app stores: the transaction pooler's, with the app's own role. Secret. */
  readonly appUrl: pulumi.Output<string>;
  /** The same URL without role and password, known as soon as the project's pooler is. */
  readonly address: pulumi.Output<string>;
  /** The owning role's connection, for backups and checks; undefined for a retired orchestra whose state was lost. Secret. */
  readonly migrator: pulumi.Output<Connection | undefined>;
  /** The first administrator's one-time password; undefined on a spare, and where `orchestra baseline` found an administrator. Secret. */
  readonly administratorPassword: pulumi.Output<string | undefined> | undefined;

  constructor(name: string, args: TenantDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:index:TenantDatabase", name, {}, opts);
    const { plan, owner, passwordVersion, source, retired } = args;
    const passwords = planPasswords(plan.keys, name, passwordVersion);
    const app = { role: `${args.appRole}_${passwordVersion}`, password: passwords.app };
    const project = source.kind === "project" ? this.createProject(name, args, passwords.owner) : undefined;
    this.contents = this.ensureContents(name, args, project);
    const { state } = this.contents;

    const administratorPassword = owner && pulumi.secret(passwords.administrator);
    // Only an adopted database may already have users. Elsewhere every preview knows the password.
    this.administratorPassword =
      source.kind === "adopted"
        ? state.apply(({ administrator }) =>
            pulumi.output(administrator && !administrator.found ? administratorPassword : undefined),
          )
        : administratorPassword;
    this.isOpen = !retired;
    this.project = project?.ref;
    this.reference = project?.ref ?? pulumi.output(source.kind === "adopted" ? "adopted" : "gone");
    const connections = (login: Login, password: pulumi.Input<string>) =>
      source.kind === "adopted"
        ? pulumi.output<Connections | undefined>(adoptedConnections(source, login))
        : pulumi.all([project?.ref ?? "", this.poolerOf(name, args), password]).apply(
            ([ref, pooler, known]) =>
              // Without its state, a run knows no pooler of a retired orchestra.
              pooler && projectConnections({ ref, pooler, connect: plan.supabase.connect }, known, login),
          );
    const format = (login: Login) => connections(login, "").apply(formatApp(plan));
    this.address = format({ role: "nobody", password: "" });
    const told = retired && args.projects.kept[name]?.databaseUrl;
    this.appUrl = pulumi.secret(told ?? format(app));
    // A retired orchestra keeps the version of its passwords that it was retired with.
    const password = retired
      ? this.contents.appRoleVersion.apply((version) => planPasswords(plan.keys, name, version).owner)
      : passwords.owner;
    this.migrator = pulumi.secret(connections(app, password).apply((found) => found?.migrator));
    this.registerOutputs({ reference: this.reference });
  }

  private ensureContents(
    name: string,
    args: TenantDatabaseArgs,
    project: ReturnType<TenantDatabase["createProject"]> | undefined,
  ): OrchestraDatabase {
    const { plan, owner, source, protect, predecessors, retired } = args;
    const { stack, supabase } = plan;
    const { caFile } = supabase;
    const trouble = project && args.projects.troubles[name];
    const way: Partial<OrchestraDatabaseArgs> =
      source.kind === "adopted"
        ? { connection: parseConnectionUrl(source.direct) }
        : { project: { name: projectName(stack, name), ref: project?.ref ?? "", connect: supabase.connect } };
    return new OrchestraDatabase(
      name,
      {
        key: name,
        stack,
        ...way,
        ...(caFile !== undefined && { caFile }),
        appRole: args.appRole,
        appRoleVersion: args.passwordVersion,
        ...(owner && { owner }),
        ...(trouble !== undefined && { trouble }),
        ...(retired && { retired }),
        migrations: whenSettled(predecessors.mustFinish).then(() => shortDigests(plan.migrations)),
        schemaFiles: shortDigests(plan.schemaFiles),
        // A spare is not seeded, so edited seeds do not change it; a claim shows the seeds that it adds.
        ...(owner && { seeds: digestOfAll(plan.seeds) }),
      },
      {
        parent: this,
        protect,
        dependsOn: [...(project?.ready ?? []), ...predecessors.mustSucceed],
        ...(retired && { ignoreChanges: everyInput }),
      },
    );
  }

  /** Returns the project's pooler: the one in the state, which every preview knows, else the one that the database was reached through. */
  private poolerOf(name: string, { projects, retired }: TenantDatabaseArgs) {
    const known = projects.held[name]?.pooler;
    return known || retired ? pulumi.output(known) : this.contents.state.apply(({ pooler }) => pooler);
  }

  /** Makes the project and its settings; for a retired orchestra, returns the existing project, if any. */
  private createProject(name: string, args: TenantDatabaseArgs, password: string) {
    const { plan, projects, retired } = args;
    const adopted = projects.adopted[name];
    // No project is made beside an existing one that this stack cannot take, nor anew for a retired orchestra. A paused project cannot be
    // imported: its password could not be set.
    if (adopted !== undefined && projects.troubles[name] !== undefined)
      return { ref: pulumi.output(adopted), ready: [] };
    if (retired && projects.held[name] === undefined) {
      const kept = projects.kept[name];
      return kept && { ref: pulumi.output(kept.ref), ready: [] };
    }
    const project = this.makeProject(name, args, password);
    if (retired) return { ref: project.id, ready: [] };
    const { networkRestrictions } = plan.supabase;
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
    return { ref: project.id, ready: projects.troubles[name] === undefined ? [settings] : [] };
  }

  private makeProject(name: string, args: TenantDatabaseArgs, password: string) {
    const { plan, projects, registry, protect, retired } = args;
    const { organization, region, size } = plan.supabase;
    const adopted = projects.adopted[name];
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
        protect,
        // No import can read the password, so Pulumi sets it in an update after the import: to the proven one, or the next. An import
        // depends on nothing that may fail: the engine (3.250) waits for ever for one that it skips.
        ...(adopted !== undefined && { import: adopted }),
        ...(projects.guard &&
          projects.created.includes(name) && { hooks: projects.guard, dependsOn: registry.database }),
        ...(retired && { ignoreChanges: everyInput }),
      },
    );
  }
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

function formatApp({ app }: Plan) {
  return (found: Connections | undefined) => (found ? formatConnectionUrl(found.app, app.urlParameters) : "");
}

/** Inputs of all resources of a database. */
const everyInput = (
  "name organizationId region instanceSize databasePassword timeouts key stack project connection caFile appRole appRoleVersion " +
  "owner migrations schemaFiles seeds"
).split(" ");
