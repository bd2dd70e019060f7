import path from "node:path";

import { Option } from "commander";

import { UserError } from "../../infra/errors.ts";
import { writePrivateFile } from "../cli/writePrivateFile.ts";
import { openStack, type OpenStack } from "../stack/openStack.ts";
import { chooseOrchestras } from "../cli/chooseOrchestras.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

interface Options extends StackOptions {
  orchestra?: string;
  file?: string;
  stdout?: true;
}

/** Returns `env`: prints the app's connection strings, in dotenv form. */
export default function envCommand(): StackCommand {
  return new StackCommand("env")
    .description(
      "Writes what the app needs in dotenv form: DATABASE_URL (the main database) and DATABASE_URL_POOL_N (each pool database that " +
        "is not retired, with the app's own role). Holds passwords: to a file that only you can read, or to standard output if asked.",
    )
    .option("--orchestra <id>", "only this orchestra's own database, as DATABASE_URL")
    .option("--file <path>", "the file to write, or to replace, with mode 600")
    .addOption(new Option("--stdout", "to standard output").conflicts("file"))
    .action((options: Options) => writeVariables(options));
}

async function writeVariables({ stack: name, orchestra, file, stdout }: Options): Promise<void> {
  if (file === undefined && !stdout)
    throw new UserError(
      "command-line",
      "Expected --file <path>, or --stdout to show passwords on standard output; got neither.",
    );
  const stack = await openStack(name);
  if (orchestra !== undefined) chooseOrchestras(stack.plan.orchestras, [orchestra]);
  const variables = appVariables(stack, orchestra);
  const text = formatDotenv(variables);
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  const target = path.resolve(file);
  await writePrivateFile(target, text);
  console.error(`Wrote ${Object.keys(variables).join(", ")} to ${target}, for your eyes only (mode 600).`);
}

/**
 * Returns the variables that the app reads: `DATABASE_URL`, the main database, and `DATABASE_URL_POOL_N` for each pool database that
 * may be used, spares too. For one orchestra, returns its own URL as `DATABASE_URL`. All secret.
 *
 * @throws {UserError} for an orchestra, or a pool database, that was not provisioned yet
 */
export function appVariables(
  { config, plan, outputs }: Pick<OpenStack, "config" | "plan" | "outputs">,
  orchestra?: string,
): Record<string, string> {
  const urlOf = (key: string): string => {
    const url = outputs.connections[key];
    if (url === undefined)
      throw new UserError(
        "orchestra-not-ready",
        `Expected the URL of ${key} among the stack's outputs, found none. Run \`pulumi up\`.`,
      );
    return url;
  };
  if (orchestra !== undefined && plan.orchestras.some(({ id, state }) => id === orchestra && state === "retired"))
    throw new UserError(
      "orchestra-not-ready",
      `${orchestra} is retired: its app's login is shut out, so there is nothing to connect with.`,
    );
  if (orchestra !== undefined) return { DATABASE_URL: urlOf(orchestra) };
  const closed = new Set(plan.orchestras.filter(({ state }) => state === "retired").map(({ id }) => id));
  const usable = plan.pool.filter(
    ({ state }) => state.kind !== "retired" && !(state.kind === "claimed" && closed.has(state.orchestra)),
  );
  const pool = usable.map(({ number, name }) => [`DATABASE_URL_POOL_${number}`, urlOf(name)]);
  return { DATABASE_URL: config.databaseUrl, ...(Object.fromEntries(pool) as Record<string, string>) };
}

/** Formats `NAME="url"` lines. */
export function formatDotenv(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, url]) => `${name}="${escapeUrl(url)}"\n`)
    .join("");
}

/**
 * The same URL without a character that any reader of dotenv files, dotenv-expand or a shell takes for more than itself: quotes,
 * `$`, backslash, backtick, white space and whatever is not ASCII are percent-encoded, which a URL may have anywhere.
 */
export function escapeUrl(url: string): string {
  return url.replace(/[^\w\-.~:/?#[\]@!&()*+,;=%]/gu, (character) => {
    const bytes = [...Buffer.from(character)];
    return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}
