import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { standInKey } from "../infra/config/schema/keySchema.ts";
import { readSourceFile } from "../infra/config/parseSource.ts";
import { parseStack } from "../infra/config/parseStack.ts";
import { readStackFile, standInUrl } from "../infra/config/readStackFile.ts";
import { UserError } from "../infra/errors.ts";
import { checkout } from "../infra/util/checkout.ts";
import { listStackFiles } from "./stack/stackFile.ts";
import { buildStackJsonSchema } from "./stack/stackJsonSchema.ts";

const schemaPath = join(checkout, "stacks", "schema.json");

/** Returns `schema`. */
export default function schemaCommand(): Command {
  return new Command("schema")
    .description("Writes stacks/schema.json, from which editors complete and check stack files.")
    .option("--check", "write nothing; exit 1 if it is out of date, or if a stack file in stacks/ is wrong")
    .action(async ({ check }: { check?: true }) => {
      if (check) process.exitCode = (await checkAll()) ? 0 : 1;
      else await writeFile(schemaPath, formatSchema());
    });
}

function formatSchema(): string {
  return `${JSON.stringify(buildStackJsonSchema(), null, 2)}\n`;
}

async function checkAll(): Promise<boolean> {
  const results = [await checkSchema(), ...listStackFiles().map(checkStackFile)];
  return results.every((good) => good);
}

async function checkSchema(): Promise<boolean> {
  const current = await readFile(schemaPath, "utf8").catch(() => "");
  if (current === formatSchema()) return true;
  console.error("stacks/schema.json is out of date: expected what infra/config/ says now. Run: ./stagesub schema");
  return false;
}

/** Checks all that can be seen without the stack's key; its secrets stay closed. */
function checkStackFile(stack: string): boolean {
  try {
    const raw = readStackFile(stack, readSourceFile(stack, checkout)!);
    parseStack(raw, { databaseUrl: standInUrl("environment"), standInKey });
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    return false;
  }
}
