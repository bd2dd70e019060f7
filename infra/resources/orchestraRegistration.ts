import * as pulumi from "@pulumi/pulumi";

import type { RecordIdentity } from "../cloud/removeRecords.ts";
import type { Registration } from "../database/registry/registration.ts";
import { type Args, DynamicResource } from "./dynamicResource.ts";
import type { BackupPolicy } from "./registryBackup.ts";

export interface OrchestraRegistrationInputs extends Registration {
  /** Host, port and name of the main database: see `reachMainDatabase`. */
  main: string;
  /** Its DNS record, which is removed with the row; a change removes the previous record. */
  record: RecordIdentity;
  /** The backup policy; left out where this run was told to go without. */
  backup?: BackupPolicy;
}

export interface OrchestraRegistrationState {
  /** The status that the app reads: it serves an orchestra only while this says `Active`. */
  status: string;
  /** The row's id. A row that is made again has another one. */
  row: string;
}

/** An orchestra's row in the main database. Its id is the row's id and outlives a change of name or subdomain. */
export class OrchestraRegistration extends DynamicResource<OrchestraRegistrationState> {
  constructor(name: string, args: Args<OrchestraRegistrationInputs>, opts?: pulumi.CustomResourceOptions) {
    super("OrchestraRegistration", name, { ...args, databaseUrl: pulumi.secret(args.databaseUrl) }, opts);
  }
}
