import * as pulumi from "@pulumi/pulumi";

import type { Connection } from "../database/connection/connection.ts";
import type { Digests } from "../util/digest.ts";
import type { Pooler } from "./connections.ts";
import { type Args, DynamicResource } from "./dynamicResource.ts";
import type { OwnProject } from "./ownProject.ts";

/** The orchestra that holds the database. */
export interface Owner {
  /** The orchestra's id; it is written inside the database, which then refuses any other. */
  orchestra: string;
  /** Display name, used where the seeds name the orchestra. */
  name: string;
  /** The first administrator, created once: a later change of this does not touch the existing user. */
  administrator: { name: string; email: string };
}

/** The provider's inputs once all values are known. */
export interface OrchestraDatabaseInputs {
  /** The database's key in its stack: an orchestra's id or `pool-N`. Never changes. */
  key: string;
  /** The stack's name; it is written inside the database, which then refuses any other. */
  stack: string;
  /**
   * The database's Supabase project; left out of an adopted database. A change from one to the other is refused: the data would stay
   * behind.
   */
  project?: OwnProject;
  /** The migrator's connection to an adopted database: session pooler or direct host, never the transaction pooler. Secret. */
  connection?: Connection;
  /** File in stacks/ with the authority that signs the server's certificate, besides those that Node trusts. */
  caFile?: string;
  /** Group role that holds the app's rights, e.g. `app_malmo`. */
  appRole: string;
  /** Version of its passwords, which the provider derives, and of the login role `<appRole>_<version>`. */
  appRoleVersion: number;
  /** The holder; left out of a spare of the pool, which is migrated and not seeded. */
  owner?: Owner;
  /** Short digests of the migrations, so that a preview names what is pending. */
  migrations: Digests;
  /** Short digests of the schema files: the run stores the one of the server's version in the database. */
  schemaFiles: Digests;
  /** Short digest of all seeds; left out of a spare, which has none. */
  seeds?: string;
  /** Set where its orchestra is retired: the database stays as the state has it, is not migrated and not contacted. */
  retired?: true;
  /**
   * The reason why its project cannot be used, as this run found it. It forces an update, which fails with this reason or finds the project
   * mended.
   */
  trouble?: string;
  /** Differences that a refresh found; the program never sets them, so the next `up` puts them right. */
  drift?: string[];
}

/** The facts that the program needs. All others are asked of the database itself. */
export interface OrchestraDatabaseFound {
  /** The first administrator's current e-mail; `found` if a baseline found the user. Null on a spare, and once the user was deleted. */
  administrator: { email: string; found?: true } | null;
  /** A project's pooler, as the API returns it. */
  pooler?: Pooler;
}

export type OrchestraDatabaseArgs = Args<Omit<OrchestraDatabaseInputs, "project" | "drift">> & {
  project?: Args<OwnProject>;
};

/**
 * One orchestra's database: a running project that this stack's password opens, migrated, seeded, with the app's role and the first
 * administrator, verified. A claim of a pool database is an update of that database's resource: nothing is moved, renamed or replaced.
 */
export class OrchestraDatabase extends DynamicResource<OrchestraDatabaseFound> {
  /** The version as applied: a retired orchestra's stays. */
  declare readonly appRoleVersion: pulumi.Output<number>;

  constructor(name: string, args: OrchestraDatabaseArgs, opts?: pulumi.CustomResourceOptions) {
    const connection = args.connection && { connection: pulumi.secret(args.connection) };
    super("OrchestraDatabase", name, { ...args, ...connection }, opts);
  }
}
