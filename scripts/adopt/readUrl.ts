import { readFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";

import { refuseMigrationUrl } from "../../infra/config/schema/refuseDatabaseUrl.ts";
import { UserError } from "../../infra/errors.ts";

/**
 * Reads a connection URL from where an argument says, as OpenSSL's pass phrase arguments do: `env:NAME`, `file:PATH` or `-`
 * (standard input); anything else is the URL itself. Secret.
 *
 * @throws {UserError} for a URL that migrations cannot use; nothing of it is in the message
 */
export async function readUrl(argument: string): Promise<string> {
  const url = (await readSource(argument)).trim();
  const refusal = refuseMigrationUrl(url);
  if (refusal === undefined) return url;
  throw new UserError(
    "connection-url",
    `Expected the URL of the orchestra's database, got one (not shown) that cannot be used: ${refusal.why}. Do this: ${refusal.remedy}.`,
  );
}

async function readSource(argument: string): Promise<string> {
  const [, kind, name = ""] = /^(env|file):(.*)$/s.exec(argument) ?? [];
  if (argument === "-") return text(process.stdin);
  if (kind === "env") return process.env[name] ?? fail(`the environment variable ${name}, found it unset`);
  if (kind !== "file") return argument;
  const file = path.resolve(name);
  return readFile(file, "utf8").catch((error: Error) => fail(`the file ${file}: ${error.message}`));
}

function fail(what: string): never {
  throw new UserError("connection-url", `Expected the database's URL in ${what}.`);
}
