import type { DangerEffect } from "../../../infra/database/migrations/rules/findDangers.ts";
import { count } from "../../../infra/util/text.ts";
import { describeRollout } from "../../../infra/plan/planRollout.ts";
import { describeEffects } from "../../migrations/describeEffects.ts";
import type { MigrationChange, RowsMet } from "../read/readMigrationChanges.ts";
import type { StackChanges } from "../read/stackChanges.ts";
import { cut, cutText, type Details, groupBy, type Inline, type Item, list, type SizeBudget } from "./richText.ts";

/** The words for each effect of a danger. */
export const effectWords: Record<DangerEffect, string> = {
  destroys: "destroys",
  rewrites: "rewrites a table",
  locks: "locks",
  breaks: "breaks what runs",
  exposes: "opens to others",
  unseen: "cannot be judged",
};

/** Lists each pending file once, with the databases that it reaches; files that reach the same databases share a line. */
export function migrationItems({ migrations, mainDatabase, rollout }: StackChanges, size: SizeBudget): Item[] {
  let left = size.files;
  const show = ({ file, sql }: MigrationChange): Details[] => {
    if (sql === undefined || size.text === 0 || left-- <= 0) return [];
    return [{ summary: ["SQL of ", { code: file }], block: { language: "sql", text: cutText(sql, size) } }];
  };
  const listFiles = (files: readonly MigrationChange[], reach: Inline[]): Item[] => {
    const names = list(
      files.map(({ file }) => file),
      size,
    );
    const line = [...names, files.length === 1 ? " runs in " : " run in ", ...reach];
    return [{ line, details: files.flatMap(show) }];
  };
  const groups = groupBy(migrations, ({ orchestras, spares }) => JSON.stringify([orchestras, spares]));
  const order: Item[] = rollout
    ? [
        {
          line: [
            "Order: ",
            { strong: describeRollout(rollout) },
            rollout.onError === "stop"
              ? ". A failure stops every later step."
              : ". A failure in the canary stops every later step; a failure in a wave stops no other orchestra.",
          ],
        },
      ]
    : [];
  return [
    ...order,
    ...groups.flatMap((files) => listFiles(files, formatReach(files[0]!, size))),
    ...(mainDatabase.migrations.length > 0 ? listFiles(mainDatabase.migrations, ["the main database"]) : []),
  ];
}

/** Lists the effects of the new files on a database with generated rows. */
export function reviewItems({ review }: StackChanges, size: SizeBudget): Item[] {
  if (!review || size.text === 0) return [];
  const files = review.files.map((reviewed): Item => {
    const { file, onData, emptyMs, down } = reviewed;
    const result = onData
      ? ` took ${formatDuration(onData.ms)}.${down.kind === "sql" ? " Its down migration ran too." : ""}`
      : emptyMs === undefined
        ? " was not run."
        : " ran on an empty database only.";
    const effects = describeEffects(reviewed).map((sentence): Inline[] => [sentence]);
    const items = cut(effects, size, (left): Inline[] => [`… and ${left} more`]);
    return {
      line: [{ code: file }, result],
      ...(items.length > 0 && { details: [{ summary: ["Effects"], items }] }),
    };
  });
  const most = Math.max(0, ...review.data.map(({ rows }) => rows));
  const basis = `On a copy of the previous schema, with up to ${count(most, "row")} a table. All pending files run in one transaction, which holds its locks to its end.`;
  return [
    ...(most === 0 ? [] : [{ line: [basis] }]),
    ...cut(files, size, (left): Item => ({ line: [`… and ${left} more`] })),
  ];
}

/** Rounds a duration to whole seconds: the load of a machine tells a reviewer nothing. */
function formatDuration(ms: number): string {
  return ms < 1_000 ? "less than a second" : count(Math.round(ms / 1_000), "second");
}

/** Returns sentences with the number of rows that a statement meets, and the database with most of them. */
export function formatRows({ total, exact, databases, most, unknown, unreachable }: RowsMet): string {
  const where =
    databases < 2
      ? ""
      : ` across ${databases} databases${most && most.rows * databases > total ? `, most in ${most.id}: ${most.rows}` : ""}`;
  const counted = databases === 0 ? "" : ` Affects ${exact ? "" : "about "}${count(total, "row")}${where}.`;
  const uncounted = unknown.length === 0 ? "" : ` The number of rows is unknown in ${unknown.join(", ")}.`;
  const unseen = unreachable.length === 0 ? "" : ` ${count(unreachable.length, "database")} could not be reached.`;
  return `${counted}${uncounted}${unseen}`;
}

function formatReach({ orchestras, spares }: MigrationChange, size: SizeBudget): Inline[] {
  const name = (ids: string[], noun: string): Inline[] =>
    ids.length === 0 ? [] : [{ strong: count(ids.length, noun) }, " (", ...list(ids, size), ")"];
  const both = orchestras.length > 0 && spares.length > 0;
  return [...name(orchestras, "orchestra"), ...(both ? [" and "] : []), ...name(spares, "free database")];
}
