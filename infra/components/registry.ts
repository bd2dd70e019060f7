import * as pulumi from "@pulumi/pulumi";

import type { Plan } from "../plan/planStack.ts";
import { parseConnectionUrl, trust } from "../providers/connections.ts";
import type { BackupPolicy } from "../providers/registryBackup.ts";
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
  /** What a run wants that writes to it; undefined: nothing, it was told so. */
  readonly backup: BackupPolicy | undefined;

  constructor(name: string, { plan, databaseUrl }: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:index:Registry", name, {}, opts);
    this.connection = pulumi.secret(trust(parseConnectionUrl(databaseUrl), plan.ca));
    this.backup = plan.backup && { stack: plan.stack, ...plan.backup };
    // A preview writes nothing, and one for a pull request is made long before the backup that its `up` needs.
    if (!this.backup && !pulumi.runtime.isDryRun()) {
      const text = "STAGESUB_BACKUP_CHECK=skip: the age of the main database's last backup is not looked at.";
      void pulumi.log.warn(text, this);
    }
    const args = {
      connection: this.connection,
      migrations: plan.registryMigrations,
      schemaFiles: plan.registrySchemaFiles,
      orchestras: plan.orchestras.map(({ id }) => id),
      ...(this.backup && { backup: this.backup }),
    };
    this.database = new RegistryDatabase(name, args, { parent: this, protect: plan.supabase.protect });
    this.registerOutputs({});
  }
}
