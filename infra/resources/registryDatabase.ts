import type * as pulumi from "@pulumi/pulumi";

import type { Digests } from "../util/digest.ts";
import { type Args, DynamicResource } from "./dynamicResource.ts";
import type { BackupPolicy } from "./registryBackup.ts";

export interface RegistryDatabaseInputs {
  /** Host, port and name of the main database: see `reachMainDatabase`. */
  main: string;
  /** Short digests of the migrations, so that a preview names what is pending. */
  migrations: Digests;
  /** Short digests of the schema files: the run stores the one of the server's version in the database. */
  schemaFiles: Digests;
  /** The stack and the key behind its passwords: written before any database gets one. */
  stackKey: { stack: string; version: number; verifier: string };
  /** Ids of the declared orchestras, so that a preview knows whether one comes or goes. Their rows belong to other resources. */
  orchestras: string[];
  /** The backup policy; left out where this run was told to go without. */
  backup?: BackupPolicy;
  /** Changes by hand that a refresh has found; the program never sets any. */
  drift?: string[];
}

export interface RegistryDatabaseState {
  /** Name of the last migration that is applied. */
  version: string;
  /** The identity of this main database. */
  identity: string;
}

/** The main database's own schema: the table `"Orchestra"`, in which the app looks up the orchestra of a subdomain. */
export class RegistryDatabase extends DynamicResource<RegistryDatabaseState> {
  constructor(name: string, args: Args<RegistryDatabaseInputs>, opts?: pulumi.CustomResourceOptions) {
    super("RegistryDatabase", name, args, opts);
  }
}
