import * as pulumi from "@pulumi/pulumi";
import * as supabase from "@pulumi/supabase";

import { planPasswords } from "../util/stackPasswords.ts";
import type { OwnSource } from "../plan/planPool.ts";
import { projectName } from "../preflight/planProjects.ts";
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
import { type Earlier, whenEnded } from "./earlier.ts";
import { evenUnknown } from "./evenUnknown.ts";
import type { GuardedProjects } from "../preflight/guardCreation.ts";
import type { Registry } from "./registry.ts";

export interface TenantDatabaseArgs {
  /** What the whole stack shares: region, size, migrations, seeds. */
  plan: Plan;
  /** What is done with the projects that stand already. */
  projects: GuardedProjects;
  /** The main database, in which the request for a project is noted. */
  registry: Registry;
  /** Group role that holds the app's rights, e.g. `app_malmo`. */
  appRole: string;
  /** Version of its passwords, from 1. Raising it makes new ones, and a new login for the app beside the one before. */
  passwordVersion: number;
  /** A Supabase project made here, or a database that exists already. */
  source: OwnSource;
  /** The orchestra that holds it; left out for a spare. */
  owner?: Owner;
  /** The databases whose turn comes before. */
  earlier: Earlier;
  /** Whether Pulumi refuses to delete it: it may hold data. */
  protect: boolean;
  /** Its orchestra is retired: what was made stays as the state has it, and nothing is asked of it. */
  retired?: true;
}

/**
 * One orchestra's database, or a spare that waits for one: its project with the settings, and its inside.
 *
 * @example
 * new TenantDatabase("pool-3", { plan, projects, registry, appRole: "app_pool_3", passwordVersion: 1, source: { kind: "project" }, earlier: { verified: [], ended: [] } });
 */
export class TenantDatabase extends pulumi.ComponentResource {
  /** The project's ref; undefined where the database was adopted. */
  readonly project: pulumi.Output<string> | undefined;
  /** Whether it can be connected to: that of a retired orchestra may be paused. */
  readonly isOpen: boolean;
  /** Migrated, seeded and verified: what points at the database depends on this. */
  readonly inside: OrchestraDatabase;
  /** The project's ref; an adopted database's name. */
  readonly reference: pulumi.Output<string>;
  /** What the app stores: the transaction pooler's URL with the app's own role. Secret. */
  readonly appUrl: pulumi.Output<string>;
  /** That URL without a role and a password. It is known as soon as the project's pooler is. */
  readonly address: pulumi.Output<string>;
  /** The owning role's way in, for backups and checks; undefined where the state lost it, of a retired orchestra. Secret. */
  readonly migrator: pulumi.Output<Connection | undefined>;
  /** The first administrator's one-time password; none on a spare, nor where `orchestra baseline` found one. Secret. */
  readonly administratorPassword: pulumi.Output<string | undefined> | undefined;

  constructor(name: string, args: TenantDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:index:TenantDatabase", name, {}, opts);
    const { plan, owner, passwordVersion, source, retired } = args;
    const passwords = planPasswords(plan.keys, name, passwordVersion);
    const app = { role: `${args.appRole}_${passwordVersion}`, password: passwords.app };
    const project = source.kind === "project" ? this.createProject(name, args, passwords.owner) : undefined;
    this.inside = this.ensureInside(name, args, project);
    const { state } = this.inside;

    const administratorPassword = owner && pulumi.secret(passwords.administrator);
    // Only an adopted database may have had people in it. Elsewhere a preview knows the password whatever it changes.
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
              // A run that has lost its state knows no pooler of a retired orchestra.
              pooler && projectConnections({ ref, pooler, connect: plan.supabase.connect }, known, login),
          );
    const format = (login: Login) => connections(login, "").apply(formatApp(plan));
    this.address = format({ role: "nobody", password: "" });
    const told = retired && args.projects.kept[name]?.databaseUrl;
    this.appUrl = pulumi.secret(told ?? format(app));
    // A retired orchestra keeps the version of its passwords that it was retired with.
    const password = retired
      ? this.inside.appRoleVersion.apply((version) => planPasswords(plan.keys, name, version).owner)
      : passwords.owner;
    this.migrator = pulumi.secret(connections(app, password).apply((found) => found?.migrator));
    this.registerOutputs({ reference: this.reference });
  }

  private ensureInside(
    name: string,
    args: TenantDatabaseArgs,
    project: ReturnType<TenantDatabase["createProject"]> | undefined,
  ): OrchestraDatabase {
    const { plan, owner, source, protect, earlier, retired } = args;
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
        migrations: whenEnded(earlier.ended).then(() => shortDigests(plan.migrations)),
        schemaFiles: shortDigests(plan.schemaFiles),
        // A spare is not seeded, so an edited text is no news to it; a claim shows what it brings.
        ...(owner && { seeds: digestOfAll(plan.seeds) }),
      },
      {
        parent: this,
        protect,
        dependsOn: [...(project?.ready ?? []), ...earlier.verified],
        ...(retired && { ignoreChanges: everyInput }),
      },
    );
  }

  /** Returns the project's pooler: the one in the state, which every preview knows, else the one that the database has been reached by. */
  private poolerOf(name: string, { projects, retired }: TenantDatabaseArgs) {
    const known = projects.held[name]?.pooler;
    return known || retired ? pulumi.output(known) : this.inside.state.apply(({ pooler }) => pooler);
  }

  /** The project and its settings; of a retired orchestra the project as it stands, if it does. */
  private createProject(name: string, args: TenantDatabaseArgs, password: string) {
    const { plan, projects, retired } = args;
    const adopted = projects.adopted[name];
    // None is made beside one that stands and that this stack cannot take, nor anew for a retired orchestra. A paused one cannot be imported:
    // its password could not be set.
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
        // Always named: the provider resets nothing that the program no longer names.
        network: JSON.stringify({ restrictions: networkRestrictions }),
        timeouts,
      },
      { parent: this },
    );
    // Of a project that cannot be worked with the database says why: it does not wait for settings that fail in other words.
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
        // Pulumi sets the password, which no import can read, as an update after the import: to what it is proven to be, or the next one. An
        // import depends on nothing that may fail: the engine (3.250) waits for ever for one that it skips.
        ...(adopted !== undefined && { import: adopted }),
        ...(projects.guard &&
          projects.created.includes(name) && { hooks: projects.guard, dependsOn: registry.database }),
        ...(retired && { ignoreChanges: everyInput }),
      },
    );
  }
}

/** The provider's five minutes leave a paid project outside the state. Bridges before v3.135 need both steps or none. */
const timeouts = { create: "20m", update: "20m" };

/**
 * What stands for a value of a resource that failed. Such a value counts as unknown and is left out of what depends on it, and
 * `check` then refuses that for what is missing, which ends the run for everyone; with a value in its place it is skipped as it should be.
 */
function orWhenFailed(value: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.runtime.isDryRun() ? value : evenUnknown(value, (known) => known ?? "failed");
}

function formatApp({ app }: Plan) {
  return (found: Connections | undefined) => (found ? formatConnectionUrl(found.app, app.urlParameters) : "");
}

/** Inputs of all that a database is made of. */
const everyInput = (
  "name organizationId region instanceSize databasePassword timeouts key stack project connection caFile appRole appRoleVersion " +
  "owner migrations schemaFiles seeds"
).split(" ");
