import * as pulumi from "@pulumi/pulumi";

import type { Plan } from "../plan/plan.ts";
import { parseConnectionUrl } from "../providers/connections.ts";
import { RegistryDatabase } from "../providers/registryDatabase.ts";

/**
 * The main database, where the app looks up who answers on a subdomain.
 *
 * @example
 * new Registry("registry", plan);
 */
export class Registry extends pulumi.ComponentResource {
  /** Secret. */
  readonly connection: pulumi.Output<ReturnType<typeof parseConnectionUrl>>;
  /** Migrated: every registration depends on it. */
  readonly database: RegistryDatabase;

  constructor(name: string, plan: Plan, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:index:Registry", name, {}, opts);
    this.connection = pulumi.secret(parseConnectionUrl(plan.databaseUrl));
    const args = { connection: this.connection, migrations: plan.registryMigrations };
    this.database = new RegistryDatabase(name, args, { parent: this, protect: plan.protect });
    this.registerOutputs({});
  }
}
