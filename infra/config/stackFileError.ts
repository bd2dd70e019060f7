import { UserError } from "../errors.ts";
import { count, escapeInvisible } from "../util/text.ts";
import type { Problem } from "./problem.ts";

/** Returns the error for everything that is wrong with a stack file: in the order of the file, problems without a line last. */
export function stackFileError(stack: string, problems: readonly Problem[]): UserError {
  const sorted = [...problems].sort(inFileOrder);
  const head = `The stack file of "${stack}" has ${count(sorted.length, "problem")}; nothing was created or changed.`;
  return new UserError("stack-file", [head, ...sorted.map(formatProblem)].join("\n\n"), { problems: sorted });
}

function inFileOrder(a: Problem, b: Problem): number {
  const line = (problem: Problem) => problem.at?.line ?? Infinity;
  const column = (problem: Problem) => problem.at?.column ?? Infinity;
  if (line(a) !== line(b)) return line(a) - line(b);
  if (column(a) !== column(b)) return column(a) - column(b);
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function formatProblem(problem: Problem): string {
  const { at } = problem;
  const lines = [
    at === undefined ? problem.path : `${problem.path}  (${at.file}:${at.line}:${at.column})`,
    `  expected: ${problem.expected}`,
    `  got:      ${problem.got}`,
    ...(problem.why === undefined ? [] : [`  why:      ${problem.why}`]),
    `  do this:  ${problem.remedy}`,
  ];
  // A source excerpt with its caret spans lines; keep it under its label.
  return lines.map((line) => escapeInvisible(line).replaceAll("\n", "\n            ")).join("\n");
}
