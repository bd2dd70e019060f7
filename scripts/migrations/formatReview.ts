import { pc } from "../cli/colours.ts";
import { formatTable } from "../cli/formatTable.ts";
import type { SqlDanger } from "../../infra/database/migrations/rules/findDangers.ts";
import { count } from "../../infra/util/text.ts";
import { describeEffects, formatRows } from "./describeEffects.ts";
import { isRefused, type MigrationReview, type ReviewedMigration, type ReviewProblem } from "./migrationReview.ts";

/** Formats a row for each new file with its effects below, then the problems and the verdict. */
export function formatReview(review: MigrationReview, width = Infinity): string {
  const { files, problems, dangers, data, base } = review;
  const against = `${base.ref} (${base.commit.slice(0, 10)})`;
  if (files.length === 0 && problems.length === 0) return `No new migration compared with ${against}.`;
  const hasRun = files.some(({ emptyMs }) => emptyMs !== undefined);
  const refusals = [...problems, ...dangers.filter(({ refused }) => refused)].filter(
    (one) => one.accepted === undefined,
  );
  const verdict = isRefused(review)
    ? pc.red(`refused for ${count(refusals.length, "reason")}`)
    : pc.green("no objections");
  const sections = [
    files.length > 0 ? formatFiles(files, width) : "",
    files.flatMap(formatEffects).join("\n"),
    data.length > 0 ? formatData(review) : "",
    [...problems.map(formatProblem), ...dangers.map(formatDanger)].join("\n"),
    files.length > 0 && !hasRun ? "No file was run: correct the problems above first." : "",
    `${files.length} new compared with ${against}: ${verdict}.`,
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function formatFiles(files: ReviewedMigration[], width: number): string {
  const rows = files.map(({ folder, file, down, emptyMs, onData }) => {
    const rewritten = onData?.rewritten.map(({ rows }) => rows);
    return [
      `${folder}/${file}`,
      { sql: "yes", none: "none, with reason", missing: pc.red("missing") }[down.kind],
      emptyMs === undefined ? "–" : `${emptyMs} ms`,
      onData === undefined ? "–" : `${onData.ms} ms`,
      onData?.locks[0]?.mode ?? "–",
      rewritten === undefined
        ? "–"
        : rewritten.length === 0
          ? "nothing"
          : formatRows(rewritten.reduce((sum, rows) => sum + rows, 0)),
    ];
  });
  const head = ["new file", "down", "without rows", "with rows", "strongest lock", "rewrites"];
  return formatTable(head, rows, { width, optional: ["without rows", "rewrites"] });
}

function formatEffects(reviewed: ReviewedMigration): string[] {
  const sentences = describeEffects(reviewed);
  const { folder, file } = reviewed;
  return sentences.length === 0 ? [] : [`${folder}/${file}`, ...sentences.map((sentence) => `  ${sentence}`)];
}

function formatData({ data }: MigrationReview): string {
  const most = Math.max(...data.map(({ rows }) => rows));
  const fewer = data.flatMap(({ table, rows, why }) =>
    why === undefined ? [] : [pc.yellow(`  ${table} has ${rows === 0 ? "no rows" : formatRows(rows)}: ${why}`)],
  );
  return [
    `Generated rows: up to ${formatRows(most)} in each of ${data.length} tables of the previous schema. In production all pending files run in one ` +
      "transaction, which holds its locks to its end.",
    ...fewer,
  ].join("\n");
}

function formatProblem({ folder, file, line, says, instead, accepted }: ReviewProblem): string {
  const text = `migrations/${folder}/${file}${line === undefined ? "" : `:${line}`}: ${says}`;
  return accepted === undefined
    ? pc.red(`✗ ${text} ${instead}`)
    : pc.yellow(`! ${text} Accepted in the file: ${accepted}`);
}

function formatDanger({ file, line, rule, statement, says, instead, refused, accepted }: SqlDanger): string {
  const text = `${file}:${line}: ${rule}: ${statement}\n  ${says}`;
  if (accepted !== undefined) return pc.yellow(`! ${text} Accepted in the file: ${accepted}`);
  return refused ? pc.red(`✗ ${text} ${instead}`) : pc.yellow(`! ${text} ${instead}`);
}
