import * as pulumi from "@pulumi/pulumi";

import type { RecordIdentity } from "../cloud/removeRecords.ts";
import type { Connection } from "../database/connection/connection.ts";
import type { StoredBackup } from "../database/backup/backupDatabase.ts";
import { type Args, DynamicResource } from "./dynamicResource.ts";

export interface OrchestraRetirementInputs {
  stack: string;
  orchestra: string;
  /** Its database: the orchestra's id or `pool-N`. */
  key: string;
  /** The owning role's connection; undefined where the state lost it: then only a retirement that was done already succeeds. Secret. */
  connection?: Connection | undefined;
  /** Its DNS record, which is removed last. */
  record: RecordIdentity;
  /** Host, port and name of the main database, where the log is: see `reachMainDatabase`. */
  main: string;
  /** The role that holds the app's rights. */
  appRole: string;
  /** Ref of the Supabase project to pause; left out, the database is not this stack's to pause. */
  project?: string;
  /** Set once the next change may delete the data: the removal of this resource then asks for the backup. */
  released?: true;
}

export interface OrchestraRetirementState {
  backup: StoredBackup;
  /** "paused", "left as it is", or the reason why it is neither. */
  project: string;
}

/**
 * The end of an orchestra whose row says Retired already: the app loses its access, the database is backed up, its project paused, its name
 * removed. This resource is deleted before the orchestra's others, or when the orchestra comes back.
 */
export class OrchestraRetirement extends DynamicResource<OrchestraRetirementState> {
  constructor(name: string, args: Args<OrchestraRetirementInputs>, opts?: pulumi.CustomResourceOptions) {
    super("OrchestraRetirement", name, { ...args, connection: pulumi.secret(args.connection) }, opts);
  }
}
