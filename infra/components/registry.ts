import * as pulumi from "@pulumi/pulumi";

import type { Plan } from "../plan/planStack.ts";
import { parseConnectionUrl, trust } from "../providers/connections.ts";
import { RegistryDatabase } from "../providers/registryDatabase.ts";

export interface RegistryArgs {
  plan: Plan;
  /** The main database's connection URL. Secret. */
  databaseUrl: string;
}

/**
 * The main database, where the app looks up who answers on a subdomain.
 *
 * @example
 * new Registry("registry", { plan, databaseUrl: process.env.DATABASE_URL ?? "" });
 */
export class Registry extends pulumi.ComponentResource {
  /** Secret. */
  readonly connection: pulumi.Output<ReturnType<typeof parseConnectionUrl>>;
  /** Migrated: every registration depends on it. */
  readonly database: RegistryDatabase;

  constructor(name: string, { plan, databaseUrl }: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:index:Registry", name, {}, opts);
    this.connection = pulumi.secret(trust(parseConnectionUrl(databaseUrl), plan.ca));
    const args = { connection: this.connection, migrations: plan.registryMigrations };
    this.database = new RegistryDatabase(name, args, { parent: this, protect: plan.supabase.protect });
    this.registerOutputs({});
  }
}
