import path from "node:path";

import { noColours, pc } from "../cli/colours.ts";
import { openStack } from "../stack/openStack.ts";
import { applySetup } from "../adopt/applySetup.ts";
import { prepareSetup, type SetupRequest } from "../adopt/prepareSetup.ts";
import { readUrl } from "../adopt/readUrl.ts";
import { formatStackDiff } from "../stack/stackFile.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { askText, questions } from "./askText.ts";
import { StackCommand } from "../cli/stackCommand.ts";
import { today } from "../cli/today.ts";

type Given = Partial<Pick<SetupRequest, "contact" | "email" | "since">>;

interface Options extends Given {
  stack: string;
  json?: true;
}

/** Returns `setup`: sets up one orchestra by hand on an existing database, with the result that `up` would have. */
export default function setupCommand(): StackCommand {
  const command = new StackCommand("setup")
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
    .withJson();
  return command.action(setUp);
}

async function setUp(argument: string, name: string, subdomain: string, options: Options): Promise<void> {
  const { stack: stackName, json, ...given } = options;
  const url = await readUrl(argument);
  const stack = await openStack(stackName);
  const terminal = process.stdin.isTTY && process.stdout.isTTY && !json;
  const people = await completePeople(given, { name, host: `${subdomain}.${stack.plan.domain}`, terminal });
  const setup = await prepareSetup(stack, { url, name, subdomain, ...people });
  const { change, passwordFile } = await applySetup(stack, setup, (line) => console.error(line));
  const { id, host, contact } = setup.orchestra;
  const next = `pulumi preview -s ${stackName}`;
  const diff = formatStackDiff(stackName, change, json ? noColours : pc);
  const shown = passwordFile && path.relative(process.cwd(), passwordFile);
  if (shown)
    console.error(
      `${contact.email} signs in with the one-time password in ${shown} (mode 600): hand it over, then delete the file.`,
    );
  if (json) {
    console.log(JSON.stringify({ id, host, email: contact.email, passwordFile: shown ?? null, diff, next }, null, 2));
    return;
  }
  console.log(
    diff === ""
      ? `${nameStackFile(stackName)} has the orchestra already.`
      : `${diff}\n\n${nameStackFile(stackName)} is written.`,
  );
  console.log(
    `${name} is set up, and Active in the main database. Its name ${host} comes with the next \`pulumi up\`. Next: ${pc.bold(next)}`,
  );
}

async function completePeople(
  given: Given,
  { name, host, terminal }: { name: string; host: string; terminal: boolean },
): Promise<Pick<SetupRequest, "contact" | "email" | "since">> {
  const ask = async (field: "contact" | "email", fallback: string) =>
    given[field] ?? (terminal ? await askText(questions[field].message, questions[field].check) : fallback);
  return {
    contact: await ask("contact", name),
    email: await ask("email", `admin@${host}`),
    since: given.since ?? today(),
  };
}
