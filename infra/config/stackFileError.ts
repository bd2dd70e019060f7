import { escapeInvisible } from "../util/text.ts";
import type { Problem } from "./problem.ts";

/**
 * Everything that is wrong with a stack file, at once. A mistake that its reader can mend: show the message, not the stack.
 * Raised before anything is created.
 */
export class StackFileError extends Error {
  override readonly name = "StackFileError";
  /** In the order of the file; those without a line come last. */
  readonly problems: readonly Problem[];

  constructor(stack: string, problems: readonly Problem[]) {
    const sorted = [...problems].sort(inFileOrder);
    super(formatProblems(stack, sorted));
    this.problems = sorted;
  }
}

function inFileOrder(a: Problem, b: Problem): number {
  const line = (problem: Problem) => problem.at?.line ?? Infinity;
  const column = (problem: Problem) => problem.at?.column ?? Infinity;
  if (line(a) !== line(b)) return line(a) - line(b);
  if (column(a) !== column(b)) return column(a) - column(b);
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function formatProblems(stack: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const head = `The stack file of "${stack}" has ${count}; nothing was created or changed.`;
  return [head, ...problems.map(formatProblem)].join("\n\n");
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
