import * as pulumi from "@pulumi/pulumi";

import { verifierOf } from "../util/stackPasswords.ts";
import type { Plan } from "../plan/planStack.ts";
import { describeAddress, parseConnectionUrl } from "../resources/connections.ts";
import type { BackupPolicy } from "../resources/registryBackup.ts";
import { shortDigests } from "../util/digest.ts";
import { RegistryDatabase } from "../resources/registryDatabase.ts";

export interface RegistryArgs {
  plan: Plan;
  /** The main database's connection URL. Secret. */
  databaseUrl: string;
}

/**
 * The main database, in which the app looks up the orchestra of a subdomain.
 *
 * @example
 * new Registry("registry", { plan, databaseUrl: process.env.DATABASE_URL ?? "" });
 */
export class Registry extends pulumi.ComponentResource {
  /** Host, port and name of the database. */
  readonly main: string;
  /** The migrated database: every registration depends on it. */
  readonly database: RegistryDatabase;
  /** The backup policy of a run that writes to it; undefined where the run was told to go without. */
  readonly backup: BackupPolicy | undefined;

  constructor(name: string, { plan, databaseUrl }: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagesub:Registry", name, {}, opts);
    this.main = describeAddress(parseConnectionUrl(databaseUrl));
    this.backup = plan.backup && { stack: plan.stack, ...plan.backup };
    // A preview writes nothing, and a pull request's preview is made long before the backup that its `up` needs.
    if (!this.backup && !pulumi.runtime.isDryRun()) {
      const text = "STAGESUB_BACKUP_CHECK=skip: the age of the main database's last backup is not looked at.";
      void pulumi.log.warn(text, this);
    }
    const { version, current } = plan.keys;
    const args = {
      main: this.main,
      migrations: shortDigests(plan.registryMigrations),
      schemaFiles: shortDigests(plan.registrySchemaFiles),
      stackKey: { stack: plan.stack, version, verifier: verifierOf(current, version) },
      orchestras: plan.orchestras.map(({ id }) => id),
      ...(this.backup && { backup: this.backup }),
    };
    this.database = new RegistryDatabase(name, args, { parent: this, protect: plan.supabase.protect });
    this.registerOutputs({});
  }
}
