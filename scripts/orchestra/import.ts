import { pc } from "../cli/colours.ts";
import { addOrchestra, type OrchestraEntry } from "../stack/editStackFile.ts";
import { readOrchestraRows, type OrchestraRow } from "../../infra/database/registry/orchestraRows.ts";
import { encryptAdopted } from "../adopt/encryptAdopted.ts";
import {
  changeStackFile,
  entryOptions,
  type OptionOf,
  printStackChange,
  type StackChange,
} from "../stack/changeStackFile.ts";
import { type Proposal, readCandidates, type RowValues } from "../adopt/proposeEntry.ts";
import { openStack, readStackText } from "../stack/openStack.ts";
import { askField } from "./askOrchestra.ts";
import { describeValue } from "../../infra/config/describeValue.ts";
import { UserError } from "../../infra/errors.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

type Options = StackOptions & RowValues;

/** `import`: rows that the superadmin page made become entries of the stack file; the next `up` adopts row and database. */
export default function importCommand(): StackCommand {
  return new StackCommand("import")
    .description(
      "Brings orchestras that the superadmin page created into the stack file: rows of the main database that this program did not make, " +
        "all of them unless subdomains are named. Their databases' URLs are written encrypted under stagesub:adopted. All or none.",
    )
    .argument("[subdomains...]", "only these")
    .option("--name <name>", "the orchestra's name, where the row has none")
    .option("--contact <name>", "whom to ask, where the row has nobody")
    .option("--email <address>", "their e-mail address, where the row has none")
    .option("--since <date>", "the set-up date, YYYY-MM-DD, where the row has none")
    .withDryRun()
    .withJson()
    .action((subdomains: string[], options: Options) => importRows(subdomains, options));
}

async function importRows(subdomains: string[], options: Options): Promise<void> {
  const { stack: name, dryRun, json, ...given } = options;
  const stack = await openStack(name);
  const declared = new Set(stack.plan.orchestras.map(({ subdomain }) => subdomain));
  const rows = chooseRows(await readOrchestraRows(stack.registry), subdomains, declared);
  const proposals = await readCandidates(stack, rows);
  const terminal = process.stdin.isTTY && process.stdout.isTTY && !json;
  // Nobody is asked for values that cannot be used; without a terminal all problems are reported at once.
  if (terminal) refuse(proposals);
  const entries: OrchestraEntry[] = [];
  for (const proposal of proposals) entries.push(await completeEntry(proposal, given, terminal));
  refuse(proposals);

  const adopted = proposals.flatMap(({ id, adopted }) => (adopted ? [{ key: id, ...adopted }] : []));
  const insert =
    adopted.length > 0
      ? await encryptAdopted({ name, text: readStackText(name), env: stack.env }, adopted)
      : (text: string) => text;
  const change = await changeStackFile(name, (text) => insert(entries.reduce(addOrchestra, text)), {
    dryRun,
    optionOf: (path) => proposals.map((proposal) => nameOrigins(proposal)(path)).find((origin) => origin !== undefined),
  });
  show(proposals, change, { stack: name, json });
}

/** Returns where each value of an entry comes from: a column of the row, or the option that stands in for it. */
export function nameOrigins({ id, subdomain, values }: Proposal): OptionOf {
  const row = `the row of ${showSubdomain(subdomain)}`;
  const origin = (field: keyof RowValues) =>
    values[field] === undefined ? `--${field}` : `"${columns[field]}" in ${row}`;
  return entryOptions(id, {
    "": `"subdomain" in ${row}`,
    subdomain: `"subdomain" in ${row}`,
    name: origin("name"),
    since: origin("since"),
    "contact.name": origin("contact"),
    "contact.email": origin("email"),
    database: `"databaseUrl" in ${row}`,
  });
}

/** Chooses the rows that no stack of ours made, and that are not in the stack file yet. */
function chooseRows(
  rows: readonly OrchestraRow[],
  subdomains: readonly string[],
  declared: ReadonlySet<string>,
): OrchestraRow[] {
  const open = rows.filter(({ registration, subdomain }) => !registration && !declared.has(subdomain ?? ""));
  if (subdomains.length === 0) return open;
  const explain = (subdomain: string): string => {
    const row = rows.find((candidate) => candidate.subdomain === subdomain);
    if (row?.registration)
      return `${subdomain} is ${row.registration.orchestra} of stack ${row.registration.stack} already`;
    return row
      ? `${subdomain} is in the stack file already: \`pulumi up\` adopts its row`
      : `${describeValue(subdomain)} is no row's`;
  };
  const unknown = subdomains.filter((name) => !open.some(({ subdomain }) => subdomain === name));
  if (unknown.length > 0) {
    const there = open.map(({ subdomain }) => showSubdomain(subdomain ?? "")).join(", ") || "none";
    throw new UserError(
      "command-line",
      `Expected subdomains of rows that this program did not make. ${unknown.map(explain).join(". ")}. There are: ${there}.`,
    );
  }
  return open.filter(({ subdomain }) => subdomains.includes(subdomain ?? ""));
}

export async function completeEntry(proposal: Proposal, given: RowValues, terminal: boolean): Promise<OrchestraEntry> {
  const { id, subdomain, values, database, problems } = proposal;
  const ask = async (field: keyof RowValues): Promise<string> => {
    const known = values[field] ?? given[field];
    if (known !== undefined) return known;
    if (terminal) return askField(field, `${subdomain}: `);
    problems.push(`its row has no ${columns[field]}: give it with --${field}`);
    return "";
  };
  return {
    id,
    name: await ask("name"),
    ...(subdomain !== id && { subdomain }),
    contact: { name: await ask("contact"), email: await ask("email") },
    since: await ask("since"),
    ...(database !== undefined && { database }),
  };
}

/** A column may hold anything, also a connection URL that somebody put into the wrong field. */
function showSubdomain(subdomain: string): string {
  return /^[a-z0-9-]{1,63}$/.test(subdomain) ? subdomain : describeValue(subdomain);
}

const columns = { name: "name", contact: "contactName", email: "contactEmail", since: "setupDate" };

function refuse(proposals: readonly Proposal[]): void {
  const lines = proposals.flatMap(({ subdomain, problems }) =>
    problems.map((problem) => `  ${showSubdomain(subdomain)}: ${problem}`),
  );
  if (lines.length === 0) return;
  const others = proposals.filter(({ problems }) => problems.length === 0).map(({ subdomain }) => subdomain);
  const hint = others.length > 0 ? `\nThe others could be imported alone: ${others.join(" ")}` : "";
  throw new UserError(
    "adoption-refused",
    `These rows cannot be imported; nothing was written.\n${lines.join("\n")}${hint}`,
  );
}

function show(
  proposals: readonly Proposal[],
  change: StackChange,
  { stack, json }: { stack: string; json: true | undefined },
): void {
  const baselines = proposals.filter(({ needsBaseline }) => needsBaseline);
  const commands = baselines.map(({ id }) => `./stagesub baseline ${id} --at <migration> -s ${stack}`);
  const next = proposals.length > 0 ? [...commands, `pulumi preview -s ${stack}`] : [];
  const imported = proposals.map(({ id, subdomain, database = "project", notes }) => ({
    id,
    subdomain,
    database,
    notes,
  }));
  if (proposals.length === 0 && !json)
    return console.log("Every row of the main database is in the stack file or registered.");
  printStackChange(stack, change, json, { imported, next }, () => [
    ...proposals.flatMap(({ subdomain, notes }) => notes.map((note) => `${subdomain}: ${note}`)),
    ...(baselines.length > 0
      ? ["Databases that this program did not migrate: tell it at which migration they stand, then preview."]
      : []),
    `Next: ${next.map((command) => pc.bold(command)).join("\n      ")}`,
  ]);
}
