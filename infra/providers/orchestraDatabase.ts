import * as pulumi from "@pulumi/pulumi";

import type { Connection } from "../database/connection.ts";
import type { OrchestraDatabaseState } from "../database/orchestraState.ts";
import { DynamicResource } from "./dynamicResource.ts";

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
  /** Where the database comes from. A change is refused: it would leave the data behind in the other one. */
  source: "project" | "adopted";
  /** The migrator's way in: session pooler or direct host, never the transaction pooler. Secret. */
  connection: Connection;
  /** Group role that holds the app's rights, e.g. `app_malmo`. */
  appRole: string;
  /** Version of the login role `<appRole>_<version>`. */
  appRoleVersion: number;
  /** The login role's password. Secret. */
  appPassword: string;
  /** Left out: a spare of the pool, migrated and not seeded. */
  owner?: Owner;
  /** The first administrator's one-time password. Secret. */
  administratorPassword?: string;
  /** Migration file → SHA-256, so that a preview names what is pending. */
  migrations: Record<string, string>;
  /** Schema file → SHA-256: the run stores the file in the database. */
  schemaFiles: Record<string, string>;
  /** Seed file → SHA-256. */
  seeds: Record<string, string>;
  /** Given where its orchestra is retired: it stays as the state has it, is not migrated and not asked. */
  retired?: true;
  /** What a refresh found that is not as it was left; the program never sets it, so the next `up` puts it right. */
  drift?: string[];
}

type Inputs<T> = { [Key in keyof T]: pulumi.Input<T[Key]> };
export type OrchestraDatabaseArgs = Inputs<Omit<OrchestraDatabaseInputs, "key" | "drift">> & { key: string };

/**
 * The inside of one orchestra's database: migrated, seeded, with the app's role and the first administrator, verified.
 * A claim of a pool database is an update of that database's resource: nothing is moved, renamed or replaced.
 */
export class OrchestraDatabase extends DynamicResource {
  declare readonly state: pulumi.Output<OrchestraDatabaseState>;
  /** The migrator's way in, as it was applied. Secret. */
  declare readonly connection: pulumi.Output<Connection>;

  constructor(name: string, args: OrchestraDatabaseArgs, opts?: pulumi.CustomResourceOptions) {
    const { connection, appPassword, administratorPassword, ...plain } = args;
    const secrets = {
      connection: pulumi.secret(connection),
      appPassword: pulumi.secret(appPassword),
      ...(administratorPassword === undefined ? {} : { administratorPassword: pulumi.secret(administratorPassword) }),
    };
    super("OrchestraDatabase", name, { ...plain, ...secrets, state: undefined }, opts);
  }
}
