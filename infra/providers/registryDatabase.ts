import * as pulumi from "@pulumi/pulumi";

import type { Connection } from "../database/connection.ts";
import { DynamicResource } from "./dynamicResource.ts";
import type { BackupPolicy } from "./registryBackup.ts";

export interface RegistryDatabaseInputs {
  /** The main database, `DATABASE_URL`. Secret. */
  connection: Connection;
  /** Migration file → SHA-256, so that a preview names what is pending. */
  migrations: Record<string, string>;
  /** Schema file → SHA-256: the run stores the file in the database. */
  schemaFiles: Record<string, string>;
  /** Ids of those that are declared, so that a preview knows whether one comes or goes. Their rows are other resources'. */
  orchestras?: string[];
  /** Left out: this run was told to go without. */
  backup?: BackupPolicy;
  /** Changes by hand that a refresh has found; a program never passes any. */
  drift?: string[];
}

export interface RegistryDatabaseState {
  /** Name of the last migration that is applied. */
  version: string;
}

type Args = { [Key in keyof RegistryDatabaseInputs]: pulumi.Input<RegistryDatabaseInputs[Key]> };

/** The main database's own schema: the table `"Orchestra"`, in which the app looks up who answers on a subdomain. */
export class RegistryDatabase extends DynamicResource {
  declare readonly state: pulumi.Output<RegistryDatabaseState>;

  constructor(name: string, args: Args, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, connection: pulumi.secret(args.connection), state: undefined };
    super("RegistryDatabase", name, props, opts);
  }
}
