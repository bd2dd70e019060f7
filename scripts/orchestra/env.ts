import path from "node:path";
import { Option } from "commander";

import { UserError } from "../../infra/errors.ts";
import { appVariables } from "./appVariables.ts";
import { formatDotenv } from "./formatDotenv.ts";
import { writePrivateFile } from "../cli/writePrivateFile.ts";
import { openStack } from "../stack/openStack.ts";
import { chooseOrchestras } from "../cli/chooseOrchestras.ts";
import { StackCommand } from "../cli/stackCommand.ts";

interface Options {
  stack: string;
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
