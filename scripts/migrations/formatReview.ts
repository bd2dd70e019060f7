import Table from "cli-table3";
import pc from "picocolors";
import { describeEffects, formatRows } from "./describeEffects.ts";
import { isRefused, type MigrationReview, type ReviewedMigration, type ReviewProblem } from "./migrationReview.ts";

/** Formats a row for each new file with its effects below, then the problems and the verdict. */
export function formatReview(review: MigrationReview): string {
  const { files, problems, data, base } = review;
  const against = `${base.ref} (${base.commit.slice(0, 10)})`;
  if (files.length === 0 && problems.length === 0) return `No new migration beside those of ${against}.`;
  const hasRun = files.some(({ emptyMs }) => emptyMs !== undefined);
  const sections = [
    files.length > 0 ? formatFiles(files) : "",
    files.flatMap(formatEffects).join("\n"),
    data.length > 0 ? describeData(review) : "",
    problems.map(formatProblem).join("\n"),
    files.length > 0 && !hasRun ? "Nothing was run: first correct what is named above." : "",
    formatVerdict(review, against),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function formatFiles(files: ReviewedMigration[]): string {
  const table = new Table({
    head: ["new file", "way back", "without rows", "with data", "strongest lock", "rewrites"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  for (const { folder, file, down, emptyMs, onData } of files)
    table.push([
      `${folder}/${file}`,
      { sql: "yes", none: "none, said why", missing: pc.red("none") }[down.kind],
      duration(emptyMs),
      duration(onData?.ms),
      onData?.locks[0]?.mode ?? "–",
      onData ? sum(onData.rewritten.map(({ rows }) => rows)) : "–",
    ]);
  return table.toString();
}

function duration(ms: number | undefined): string {
  return ms === undefined ? "–" : `${ms} ms`;
}

function sum(rows: number[]): string {
  return rows.length === 0 ? "nothing" : formatRows(rows.reduce((a, b) => a + b, 0));
}

/** Returns the file, and a sentence for each of its effects. */
function formatEffects(reviewed: ReviewedMigration): string[] {
  const sentences = describeEffects(reviewed);
  const { folder, file } = reviewed;
  return sentences.length === 0 ? [] : [`${folder}/${file}`, ...sentences.map((sentence) => `  ${sentence}`)];
}

function describeData({ data }: MigrationReview): string {
  const most = Math.max(...data.map(({ rows }) => rows));
  const fewer = data.filter(({ why }) => why !== undefined);
  return [
    `The copy with data: ${data.length} tables of the schema before, up to ${formatRows(most)} each, generated. In production all pending ` +
      "files run in one transaction, and a lock lasts until its end.",
    ...fewer.map(({ table, rows, why }) =>
      pc.yellow(`  ${table} has ${rows === 0 ? "no rows" : formatRows(rows)}: ${why}`),
    ),
  ].join("\n");
}

function formatProblem({ folder, file, line, says, instead, accepted }: ReviewProblem): string {
  const text = `migrations/${folder}/${file}${line === undefined ? "" : `:${line}`}: ${says}`;
  if (accepted !== undefined) return pc.yellow(`! ${text} Accepted in the file: ${accepted}`);
  return pc.red(`✗ ${text} ${instead}`);
}

function formatVerdict(review: MigrationReview, against: string): string {
  const count = `${review.files.length} new beside ${against}`;
  if (!isRefused(review)) return `${count}: ${pc.green("nothing stands against them")}.`;
  const refusals = review.problems.filter(({ accepted }) => accepted === undefined).length;
  return `${count}: ${pc.red(`refused, for ${refusals} ${refusals === 1 ? "reason" : "reasons"}`)}.`;
}
