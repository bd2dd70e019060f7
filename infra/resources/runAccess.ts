import type * as pulumi from "@pulumi/pulumi";

import { readApiAccess } from "../cloud/apiAccess.ts";
import type { ApiAccess } from "../cloud/callApi.ts";
import { UserError } from "../errors.ts";
import { type Connection, parseConnectionUrl, trust } from "../database/connection/connection.ts";
import { readAuthority } from "../database/sources.ts";
import { type Keys, readKeys } from "../util/stackPasswords.ts";
import { describeAddress } from "./connections.ts";

/** Reads a value of the stack's configuration, by its full key. One process is one run, for all kinds of resources. */
let read: (key: string) => string | undefined = () => {
  throw new Error("No provider of this process was configured");
};

/** Takes the stack's configuration. Tokens, keys and the main database's URL come from it or the environment, and are in no resource's state. */
export function configure({ config }: pulumi.dynamic.ConfigureRequest): Promise<void> {
  read = (key) => config.get(key);
  return Promise.resolve();
}

/** Returns Supabase's access, as its official provider takes it. @throws {UserError} without a token */
export function supabaseAccess(): ApiAccess {
  return readApiAccess(["supabase"], read, process.env).supabase;
}

/** Returns Cloudflare's access, as its official provider takes it. @throws {UserError} without a token */
export function cloudflareAccess(): ApiAccess {
  return readApiAccess(["cloudflare"], read, process.env).cloudflare;
}

/** Returns the keys that the stack's passwords derive from. Secret. */
export function stackKeys(): Keys {
  return readKeys(read);
}

/**
 * Returns the connection to the main database, as the program has it.
 *
 * @param main the address that a resource was made for
 * @throws {UserError} where this run was given another database, or none
 */
export function reachMainDatabase(main: string): Connection {
  const url = read("stagesub:databaseUrl") || process.env["DATABASE_URL"];
  if (!url)
    throw new UserError(
      "other-main-database",
      `Expected the URL of the main database (${main}) in stagesub:databaseUrl or DATABASE_URL, found none. Set it, and run this again.`,
    );
  const connection = parseConnectionUrl(url);
  if (describeAddress(connection) === main) {
    const { caFile } = JSON.parse(read("stagesub:supabase") || "{}") as { caFile?: string };
    return trust(connection, readAuthority(caFile));
  }
  throw new UserError(
    "other-main-database",
    `Refusing to work in the main database ${describeAddress(connection)}: the state's is ${main}. ` +
      "DATABASE_URL of another environment is set: set it back. If the main database has moved, `pulumi up` says what to do.",
  );
}
