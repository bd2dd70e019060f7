import * as pulumi from "@pulumi/pulumi";
import * as supabase from "@pulumi/supabase";

import type { OwnSource } from "../plan/planPool.ts";
import { projectName } from "../plan/planProjects.ts";
import type { Plan } from "../plan/planStack.ts";
import {
  adoptedConnections,
  type Connections,
  findAppLogin,
  formatConnectionUrl,
  projectConnections,
  trust,
} from "../providers/connections.ts";
import { OrchestraDatabase, type Owner } from "../providers/orchestraDatabase.ts";
import { ProjectAccess } from "../providers/projectAccess.ts";
import { Passwords } from "../providers/passwords.ts";
import { type Earlier, whenEnded } from "./earlier.ts";
import { evenUnknown } from "./evenUnknown.ts";
import type { GuardedProjects } from "./guardCreation.ts";

export interface TenantDatabaseArgs {
  /** What the whole stack shares: region, size, migrations, seeds. */
  plan: Plan;
  /** What is done with the projects that stand already. */
  projects: GuardedProjects;
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
 * One orchestra's database, or a spare that waits for one: project, settings, passwords and the inside.
 *
 * @example
 * new TenantDatabase("pool-3", { plan, projects, appRole: "app_pool_3", passwordVersion: 1, source: { kind: "project" }, earlier: { verified: [], ended: [] } });
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
  /** Where that URL leads, with an empty password: known as soon as the project is, whichever passwords are yet to be made. */
  readonly address: pulumi.Output<string>;
  /** The migrator's URL: the owning role, for backups and checks. Secret. */
  readonly migratorUrl: pulumi.Output<string>;
  /**
   * The first administrator's one-time password; none on a spare, nor where `orchestra setup` made the administrator or
   * `orchestra baseline` found one. Secret.
   */
  readonly administratorPassword: pulumi.Output<string | undefined> | undefined;

  constructor(name: string, args: TenantDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:index:TenantDatabase", name, {}, opts);
    const { plan, owner, passwordVersion, protect } = args;
    const child = { parent: this, ...(args.retired && { ignoreChanges: everyInput }) };
    // The owning role of an adopted database is not ours to give a password.
    const owned = args.source.kind === "project" ? { database: passwordVersion } : {};
    const passwords = new Passwords(name, { versions: { app: passwordVersion, ...owned } }, child);
    const handMade = owner && args.source.kind === "adopted" ? findAppLogin(args.source.url, args.appRole) : undefined;
    const appPassword =
      handMade?.version === passwordVersion ? pulumi.secret(handMade.password) : passwords.value("app");
    const app = appPassword.apply((password) => ({ role: `${args.appRole}_${passwordVersion}`, password }));
    const { reference, connections, address, ready } =
      args.source.kind === "project"
        ? this.createProject(name, args, passwords, app)
        : { ...adopt(args.source, app), ready: [] };

    // Whoever made the app's login by hand, with `orchestra setup`, has made the administrator with it.
    const administratorPassword =
      owner && !handMade
        ? new Passwords(`${owner.orchestra}-administrator`, { versions: { administrator: 1 } }, child).value(
            "administrator",
          )
        : undefined;
    this.inside = new OrchestraDatabase(
      name,
      {
        key: name,
        stack: plan.stack,
        source: args.source.kind,
        connection: connections.migrator.apply((connection) => trust(connection, plan.ca)),
        appRole: args.appRole,
        appRoleVersion: passwordVersion,
        appPassword,
        ...(owner && { owner }),
        ...(administratorPassword && { administratorPassword }),
        ...(args.retired && { retired: args.retired }),
        migrations: whenEnded(args.earlier.ended).then(() => plan.migrations),
        schemaFiles: plan.schemaFiles,
        // A spare is not seeded, so an edited text is no news to it; a claim shows what it brings.
        seeds: owner ? plan.seeds : {},
      },
      { ...child, protect, dependsOn: [...ready, ...args.earlier.verified] },
    );
    // Only an adopted database may have had people in it. Elsewhere a preview knows the password whatever it changes.
    this.administratorPassword =
      args.source.kind === "adopted"
        ? this.inside.state.apply(({ administrator }) =>
            pulumi.output(administrator && !administrator.found ? administratorPassword : undefined),
          )
        : administratorPassword;
    this.isOpen = !args.retired;
    this.project = args.source.kind === "project" ? reference : undefined;
    this.reference = reference;
    this.address = address;
    this.appUrl = connections.app.apply((connection) => formatConnectionUrl(connection, plan.app.urlParameters));
    this.migratorUrl = connections.migrator.apply((connection) => formatConnectionUrl(connection));
    this.registerOutputs({ reference, appUrl: this.appUrl });
  }

  private createProject(name: string, args: TenantDatabaseArgs, passwords: Passwords, app: pulumi.Output<Login>) {
    const { plan, projects, retired } = args;
    const { connect, networkRestrictions } = plan.supabase;
    const databasePassword = passwords.value("database");
    if (retired) {
      const project = this.makeProject(name, args, databasePassword, { ignoreChanges: everyInput });
      return { reference: project.id, ...nowhere, ready: [] };
    }
    const { project, access } = this.findOrMakeProject(name, args, projects.adopted[name], databasePassword);
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
    const endpoints = pulumi.all([project.id, access.state]).apply(([ref, { pooler }]) => ({ ref, pooler, connect }));
    const connections = pulumi
      .all([endpoints, databasePassword, app])
      .apply(([found, password, login]) => projectConnections(found, password, login));
    const address = endpoints.apply((found) => formatConnectionUrl(projectConnections(found, "", nobody).app));
    return { reference: project.id, connections: split(connections), address, ready: [settings] };
  }

  private findOrMakeProject(
    name: string,
    args: TenantDatabaseArgs,
    adopted: string | undefined,
    databasePassword: pulumi.Output<string>,
  ) {
    const { plan, projects } = args;
    const prove = (ref: pulumi.Input<string>) => {
      const trouble = projects.troubles[name];
      const more = { ...(plan.ca !== undefined && { ca: plan.ca }), ...(trouble !== undefined && { trouble }) };
      const { connect } = plan.supabase;
      const proof = { project: projectName(plan.stack, name), ref, password: databasePassword, connect, ...more };
      return new ProjectAccess(name, proof, { parent: this });
    };
    if (adopted !== undefined && projects.troubles[name] !== undefined) {
      // This fails, and the project is skipped: none is made beside the one that stands.
      const access = prove(adopted);
      return { project: this.makeProject(name, args, databasePassword, { dependsOn: [access] }), access };
    }
    // Pulumi sets the password, which no import can read, as an update after the import: to what it is proven to be. An import depends
    // on nothing that may fail: the engine (3.250) waits for ever for one that it skips.
    const more = adopted === undefined ? {} : { import: adopted };
    const project = this.makeProject(name, args, databasePassword, more);
    return { project, access: prove(project.id) };
  }

  private makeProject(
    name: string,
    { plan, projects, protect }: TenantDatabaseArgs,
    databasePassword: pulumi.Output<string>,
    more: pulumi.CustomResourceOptions,
  ) {
    const { organization, region, size } = plan.supabase;
    return new supabase.Project(
      name,
      {
        name: projectName(plan.stack, name),
        organizationId: organization,
        region,
        instanceSize: size,
        databasePassword,
        timeouts,
      },
      {
        parent: this,
        protect,
        ...(projects.guard && projects.created.includes(name) && { hooks: projects.guard }),
        ...more,
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

type Login = { role: string; password: string };

/** Where a connection leads does not depend on who logs in. */
const nobody: Login = { role: "nobody", password: "" };

function adopt(source: { url: string; direct: string }, app: pulumi.Output<Login>) {
  const connections = pulumi
    .all([pulumi.secret(source), app])
    .apply(([urls, login]) => adoptedConnections(urls, login));
  const address = pulumi.output(formatConnectionUrl(adoptedConnections(source, nobody).app));
  return { reference: pulumi.output("adopted"), connections: split(connections), address };
}

function split(connections: pulumi.Output<Connections>) {
  return { migrator: connections.migrator, app: connections.app };
}

/** Inputs of all that a database is made of. */
const everyInput = (
  "versions name organizationId region instanceSize databasePassword timeouts key stack source connection appRole appRoleVersion " +
  "appPassword owner administratorPassword migrations schemaFiles seeds"
).split(" ");

/** Stands where a retired orchestra's connections stood; `everyInput` keeps those that were applied. */
const nowhere = {
  connections: split(
    pulumi.output(
      adoptedConnections(
        { url: "postgresql://x:x@retired.invalid/x", direct: "postgresql://x:x@retired.invalid/x" },
        nobody,
      ),
    ),
  ),
  address: pulumi.output(""),
};
