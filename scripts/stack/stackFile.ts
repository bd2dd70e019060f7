import { readdirSync } from "node:fs";
import path from "node:path";

import { createTwoFilesPatch } from "diff";

import type { Colours } from "../cli/colours.ts";
import { readEnvironment } from "../../infra/config/environment.ts";
import { standInKey } from "../../infra/config/schema/keySchema.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { parseStack } from "../../infra/config/parseStack.ts";
import { readStackFile, standInUrl } from "../../infra/config/readStackFile.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { readSources } from "../../infra/database/sources.ts";
import { type Plan, planStack } from "../../infra/plan/planStack.ts";

/**
 * Checks a stack file's text as `pulumi preview` would, and plans it. Needs neither Pulumi nor the stack's key: secrets stay
 * closed, and stand-ins take their place.
 *
 * @throws {UserError} with a preview's error
 */
export function planStackText(stack: string, text: string): Plan {
  const raw = readStackFile(stack, { path: nameStackFile(stack), text });
  const environment = readEnvironment(process.env);
  const databaseUrl = environment.databaseUrl ?? standInUrl("environment");
  const config = parseStack(raw, { ...environment, databaseUrl, standInKey });
  return planStack(config, readSources(config.supabase.caFile));
}

/** Lists the stacks that have a file, "production-2" before "production-10". */
export function listStackFiles(): string[] {
  const names = readdirSync(path.join(checkout, "stacks")).flatMap(
    (file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [],
  );
  return names.sort(new Intl.Collator("en", { numeric: true }).compare);
}

/** Returns a change as a unified diff. "" where nothing changes. */
export function formatStackDiff(
  stack: string,
  { before, after }: { before: string; after: string },
  colours: Colours,
): string {
  if (before === after) return "";
  const name = nameStackFile(stack);
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, { context: 3 });
  const lines = patch.trimEnd().split("\n").slice(1); // the first is a row of =
  return lines.map((line) => paint(line, colours)).join("\n");
}

function paint(line: string, colours: Colours): string {
  if (line.startsWith("+")) return colours.green(line);
  if (line.startsWith("-")) return colours.red(line);
  return line.startsWith("@@") ? colours.cyan(line) : line;
}
