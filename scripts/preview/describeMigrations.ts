import { count } from "../../infra/plan/count.ts";
import { describeRollout } from "../../infra/plan/planRollout.ts";
import { describeEffects } from "../migrations/describeEffects.ts";
import type { DangerEffect } from "../../infra/database/migrations/rules/findDangers.ts";
import type { MigrationChange, RowsMet } from "./readMigrationChanges.ts";
import type { StackChanges } from "./stackChanges.ts";
import { cut, cutText, groupBy, type Folded, type Item, list, type Room, type Section, type Words } from "./words.ts";

type Danger = MigrationChange["dangers"][number];

/** The words for each effect of a danger. */
export const effectWords: Record<DangerEffect, string> = {
  destroys: "destroys",
  rewrites: "rewrites a table",
  locks: "locks",
  breaks: "breaks what runs",
  exposes: "opens to others",
  unseen: "cannot be judged",
};

/** Describes each pending file once, with its databases; files that reach the same databases together. */
export function describeMigrations(changes: StackChanges, room: Room): Section {
  const { migrations, mainDatabase } = changes;
  let left = room.files;
  const show = (one: MigrationChange): Folded[] => {
    if (one.sql === undefined || room.text === 0 || left-- <= 0) return [];
    return [{ summary: ["SQL of ", { code: one.file }], text: { language: "sql", text: cutText(one.sql, room) } }];
  };
  const groups = groupBy(migrations, ({ orchestras, spares }) => JSON.stringify([orchestras, spares]));
  const reached = groups.flatMap((files): Item[] => {
    const { orchestras, spares } = files[0]!;
    const words: Words = [
      ...nameFiles(files, room),
      files.length === 1 ? " runs in " : " run in ",
      ...describeReach(orchestras, spares, room),
    ];
    return [...describeDangers(files, room), { words, folded: files.flatMap(show) }];
  });
  const own = mainDatabase.migrations;
  const words: Words = [...nameFiles(own, room), own.length === 1 ? " runs" : " run", " in the main database"];
  const main = own.length === 0 ? [] : [...describeDangers(own, room), { words, folded: own.flatMap(show) }];
  return {
    title: "Migrations: changes of the databases' structure",
    items: [...describeOrder(changes), ...reached, ...main],
  };
}

/** Describes the effects of the new files when they were tried. */
export function describeReview({ review }: StackChanges, room: Room): Section {
  const title = "New migrations, tried on generated rows";
  if (!review || room.text === 0) return { title, items: [] };
  const items = review.files.map((reviewed): Item => {
    const { file, onData, emptyMs, down } = reviewed;
    const sentences = describeEffects(reviewed);
    const back = down.kind === "sql" ? " Its way back was run too." : "";
    const ran = onData
      ? `took ${duration(onData.ms)}.${back}`
      : emptyMs === undefined
        ? "was not run."
        : "ran on an empty database alone.";
    return {
      words: [{ code: file }, ` ${ran}`],
      ...(sentences.length > 0 && {
        folded: [
          {
            summary: ["What it did"],
            items: cut(
              sentences.map((one): Words => [one]),
              room,
              (left): Words => [`… and ${left} more`],
            ),
          },
        ],
      }),
    };
  });
  const most = Math.max(0, ...review.data.map(({ rows }) => rows));
  const where: Item[] =
    most === 0
      ? []
      : [
          {
            words: [
              `On a copy of the schema before, with up to ${count(most, "row")} a table. All pending files run in one transaction: a lock lasts until its end.`,
            ],
          },
        ];
  return { title, items: [...where, ...cut(items, room, (left): Item => ({ words: [`… and ${left} more`] }))] };
}

/** Rounds a duration to coarse steps: a machine's mood is not what a reviewer looks for. */
function duration(ms: number): string {
  return ms < 1_000 ? "less than a second" : count(Math.round(ms / 1_000), "second");
}

function describeOrder({ rollout }: StackChanges): Item[] {
  if (!rollout) return [];
  const failure =
    rollout.onError === "stop"
      ? " What fails in one stops those after it."
      : " What fails in the canary stops those after it; what fails in a wave stops nobody else.";
  return [{ words: ["Order: ", { strong: describeRollout(rollout) }, `.${failure}`] }];
}

function describeDangers(files: readonly MigrationChange[], room: Room): Item[] {
  const items = files.flatMap(({ dangers }) => dangers.map(describeDanger));
  return cut(items, room, (left) => ({ words: [`… and ${left} more findings`] }));
}

function describeDanger({ file, line, statement, rule, effect, refused, says, instead, accepted, rows }: Danger): Item {
  const verdict = refused ? "Refused" : accepted === undefined ? "Warning" : "Accepted";
  const end: Words =
    accepted !== undefined
      ? [` The file accepts it: ${accepted}`]
      : [` Instead: ${instead}`, ...(refused ? acceptWords(rule) : [])];
  return {
    words: [
      { strong: `${verdict}: ${effectWords[effect]}` },
      ". ",
      { code: `${file}:${line}` },
      " ",
      { code: statement },
      ` ${says}${rows ? describeRows(rows) : ""}`,
      ...end,
    ],
  };
}

/** Says at how many rows, and where most of them are. */
export function describeRows({ total, exact, databases, most, unreachable }: RowsMet): string {
  const rows = `${exact ? "" : "about "}${count(total, "row")}`;
  const where =
    databases < 2
      ? ""
      : ` in ${databases} databases${most && most.rows * databases > total ? `, most in ${most.id}: ${most.rows}` : ""}`;
  const unseen = unreachable.length === 0 ? "" : ` ${count(unreachable.length, "database")} could not be asked.`;
  return `${databases === 0 ? "" : ` It meets ${rows}${where}.`}${unseen}`;
}

function acceptWords(rule: string): Words {
  return [" To have it all the same, put above it: ", { code: `-- accept: ${rule}: why` }];
}

function nameFiles(files: readonly MigrationChange[], room: Room): Words {
  return list(
    files.map(({ file }) => file),
    room,
  );
}

function describeReach(orchestras: string[], spares: string[], room: Room): Words {
  const parts: Words[] = [
    ...(orchestras.length === 0
      ? []
      : [[{ strong: count(orchestras.length, "orchestra") }, " (", ...list(orchestras, room), ")"]]),
    ...(spares.length === 0
      ? []
      : [
          [
            { strong: `${count(spares.length, "database")} that ${spares.length === 1 ? "waits" : "wait"}` },
            " (",
            ...list(spares, room),
            ")",
          ],
        ]),
  ];
  return parts.flatMap((part, index): Words => (index === 0 ? part : [" and ", ...part]));
}
