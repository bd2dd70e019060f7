import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

import { formatPath, type Problem } from "../../infra/config/problem.ts";
import { readStackFile } from "../../infra/config/readStackFile.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { readStackText } from "./openStack.ts";
import { UserError } from "../../infra/errors.ts";
import { noColours, pc } from "../cli/colours.ts";
import { print } from "../cli/output.ts";
import { formatStackDiff, planStackText } from "./stackFile.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { withStackLock } from "./withStackLock.ts";

/** A stack file before and after a change. */
export interface StackChange {
  before: string;
  after: string;
  /** The plan of the text after the change. */
  plan: Plan;
  written: boolean;
}

interface Options {
  /** Returns the option that brought the value at a path of the stack file, such as `stagesub:orchestras.malmo.name`. */
  optionOf?: OptionOf | undefined;
  dryRun?: boolean | undefined;
}

export type OptionOf = (path: string) => string | undefined;

/**
 * Changes a stack file, whole or not at all. Every command that edits one goes through this function: under the file's lock it reads the
 * newest text, changes it, checks the result as `pulumi preview` would, and replaces the file.
 *
 * @param change returns the new text, and throws to refuse
 * @throws {UserError}
 */
export async function changeStackFile(
  stack: string,
  change: (text: string) => string,
  { optionOf, dryRun }: Options = {},
): Promise<StackChange> {
  const attempt = () => {
    const before = readStackText(stack);
    // Refuses text that is no YAML, or YAML in a form that has no place for an edit, by the line of the current file.
    readStackFile(stack, { path: nameStackFile(stack), text: before });
    const after = change(before);
    return { before, after, plan: planChangedText(stack, before, after, optionOf), written: false };
  };
  if (dryRun) return attempt();
  readStackText(stack);
  // The file itself, if its name is a link.
  const file = realpathSync(path.join(checkout, nameStackFile(stack)));
  return withStackLock(file, nameStackFile(stack), () => {
    const changed = attempt();
    if (changed.after === changed.before) return changed;
    replaceFile(file, changed.after, () => {
      // Editors and `pulumi config set` know nothing of the lock.
      if (readStackText(stack) !== changed.before)
        throw new UserError(
          "busy",
          `${nameStackFile(stack)} was changed while this ran; nothing was written. Try again.`,
        );
    });
    return { ...changed, written: true };
  });
}

/**
 * Prints a change of a stack file: as JSON `data` with the change and the next command; for people the diff, whether it is written, and `lines`
 * below, which get the next command.
 */
export function printStackChange(
  stack: string,
  change: StackChange,
  json: true | undefined,
  data: object,
  lines: (next: string) => string[],
): void {
  const { written, before, after } = change;
  const file = nameStackFile(stack);
  const next = `pulumi preview -s ${stack}`;
  const diff = formatStackDiff(stack, change, json ? noColours : pc);
  const outcome =
    before === after ? `${file} stays as it is.` : written ? `${file} is written.` : "Nothing was written (--dry-run).";
  const text = () => [...(diff ? [`${diff}\n`] : []), outcome, ...lines(pc.bold(next))].join("\n");
  print({ json }, { written, diff, next, ...data }, text);
}

/**
 * Plans a stack file's text as a change has made it. A mistake that came with the change is reported as the option that brought it, and not as
 * a line of a file that was never written.
 */
export function planChangedText(
  stack: string,
  before: string,
  after: string,
  optionOf: OptionOf = () => undefined,
): Plan {
  try {
    return planStackText(stack, after);
  } catch (error) {
    if (!UserError.is(error, "stack-file")) throw error;
    const known = new Set(findProblems(stack, before).map(identify));
    const brought = error.fields.problems!.filter((problem) => !known.has(identify(problem)));
    // The file was wrong before, on lines that it has.
    if (brought.length === 0) {
      planStackText(stack, before);
      throw error;
    }
    const lines = brought.map(
      ({ path, expected, got, why, remedy }) =>
        `Expected ${optionOf(path) ?? path} to be ${expected}, got ${got}${why === undefined ? "" : `: ${why}`}. Do this: ${remedy}.`,
    );
    throw new UserError("command-line", `${lines.join("\n")}\nNothing was written.`);
  }
}

function findProblems(stack: string, text: string): readonly Problem[] {
  try {
    planStackText(stack, text);
    return [];
  } catch (error) {
    return (error instanceof UserError && error.fields.problems) || [];
  }
}

function identify({ path, expected, got }: Problem): string {
  return JSON.stringify([path, expected, got]);
}

/**
 * Returns the options that brought an orchestra's entry.
 *
 * @param options a key of the entry such as `contact.email`, and "" for the id → the option
 */
export function entryOptions(id: string, options: Record<string, string>): OptionOf {
  const byPath = new Map(
    Object.entries(options).map(([key, option]) => [
      formatPath(["stagesub:orchestras", id, ...key.split(".").filter((part) => part !== "")]),
      option,
    ]),
  );
  return (path) => byPath.get(path);
}

/** Writes beside the file and renames; `check` is the last step before the rename. */
function replaceFile(file: string, text: string, check: () => void): void {
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, text, { mode: statSync(file).mode });
    check();
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}
