import { stripVTControlCharacters } from "node:util";

import { count } from "../../infra/util/text.ts";
import { errorPc, pc } from "../cli/colours.ts";
import { formatTable } from "../cli/formatTable.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../cli/markdown.ts";
import { cutText } from "../preview/format/richText.ts";
import { exitCodeOf, type OrderedStack, type StackRun } from "./runStacks.ts";

const signs: Record<StackRun["outcome"], string> = {
  ...{ done: "✓", differs: "≠", failed: "✗", interrupted: "✗", skipped: "–", left: "–" },
};

/** Formats the line of a stack that has ended, and below it the whole output of a stack that failed or differs. */
export function formatRun(run: StackRun, progress: string): string {
  const { stack, outcome, seconds, summary, text } = run;
  const time = seconds > 0 ? `, ${seconds} s` : "";
  const line = `${signs[outcome]} ${stack} (${progress}${time}): ${summary}`;
  if (outcome === "done") return line;
  const output = text ? `\n${text.replaceAll(/^/gm, `${stack} │ `)}` : "";
  return `${outcome === "differs" ? errorPc.yellow(line) : errorPc.red(line)}${output}`;
}

/** Formats the order of a run: "3 stacks: production-1 → production-2, production-3". */
export function formatOrder(ordered: readonly OrderedStack[]): string {
  const depths = new Map<string, number>();
  for (const { stack, behind } of ordered)
    depths.set(stack, Math.max(-1, ...behind.map((other) => depths.get(other)!)) + 1);
  const stages = [...new Set(depths.values())].map((depth) =>
    [...depths].flatMap(([stack, at]) => (at === depth ? [stack] : [])).join(", "),
  );
  return `${count(ordered.length, "stack")}: ${stages.join(" → ")}`;
}

/** Formats one row for each stack, and the counts below. */
export function formatSummary(runs: readonly StackRun[]): string {
  const rows = runs.map(({ stack, outcome, seconds, summary }) => {
    const result = outcome === "done" ? pc.green(outcome) : outcome === "failed" ? pc.red(outcome) : outcome;
    return [stack, result, seconds > 0 ? seconds : "–", summary];
  });
  return `${formatTable(["stack", "result", "seconds", "summary"], rows, { right: ["seconds"] })}\n${describe(runs)}`;
}

/** GitHub's limit of a comment is 65,536 characters. */
const longest = 60_000;

/** Formats one comment over all stacks. Its first line is the hidden marker by which the comment is found again. */
export function formatMarkdown(action: string, patterns: readonly string[], runs: readonly StackRun[]): string {
  const marker = `<!-- stagesub-fleet ${action} ${patterns.join(" ").replace(/[^\w.*? -]/g, "")} -->`;
  const code = exitCodeOf(runs);
  const rows = runs.map(({ stack, outcome, seconds, summary }) =>
    [
      codeSpan(stack),
      `${signs[outcome]} ${outcome}`,
      seconds,
      escapeMarkdown(stripVTControlCharacters(summary), false),
    ].join(" | "),
  );
  const table = [
    "| stack | result | seconds | summary |",
    "| --- | --- | ---: | --- |",
    ...rows.map((row) => `| ${row} |`),
  ];
  const head = `${marker}\n## ${code === 0 ? "✅" : code === 7 ? "🟢" : "🔴"} fleet ${action}: ${describe(runs)}\n\n${table.join("\n")}\n`;
  const told = runs.filter(({ text, code }) => text !== undefined && code !== 0);
  const room = Math.floor((longest - head.length) / Math.max(told.length, 1)) - 200;
  if (room < 200) return `${head.slice(0, longest)}\n`;
  const details = told.map(
    ({ stack, text }) =>
      `\n<details><summary>${codeSpan(stack).replace(/`/g, "")}</summary>\n\n${codeBlock(cutText(stripVTControlCharacters(text!), { names: 0, text: room, files: 0 }), "text")}\n\n</details>\n`,
  );
  return head + details.join("");
}

/** Returns the result as plain data. */
export function toJson(action: string, runs: readonly StackRun[]) {
  return {
    action,
    exitCode: exitCodeOf(runs),
    stacks: runs.map(({ summary, text, ...run }) => ({
      ...run,
      summary: stripVTControlCharacters(summary),
      ...(text !== undefined && run.outcome !== "done" && { output: stripVTControlCharacters(text) }),
    })),
  };
}

/** Returns "2 done, 1 failed, 17 skipped". */
function describe(runs: readonly StackRun[]): string {
  const outcomes = (["done", "differs", "failed", "interrupted", "skipped", "left"] as const).map((outcome) => {
    const number = runs.filter((run) => run.outcome === outcome).length;
    return number > 0 ? [`${number} ${outcome}`] : [];
  });
  return `${count(runs.length, "stack")}: ${outcomes.flat().join(", ")}`;
}
