import * as pulumi from "@pulumi/pulumi";

import type { Connection } from "../database/connection.ts";
import type { Registration } from "../database/registration.ts";
import { DynamicResource } from "./dynamicResource.ts";
import type { BackupPolicy } from "./registryBackup.ts";

export interface OrchestraRegistrationInputs extends Registration {
  /** The main database, `DATABASE_URL`. Secret. */
  connection: Connection;
  /** Left out: this run was told to go without. */
  backup?: BackupPolicy;
  /** In a preview alone: where its database is, without a password. Not known while the project is yet to be made. */
  leadsTo?: string;
}

export interface OrchestraRegistrationState {
  /** What the app reads: it serves an orchestra only while this says `Active`. */
  status: string;
  /** The row's id. It is another one where the row was made again. */
  row: string;
}

type Args = { [Key in keyof OrchestraRegistrationInputs]: pulumi.Input<OrchestraRegistrationInputs[Key]> };

/** An orchestra's row in the main database. Its id is the row's id and outlives a change of name or subdomain. */
export class OrchestraRegistration extends DynamicResource {
  declare readonly state: pulumi.Output<OrchestraRegistrationState>;

  constructor(name: string, args: Args, opts?: pulumi.CustomResourceOptions) {
    const secrets = { connection: pulumi.secret(args.connection), databaseUrl: pulumi.secret(args.databaseUrl) };
    super("OrchestraRegistration", name, { ...args, ...secrets, state: undefined }, opts);
  }
}
