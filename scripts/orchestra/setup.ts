import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";

import { openStack, type OpenStack } from "../stack/openStack.ts";
import { prepareSetup, type Setup, type SetupRequest } from "../adopt/prepareSetup.ts";
import { askField, today } from "./askOrchestra.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";
import { refuseMigrationUrl } from "../../infra/config/schema/refuseDatabaseUrl.ts";
import { UserError } from "../../infra/errors.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase, inspectRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { sources } from "../../infra/database/sources.ts";
import { writePrivateFile } from "../cli/writePrivateFile.ts";
import { changeStackFile, printStackChange, type StackChange } from "../stack/changeStackFile.ts";
import { checkout } from "../../infra/util/checkout.ts";

type Given = Partial<Pick<SetupRequest, "contact" | "email" | "since">>;

/** Returns `setup`: sets up one orchestra by hand on an existing database, with the result that `up` would have. */
export default function setupCommand(): StackCommand {
  return new StackCommand("setup")
    .description(
      "Sets an orchestra up by hand on an empty database that exists: migrates and seeds it, makes the app's role and the first administrator, " +
        "writes the orchestra and the database's URLs, encrypted, into the stack file, and registers it. The next `pulumi up` adopts all of it as it is.",
    )
    .argument(
      "<database-url>",
      "a direct or session connection of the owning role. The list of processes shows arguments: better env:NAME, file:PATH or - (standard input)",
    )
    .argument("<name>", "the orchestra's name, such as 'Gävle Symfoniorkester'")
    .argument("<subdomain>", "its address under the stack's domain")
    .option("--contact <name>", "whom to ask there; without a terminal the orchestra's name is taken")
    .option(
      "--email <address>",
      "their e-mail address, the first administrator's login; without a terminal admin@<its address>",
    )
    .option("--since <date>", "the set-up date, YYYY-MM-DD; default: today")
    .withJson()
    .action(setUp);
}

async function setUp(argument: string, name: string, subdomain: string, options: StackOptions & Given): Promise<void> {
  const { stack: stackName, json, ...given } = options;
  const url = await readUrl(argument);
  const stack = await openStack(stackName);
  const terminal = process.stdin.isTTY && process.stdout.isTTY && !json;
  const people = await completePeople(given, { name, host: `${subdomain}.${stack.plan.domain}`, terminal });
  const setup = await prepareSetup(stack, { url, name, subdomain, ...people });
  const { change, passwordFile } = await applySetup(stack, setup, (line) => console.error(line));
  const { id, host, contact } = setup.orchestra;
  const shown = passwordFile && path.relative(process.cwd(), passwordFile);
  if (shown)
    console.error(
      `${contact.email} signs in with the one-time password in ${shown} (mode 600): hand it over, then delete the file.`,
    );
  const data = { id, host, email: contact.email, passwordFile: shown ?? null };
  printStackChange(stackName, change, json, data, (next) => [
    `${name} is set up, and Active in the main database. Its name ${host} comes with the next \`pulumi up\`. Next: ${next}`,
  ]);
}

async function completePeople(
  given: Given,
  { name, host, terminal }: { name: string; host: string; terminal: boolean },
): Promise<Pick<SetupRequest, "contact" | "email" | "since">> {
  const ask = async (field: "contact" | "email", fallback: string) =>
    given[field] ?? (terminal ? await askField(field) : fallback);
  return {
    contact: await ask("contact", name),
    email: await ask("email", `admin@${host}`),
    since: given.since ?? today(),
  };
}

/**
 * Reads a connection URL from where an argument says, as OpenSSL's pass phrase arguments do: `env:NAME`, `file:PATH` or `-`
 * (standard input); anything else is the URL itself. Secret.
 *
 * @throws {UserError} for a URL that migrations cannot use; nothing of it is in the message
 */
async function readUrl(argument: string): Promise<string> {
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

/**
 * Does what was prepared, `Active` last of all. Interrupted anywhere it leaves what a rerun completes: the one-time password is in
 * its file before the administrator is made, and the stack file is written before the row.
 *
 * @returns the change of the stack file, and the file with the administrator's one-time password; none where an earlier run has made the
 *   administrator
 */
async function applySetup(
  stack: OpenStack,
  setup: Setup,
  log: (line: string) => void,
): Promise<{ change: StackChange; passwordFile?: string }> {
  const { orchestra, connection, appRole, registration, oneTimePassword } = setup;
  const { id, name, url, contact } = orchestra;
  if (!(await inspectRegistryDatabase(stack.registry)))
    await ensureRegistryDatabase({ connection: stack.registry, migrations: sources.registryMigrations, log });

  const passwordFile = path.join(checkout, "passwords", stack.name, `${id}.txt`);
  if (oneTimePassword !== undefined) {
    await mkdir(path.dirname(passwordFile), { recursive: true, mode: 0o700 });
    await writePrivateFile(passwordFile, `${name}\n${url}\n${contact.email}\n${oneTimePassword}\n`);
  }
  await ensureOrchestraDatabase({
    connection,
    key: id,
    stack: stack.name,
    appRole,
    // An existing administrator keeps their password; this one is then unused.
    owner: { orchestra: id, name, administrator: { ...contact, password: oneTimePassword ?? "" } },
    migrations: sources.orchestraMigrations,
    seeds: sources.orchestraSeeds,
    log,
  });
  const change = await changeStackFile(stack.name, setup.change, { optionOf: setup.optionOf });
  await ensureRegistration(stack.registry, registration);
  log(`${id}: registered in the main database, Active`);
  return { change, ...(oneTimePassword !== undefined && { passwordFile }) };
}
