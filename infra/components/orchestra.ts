// This module alone: under ESM, importing the whole package loads more than a thousand, a second at every preview.
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import * as pulumi from "@pulumi/pulumi";

import { commentFor } from "../cloud/recordComment.ts";
import type { RecordIdentity } from "../cloud/removeRecords.ts";
import { keyOf, type OrchestraPlan } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import { OrchestraRegistration } from "../resources/orchestraRegistration.ts";
import { OrchestraRetirement } from "../resources/orchestraRetirement.ts";
import type { Predecessors } from "./predecessors.ts";
import { isProtected, type StackArgs, TenantDatabase } from "./tenantDatabase.ts";

export interface OrchestraArgs extends StackArgs {
  orchestra: OrchestraPlan;
  /** The pool database that the orchestra claims; left out, it gets a database of its own. */
  claimed?: TenantDatabase;
  /** The databases that migrate before its own. */
  predecessors: Predecessors;
}

/**
 * One orchestra: its database, the name that points at the app, and its row in the main database. The name exists only once the database is
 * verified, and the row says `Active` last of all. A retired orchestra's row says so first; then its database is closed, and the name goes
 * last.
 *
 * @example
 * new Orchestra("malmo", { plan, existing, registry, orchestra: plan.orchestras[0], predecessors: { mustSucceed: [], mustFinish: [] } });
 */
export class Orchestra extends pulumi.ComponentResource {
  readonly database: TenantDatabase;
  /** The status that the app reads from the main database. */
  readonly status: pulumi.Output<string>;

  constructor(name: string, args: OrchestraArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:Orchestra", name, {}, opts);
    const { orchestra, claimed } = args;
    const { database: source } = orchestra;
    if (source.kind === "pool" && !claimed)
      throw new Error(`Orchestra ${name} claims ${source.name}: pass \`claimed\``);
    this.database = source.kind === "pool" ? claimed! : new TenantDatabase(name, { ...args, source }, { parent: this });
    const record = orchestra.state === "retired" ? undefined : this.createRecord(name, args);
    const registration = this.register(name, args, record);
    if (!record) this.retire(name, args, registration);
    this.status = registration.state.status;
    this.registerOutputs({ status: this.status });
  }

  /**
   * Makes the DNS record. It is not protected, so that retiring may remove it; the row that depends on it is protected, so an orchestra
   * that slips out of the file does not go dark. Pulumi only forgets the record: `OrchestraRetirement`, or `OrchestraRegistration` with the
   * row, removes it. Cloudflare's provider fails over a record that is gone already, and no rerun would get past a removal whose answer was
   * lost.
   */
  private createRecord(name: string, { plan, existing, orchestra }: OrchestraArgs): DnsRecord {
    const { zoneId, stack } = plan;
    const adopted = existing.records[orchestra.id];
    return new DnsRecord(
      name,
      {
        zoneId,
        name: orchestra.host,
        type: "CNAME",
        content: plan.app.target,
        proxied: plan.app.proxied,
        ttl: 1,
        comment: commentFor(orchestra.id, stack),
      },
      {
        parent: this,
        retainOnDelete: true,
        // An import depends on nothing that may fail: the engine waits for ever for one that it skips. The next run adds the dependency.
        ...(adopted === undefined ? { dependsOn: [this.database.contents] } : { import: adopted }),
      },
    );
  }

  /** Registers the row. A retired orchestra's row says so before anything else happens, and keeps its entries about the database. */
  private register(name: string, args: OrchestraArgs, record: DnsRecord | undefined): OrchestraRegistration {
    const { plan, orchestra, registry } = args;
    return new OrchestraRegistration(
      name,
      {
        main: registry.main,
        ...(registry.backup && { backup: registry.backup }),
        stack: plan.stack,
        orchestra: orchestra.id,
        name: orchestra.name,
        subdomain: orchestra.subdomain,
        databaseUrl: this.database.appUrl,
        status: statuses[orchestra.state],
        contactName: orchestra.contact.name,
        contactEmail: orchestra.contact.email,
        setupDate: orchestra.since,
        record: recordOf(plan, orchestra),
        // The plan's, true once this runs: the database's state is unknown in each preview that changes one.
        database: {
          key: keyOf(orchestra),
          version: Object.keys(plan.migrations).at(-1) ?? "",
          passwordVersion: orchestra.passwordVersion,
        },
      },
      {
        parent: this,
        protect: isProtected(args),
        // An adopted record does not wait for the database.
        dependsOn: [registry.database, ...(record ? [record, this.database.contents] : [])],
        ...(!record && { ignoreChanges: ["databaseUrl", "database"] }),
      },
    );
  }

  private retire(
    name: string,
    { plan, orchestra, registry }: OrchestraArgs,
    registration: OrchestraRegistration,
  ): OrchestraRetirement {
    const { contents, migrator, project } = this.database;
    const args = {
      stack: plan.stack,
      orchestra: orchestra.id,
      key: keyOf(orchestra),
      connection: migrator,
      main: registry.main,
      appRole: orchestra.appRole,
      record: recordOf(plan, orchestra),
      ...(project && { project }),
      ...(orchestra.released && { released: true as const }),
    };
    return new OrchestraRetirement(name, args, { parent: this, dependsOn: [registration, contents] });
  }
}

/** Returns the DNS record as the code that removes it needs it. */
function recordOf({ zoneId, app }: Plan, { host }: OrchestraPlan): RecordIdentity {
  return { zoneId, host, target: app.target };
}

/** The statuses that the app reads: it serves an orchestra only while its row says `Active`. */
const statuses = { active: "Active", suspended: "Suspended", retired: "Retired" } as const;
