import { readFile } from "node:fs/promises";
import path from "node:path";

import { pc } from "../cli/colours.ts";
import { type DatabaseAddress, readDatabaseAddress } from "../../infra/database/connection/databaseAddress.ts";
import { choosePoolVariables, type PoolVariable, readPoolVariables } from "../adopt/readPoolVariables.ts";
import { encryptAdopted, insertStandIns } from "../adopt/encryptAdopted.ts";
import { changeStackFile, type OptionOf } from "../stack/changeStackFile.ts";
import { openStack, type OpenStack, readStackText } from "../stack/openStack.ts";
import { UserError } from "../../infra/errors.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

interface Options extends StackOptions {
  env: string;
}

/** Returns `adopt-pool --env <file>`: puts the guide's hand-made pool databases into the stack file, encrypted. */
export default function adoptPoolCommand(): StackCommand {
  return new StackCommand("adopt-pool")
    .description(
      "Reads the DATABASE_URL_POOL_N of a dotenv file into the stack file, encrypted, as stagesub:adopted.pool-N: all of them or none. Numbers " +
        "that it holds already are left alone. Migrations go over Supabase's session pooler (the same host, port 5432) where the URL leads to " +
        "its transaction pooler, and over the same URL where that is direct. No URL is shown.",
    )
    .requiredOption("--env <file>", "the dotenv file, such as the app's .env")
    .option("--dry-run", "show what would be adopted and write nothing")
    .withJson()
    .action(adoptPool);
}

async function adoptPool({ stack: name, env, dryRun, json }: Options): Promise<void> {
  const { variables, problems } = readPoolVariables(await readBytes(env));
  const stack = await openStack(name);
  const { chosen, present, problems: more } = choosePoolVariables(stack, variables);
  refuse([...problems, ...more], env);
  const insert = dryRun
    ? insertStandIns(chosen.map(({ key }) => key))
    : await encryptAdopted({ name, text: readStackText(name), env: stack.env }, chosen);
  const { written } = await changeStackFile(name, insert, { dryRun, optionOf: nameVariables(chosen) });
  const adopted = chosen.map(describe);
  const held = present.map(({ key }) => key);
  const newProjects = findGaps(stack, chosen);
  print({ json }, { stack: name, adopted, present: held, newProjects, written }, () =>
    [
      ...adopted.map(
        ({ key, variable, app, migrations }) =>
          `${key}  from ${variable}: ${app}${app === migrations ? "" : `, migrations over ${migrations}`}`,
      ),
      ...held.map((key) => `${key}  is adopted already, and stays as it is`),
      ...newProjects.map((key) => `${key}  is none of them: \`pulumi up\` will make it as a Supabase project`),
      adopted.length === 0
        ? "There is nothing to adopt."
        : written
          ? `${nameStackFile(name)} is written. Next: ${pc.bold(`pulumi preview -s ${name}`)}`
          : dryRun && "Nothing was written (--dry-run).",
    ].join("\n"),
  );
}

/** Returns the variable that brought the value at a path of the stack file. */
export function nameVariables(chosen: readonly Pick<PoolVariable, "key" | "variable">[]): OptionOf {
  return (path) => chosen.find(({ key }) => `${path}.`.startsWith(`stagesub:adopted.${key}.`))?.variable;
}

/** Finds numbers below the highest that are neither adopted nor there yet: the pool has no gaps, so `up` fills them. */
function findGaps({ config, outputs }: Pick<OpenStack, "config" | "outputs">, chosen: PoolVariable[]): string[] {
  const known = new Set([
    ...chosen.map(({ key }) => key),
    ...Object.keys(config.adopted),
    ...Object.keys(outputs.pool),
  ]);
  const last = Math.max(0, ...chosen.map(({ number }) => number));
  return Array.from({ length: last }, (_, index) => `pool-${index + 1}`).filter((name) => !known.has(name));
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(path.resolve(file));
  } catch (error) {
    throw new UserError(
      "file-access",
      `Cannot read ${file}: ${(error as NodeJS.ErrnoException).code}. Name the dotenv file with --env.`,
    );
  }
}

function refuse(problems: string[], file: string): void {
  if (problems.length === 0) return;
  throw new UserError(
    "adoption-refused",
    `Refusing to adopt the databases of ${file}; nothing was written:\n- ${problems.join("\n- ")}`,
  );
}

function describe({ key, variable, url, direct }: PoolVariable) {
  return { key, variable, app: place(readDatabaseAddress(url)!), migrations: place(readDatabaseAddress(direct)!) };
}

function place({ host, port, database, project }: DatabaseAddress): string {
  return `${host}:${port}/${database}${project === undefined ? "" : ` (project ${project})`}`;
}
