import * as pulumi from "@pulumi/pulumi";

import type { Connection } from "../database/connection/connection.ts";
import type { OrchestraDatabaseState } from "../database/tenant/orchestraState.ts";
import type { Digests } from "../util/digest.ts";
import type { Pooler } from "./connections.ts";
import { DynamicResource } from "./dynamicResource.ts";
import type { ProjectWay } from "./projectWay.ts";

/** The orchestra that holds the database. */
export interface Owner {
  /** The orchestra's id; it is written inside the database, which then refuses any other. */
  orchestra: string;
  /** Display name, used where the seeds speak of the orchestra. */
  name: string;
  /** Who becomes the first administrator, once: a later change of this does not touch the user that exists. */
  administrator: { name: string; email: string };
}

/** What the provider is given once all values are known. */
export interface OrchestraDatabaseInputs {
  /** Who this database is in its stack: an orchestra's id or `pool-N`. Never changes. */
  key: string;
  /** The stack's name; it is written inside the database, which then refuses any other. */
  stack: string;
  /** The Supabase project that it is; left out, it is an adopted one. A change of that is refused: it would leave the data behind. */
  project?: ProjectWay;
  /** The migrator's way into an adopted one: session pooler or direct host, never the transaction pooler. Secret. */
  connection?: Connection;
  /** File in stacks/ with the authority that signs the server's certificate, besides those that Node trusts. */
  caFile?: string;
  /** Group role that holds the app's rights, e.g. `app_malmo`. */
  appRole: string;
  /** Version of its passwords, which the provider derives, and of the login role `<appRole>_<version>`. */
  appRoleVersion: number;
  /** Left out: a spare of the pool, migrated and not seeded. */
  owner?: Owner;
  /** Short digests of the migrations, so that a preview names what is pending. */
  migrations: Digests;
  /** Of the schema files: the run stores the one of the server in the database. */
  schemaFiles: Digests;
  /** Short digest of all seeds; left out of a spare, which has none. */
  seeds?: string;
  /** Given where its orchestra is retired: it stays as the state has it, is not migrated and not asked. */
  retired?: true;
  /** Why its project cannot be worked with, as this run found it: makes work of what would be none, which fails in these words or finds it mended. */
  trouble?: string;
  /** What a refresh found that is not as it was left; the program never sets it, so the next `up` puts it right. */
  drift?: string[];
}

/** The inside as it was found, and the way to the project. The inputs say which migrations it has. */
export interface OrchestraDatabaseFound extends Omit<OrchestraDatabaseState, "migrations"> {
  /** Of a project: as the API says it. */
  pooler?: Pooler;
}

type Inputs<T> = { [Key in keyof T]: pulumi.Input<T[Key]> };
export type OrchestraDatabaseArgs = Omit<Inputs<Omit<OrchestraDatabaseInputs, "key" | "drift">>, "project"> & {
  key: string;
  project?: Inputs<ProjectWay>;
};

/**
 * One orchestra's database: its project is up, and this stack's password opens it; inside it is migrated, seeded, with the app's role and
 * the first administrator, verified. A claim of a pool database is an update of that database's resource: nothing is moved, renamed or
 * replaced.
 */
export class OrchestraDatabase extends DynamicResource {
  declare readonly state: pulumi.Output<OrchestraDatabaseFound>;
  /** As it was applied: a retired orchestra's stays. */
  declare readonly appRoleVersion: pulumi.Output<number>;

  constructor(name: string, args: OrchestraDatabaseArgs, opts?: pulumi.CustomResourceOptions) {
    const connection = args.connection && { connection: pulumi.secret(args.connection) };
    super("OrchestraDatabase", name, { ...args, ...connection, state: undefined }, opts);
  }
}
