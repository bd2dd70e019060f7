import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";

import { Command } from "commander";
import { isMap, isPair, isScalar, parseDocument, visit } from "yaml";

import { nameStackFile } from "../../infra/config/parseSource.ts";
import { foldToAscii } from "../../infra/config/schema/names.ts";
import { formatConnectionUrl } from "../../infra/database/connection/connection.ts";
import { UserError } from "../../infra/errors.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { zone } from "../../local/cloud/cloudflare/zone.ts";
import { findStateDir } from "../../local/cloud/findStateDir.ts";
import { ensureMainDatabase, findMainDatabase } from "../../local/cloud/mainDatabases.ts";
import { requireCloud } from "../../local/cloud/requireCloud.ts";
import { readStackName, runPulumi } from "../../local/toolchain/runPulumi.ts";
import { askPulumi, isLocal, stackEnvironment } from "./openStack.ts";

interface Options {
  from: string;
  secretsProvider?: string;
}

/** Returns `init`. */
export default function initCommand(): Command {
  return new Command("init")
    .description(
      "Makes a stack: its file, a copy of another one's without that one's secrets; the stack itself in the backend that you are logged in " +
        "to; and its key, from which every database password derives. Run it again after an interruption: it makes what is missing.",
    )
    .argument("<stack>", "the new stack's name, such as rehearsal")
    .option("--from <stack>", "the stack whose file is copied", "staging")
    .option(
      "--secrets-provider <provider>",
      "what encrypts its secrets, as for `pulumi stack init`: passphrase, awskms://…",
    )
    .action(async (reference: string, options: Options) => initStack(readStackName(reference), options));
}

async function initStack(name: string, { from, secretsProvider }: Options): Promise<void> {
  const file = path.join(checkout, nameStackFile(name));
  if (!existsSync(file)) {
    const source = path.join(checkout, nameStackFile(from));
    if (!existsSync(source))
      throw new UserError(
        "stack-unknown",
        `Expected the stack file ${nameStackFile(from)}, found none. Name one with --from.`,
      );
    await writeFile(file, copyWithoutSecrets(readFileSync(source, "utf8"), name), { flag: "wx" });
    console.error(`${nameStackFile(name)} is written, a copy of ${nameStackFile(from)} without its secrets.`);
  }
  const env = await stackEnvironment(name);
  if (!(await isInBackend(name, env))) {
    const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
    const args = ["stack", "init", "--no-select", ...provider, "--stack", name];
    // Asks for a passphrase on a terminal.
    const { code } = await runPulumi(args, { cwd: checkout, env, show: "terminal" });
    if (code !== 0)
      throw new UserError("program-failed", `\`pulumi stack init ${name}\` failed, for the reason above.`);
  }
  // The file alone decides: a key that cannot be decrypted just now must not be written over.
  if (parseDocument(readFileSync(file, "utf8")).hasIn(["config", "stagesub:key"]))
    console.error("It has a key already.");
  else {
    const input = randomBytes(32).toString("base64");
    await askPulumi({ name, env }, ["config", "set", "--secret", "stagesub:key"], input);
    console.error("It has a key now.");
  }
  if (isLocal(name)) return beginLocally(name, file, env);
  console.log(`Next, for ${name}:
  1. Keep a copy of the key where you keep passwords: pulumi config get stagesub:key -s ${name}
  2. Edit ${nameStackFile(name)}: domain, zone, organization, orchestras
  3. pulumi config set --secret stagesub:databaseUrl -s ${name}
  4. ./stagesub plan -s ${name}`);
}

/** Gives a stack of the local cloud a main database of its own. */
async function beginLocally(name: string, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const settings = await requireCloud(findStateDir());
  const domain = String(parseDocument(readFileSync(file, "utf8")).getIn(["config", "stagesub:domain"]));
  const database = findMainDatabase(settings, domain);
  if (database === undefined)
    throw new UserError(
      "stack-file",
      `Expected under stagesub:domain of ${nameStackFile(name)} a name such as rehearsal.${zone.name}, found ${domain}.`,
    );
  await ensureMainDatabase(settings, database);
  // Anew each time: a local cloud that was reset has other passwords.
  const args = ["config", "set", "--secret", "stagesub:databaseUrl"];
  await askPulumi({ name, env }, args, formatConnectionUrl(database));
  console.error(`Its main database is ${database.database}.`);
  console.log(`Next, for ${name}:
  1. Edit ${nameStackFile(name)}: orchestras
  2. ./stagesub plan -s ${name}`);
}

async function isInBackend(name: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await askPulumi({ name, env }, ["stack", "export"]);
    return true;
  } catch (error) {
    if (UserError.is(error, "stack-unknown")) return false;
    throw error;
  }
}

/**
 * Returns a stack file's text for a new stack: without encrypted values and what decrypts them, and in the local cloud with a domain of its
 * own. Comments stay.
 */
function copyWithoutSecrets(text: string, name: string): string {
  const document = parseDocument(text);
  const domain = ["config", "stagesub:domain"];
  if (document.getIn(domain) === zone.name) document.setIn(domain, `${foldToAscii(name)}.${zone.name}`);
  for (const key of ["encryptionsalt", "encryptedkey", "secretsprovider"]) document.delete(key);
  visit(document, {
    Pair: (_, { value }) => (isMap(value) && value.items.some(isSecure) ? visit.REMOVE : undefined),
  });
  return document.toString({ lineWidth: 0 });
}

function isSecure(pair: unknown): boolean {
  return isPair(pair) && isScalar(pair.key) && pair.key.value === "secure";
}
