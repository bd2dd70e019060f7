import { readDeclared } from "../../infra/config/checks/declared.ts";
import { addOrchestra, type OrchestraEntry } from "../stack/editStackFile.ts";
import { readStackFile } from "../../infra/config/readStackFile.ts";
import { suggestId } from "../stack/suggestId.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { changeStackFile, entryOptions, planChangedText, printStackChange } from "../stack/changeStackFile.ts";
import { readStackText } from "../stack/openStack.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { type Answers, askOrchestra, today } from "./askOrchestra.ts";
import { UserError } from "../../infra/errors.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

type Options = StackOptions & Partial<Answers>;

/** Returns `add`: puts an orchestra into the stack file, checked as in a preview before a byte is written. */
export default function addCommand(): StackCommand {
  return new StackCommand("add")
    .description("Adds an orchestra to the stack file. Asks on a terminal for what no option says.")
    .option("--name <name>", "the orchestra's name, such as 'Gävle Symfoniorkester'")
    .option("--contact <name>", "who is asked when something is to be decided: a person or an office")
    .option("--email <address>", "their e-mail address, which is also the first administrator's login")
    .option("--id <id>", "names its resources and, without --subdomain, its address; default: from the name")
    .option("--subdomain <name>", "its address under the stack's domain, if it is not the id")
    .option("--since <date>", "the set-up date, YYYY-MM-DD; default: today")
    .option("--database <source>", "project, pool (the next free one), pool-N or adopted; default: project")
    .withDryRun()
    .withJson()
    .action(async (options: Options) => add(options));
}

async function add({ stack, dryRun, json, ...given }: Options): Promise<void> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY && !json;
  const answers = terminal
    ? await askOrchestra(given, readTakenNames(stack, readStackText(stack)))
    : requireOptions(given);
  let entry!: OrchestraEntry;
  const change = await changeStackFile(
    stack,
    (text) => {
      entry = completeEntry(answers, readTakenNames(stack, text));
      return placeEntry(stack, text, entry, answers.database ?? "project");
    },
    { dryRun, optionOf: (path) => entryOptions(entry.id, options)(path) },
  );
  const { host, database } = change.plan.orchestras.find(({ id }) => id === entry.id)!;
  const source = database.kind === "pool" ? database.name : database.kind;
  printStackChange(stack, change, json, { id: entry.id, host, database: source }, (next) => [
    `${entry.name} will have the name ${host} and ${describeSource(source)}. Next: ${next}`,
  ]);
}

/** Reads the ids and subdomains that are used already; also from a file with mistakes. */
function readTakenNames(stack: string, text: string): Set<string> {
  const { values } = readStackFile(stack, { path: nameStackFile(stack), text });
  const orchestras = values["stagesub:orchestras"];
  const declared = readDeclared({ orchestras: orchestras?.startsWith("{") ? JSON.parse(orchestras) : {} });
  return new Set(declared.orchestras.flatMap(({ id, subdomain }) => [id, subdomain]));
}

function requireOptions(given: Partial<Answers>): Answers {
  const { name, contact, email } = given;
  if (name !== undefined && contact !== undefined && email !== undefined) return { ...given, name, contact, email };
  const missing = (["name", "contact", "email"] as const).filter((option) => given[option] === undefined);
  throw new UserError(
    "command-line",
    `Expected ${missing.map((option) => `--${option}`).join(", ")}: there is no terminal to ask on. Nothing was written.`,
  );
}

function completeEntry({ name, contact, email, since, ...given }: Answers, taken: ReadonlySet<string>): OrchestraEntry {
  const id = given.id ?? suggestId(given.subdomain ?? name, taken);
  if (id === undefined) {
    throw new UserError("command-line", `${name} holds no letter from which an id could be made. Give one: --id`);
  }
  if (taken.has(id)) {
    throw new UserError(
      "command-line",
      `Expected an id that is free, got ${id}, which is an orchestra's id or subdomain already. Choose another: --id`,
    );
  }
  return {
    id,
    name,
    ...(given.subdomain !== undefined && given.subdomain !== id && { subdomain: given.subdomain }),
    contact: { name: contact, email },
    since: since ?? today(),
  };
}

/** With `pool`, the file without a claim says which database is next. */
function placeEntry(stack: string, text: string, entry: OrchestraEntry, source: string): string {
  const plain = addOrchestra(text, entry);
  if (source === "project") return plain;
  const database =
    source === "pool" ? nextFree(planChangedText(stack, text, plain, entryOptions(entry.id, options))) : source;
  return addOrchestra(text, { ...entry, database });
}

const options = {
  "": "--id",
  name: "--name",
  subdomain: "--subdomain",
  since: "--since",
  database: "--database",
  "contact.name": "--contact",
  "contact.email": "--email",
};

/** Returns the spare with the smallest number; without any, the number after the last, which the same plan then makes. */
function nextFree({ pool }: Plan): string {
  return pool.find(({ state }) => state.kind === "free")?.name ?? `pool-${pool.length + 1}`;
}

function describeSource(source: string): string {
  if (source === "project") return "a Supabase project of its own";
  return source === "adopted" ? "the database adopted for it" : source;
}
