// The one module: under ESM, importing the whole package loads more than a thousand of them, a second at every preview.
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import * as pulumi from "@pulumi/pulumi";

import type { OrchestraPlan } from "../plan/planOrchestras.ts";
import type { ProjectPlan } from "../plan/planProjects.ts";
import { commentFor } from "../plan/planRecords.ts";
import type { Plan } from "../plan/planStack.ts";
import type { OrchestraDatabase, Owner } from "../providers/orchestraDatabase.ts";
import { OrchestraRegistration } from "../providers/orchestraRegistration.ts";
import type { Registry } from "./registry.ts";
import { TenantDatabase } from "./tenantDatabase.ts";

export interface OrchestraArgs {
  plan: Plan;
  /** What is done with projects that stand already. */
  projects: ProjectPlan;
  orchestra: OrchestraPlan;
  /** The main database, in which the orchestra is registered. */
  registry: Registry;
  /** The pool database that it claims; left out, it gets a database of its own. */
  claimed?: TenantDatabase;
  /** `<zone>/<record>` of a DNS record that stands already and is adopted; left out, one is made, or the state holds one. */
  adoptedRecord?: string;
  /** Databases that must be verified before this one is touched: the canaries'. */
  after: OrchestraDatabase[];
}

/**
 * One orchestra: its database, the name that points at the app, and its row in the main database. The name exists only
 * once the database is verified, and the row says `Active` last of all.
 *
 * @example
 * new Orchestra("malmo", { plan, projects, orchestra: plan.orchestras[0], registry, after: [] });
 */
export class Orchestra extends pulumi.ComponentResource {
  readonly database: TenantDatabase;
  /** What the app reads from the main database. */
  readonly status: pulumi.Output<string>;

  constructor(name: string, args: OrchestraArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:index:Orchestra", name, {}, opts);
    const { plan, orchestra, registry } = args;
    // The name and the row too: an orchestra that slips out of the file must not go dark before its database is refused.
    const child = { parent: this, protect: plan.supabase.protect };
    this.database = args.claimed ?? this.createDatabase(name, args);

    const record = new DnsRecord(
      name,
      {
        zoneId: plan.zoneId,
        name: orchestra.host,
        type: "CNAME",
        content: plan.app.target,
        proxied: plan.app.proxied,
        ttl: 1,
        comment: commentFor(orchestra.id, plan.stack),
      },
      // Cloudflare refuses two records of different types on one name, so a change of type must delete first.
      {
        ...child,
        deleteBeforeReplace: true,
        dependsOn: [this.database.inside],
        ...(args.adoptedRecord !== undefined && { import: args.adoptedRecord }),
      },
    );
    const registration = new OrchestraRegistration(
      name,
      {
        connection: registry.connection,
        ...(registry.backup && { backup: registry.backup }),
        stack: plan.stack,
        orchestra: orchestra.id,
        name: orchestra.name,
        subdomain: orchestra.subdomain,
        databaseUrl: this.database.appUrl,
        ...(pulumi.runtime.isDryRun() && { leadsTo: this.database.address }),
        status: "Active",
        contactName: orchestra.contact.name,
        contactEmail: orchestra.contact.email,
        setupDate: orchestra.since,
        // From the plan, and true once this runs: from the database's state it would be unknown in each preview that changes one.
        database: {
          key: orchestra.database.kind === "pool" ? orchestra.database.name : orchestra.id,
          version: Object.keys(plan.migrations).at(-1) ?? "",
          passwordVersion: orchestra.passwordVersion,
        },
      },
      { ...child, dependsOn: [registry.database, this.database.inside, record] },
    );
    this.status = registration.state.status;
    this.registerOutputs({ status: this.status });
  }

  private createDatabase(name: string, { plan, projects, orchestra, after }: OrchestraArgs): TenantDatabase {
    const { database: source, appRole, passwordVersion } = orchestra;
    if (source.kind === "pool") throw new Error(`Orchestra ${name} claims ${source.name}; expected it as \`claimed\``);
    const args = { plan, projects, appRole, passwordVersion, source, owner: ownerOf(orchestra), after };
    return new TenantDatabase(name, args, { parent: this });
  }
}

/** Who holds the database, and who becomes its first administrator. */
export function ownerOf({ id, name, contact }: OrchestraPlan): Owner {
  return { orchestra: id, name, administrator: contact };
}
