import { realpathSync, statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createTwoFilesPatch } from "diff";
import pc from "picocolors";

import { readEnvironment } from "../infra/config/environment.ts";
import { parseStack } from "../infra/config/parseStack.ts";
import { readStackFile, standInUrl } from "../infra/config/readStackFile.ts";
import { StackFileError } from "../infra/config/stackFileError.ts";
import { readSources } from "../infra/database/sources.ts";
import { type Plan, planStack } from "../infra/plan/planStack.ts";
import { checkout, readStackText } from "./openStack.ts";
import { CommandError } from "./orchestra/commandError.ts";

type Colours = ReturnType<typeof pc.createColors>;

/**
 * Checks a stack file's text as `pulumi preview` would, and plans it. Needs neither Pulumi nor the stack's key: secrets stay
 * closed, and stand-ins take their place.
 *
 * @throws {StackFileError | PlanError} with what a preview would say
 */
export function planStackText(stack: string, text: string): Plan {
  const raw = readStackFile(stack, { path: nameStackFile(stack), text });
  const config = parseStack(raw, { databaseUrl: standInUrl("environment"), ...readEnvironment(process.env) });
  return planStack(config, readSources(config.supabase.caFile));
}

/**
 * Plans a stack file's text as an edit has made it. A mistake that came with the edit is the option's which brought it, and not a line's of a
 * file that was never written.
 *
 * @param optionOf the option that a path of the stack file comes from, such as `stagesub:orchestras.malmo.name`
 * @throws {CommandError | StackFileError | PlanError}
 */
export function planEditedText(
  stack: string,
  before: string,
  after: string,
  optionOf: (path: string) => string | undefined,
): Plan {
  try {
    return planStackText(stack, after);
  } catch (error) {
    if (!(error instanceof StackFileError)) throw error;
    const known = new Set(findProblems(stack, before).map(({ path }) => path));
    const brought = error.problems.flatMap((problem) => {
      const option = known.has(problem.path) ? undefined : optionOf(problem.path);
      return option === undefined ? [] : [{ ...problem, option }];
    });
    if (brought.length === 0) throw error;
    const lines = brought.map(
      ({ option, expected, got, why, remedy }) =>
        `Expected ${option} to be ${expected}, got ${got}${why === undefined ? "" : `: ${why}`}. Do this: ${remedy}.`,
    );
    throw new CommandError(`${lines.join("\n")}\nNothing was written.`, 2);
  }
}

function findProblems(stack: string, text: string): readonly { path: string }[] {
  try {
    planStackText(stack, text);
    return [];
  } catch (error) {
    return error instanceof StackFileError ? error.problems : [];
  }
}

/** What would change, as a unified diff; in colour where the terminal shows it. "" where nothing would. */
export function formatStackDiff(stack: string, before: string, after: string, colours: Colours = pc): string {
  if (before === after) return "";
  const name = nameStackFile(stack);
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, { context: 3 });
  const lines = patch.trimEnd().split("\n").slice(1); // the first is a row of =
  return lines.map((line) => paint(line, colours)).join("\n");
}

/**
 * Replaces a stack file, whole or not at all.
 *
 * @throws {CommandError} when somebody changed it since `before` was read
 */
export async function writeStackText(stack: string, before: string, after: string): Promise<void> {
  if (readStackText(stack) !== before) {
    throw new CommandError(`${nameStackFile(stack)} was changed while this ran; nothing was written. Try again.`);
  }
  const file = realpathSync(path.join(checkout, nameStackFile(stack)));
  const temporary = `${file}.${process.pid}.new`;
  try {
    await writeFile(temporary, after, { mode: statSync(file).mode, flag: "wx" });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** "stacks/Pulumi.local.yaml": as messages name it. */
export function nameStackFile(stack: string): string {
  return `stacks/Pulumi.${stack}.yaml`;
}

function paint(line: string, colours: Colours): string {
  if (line.startsWith("+")) return colours.green(line);
  if (line.startsWith("-")) return colours.red(line);
  return line.startsWith("@@") ? colours.cyan(line) : line;
}
