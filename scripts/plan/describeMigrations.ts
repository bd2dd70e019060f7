import type { MigrationChange } from "./readMigrationChanges.ts";
import type { StackChanges } from "./stackChanges.ts";
import { count, cutText, groupBy, type Folded, type Item, list, type Room, type Section, type Words } from "./words.ts";

/** Each pending file once, with whom it reaches; files that reach the same databases together. */
export function describeMigrations(changes: StackChanges, room: Room): Section {
  const { migrations, mainDatabase } = changes;
  let left = room.files;
  const show = (one: MigrationChange): Folded[] => {
    if (one.sql === undefined || room.text === 0 || left-- <= 0) return [];
    return [{ summary: ["SQL of ", { code: one.file }], text: { language: "sql", text: cutText(one.sql, room) } }];
  };
  const groups = groupBy(migrations, ({ orchestras, spares }) => JSON.stringify([orchestras, spares]));
  const reached = groups.map((files): Item => {
    const { orchestras, spares } = files[0]!;
    return {
      words: [
        ...nameFiles(files, room),
        files.length === 1 ? " runs in " : " run in ",
        ...describeReach(orchestras, spares, room),
      ],
      folded: files.flatMap(show),
    };
  });
  const own = mainDatabase.migrations;
  const main: Item[] =
    own.length === 0
      ? []
      : [
          {
            words: [...nameFiles(own, room), own.length === 1 ? " runs" : " run", " in the main database"],
            folded: own.flatMap(show),
          },
        ];
  return { title: "Migrations: changes of the databases' structure", items: [...reached, ...main] };
}

function nameFiles(files: readonly MigrationChange[], room: Room): Words {
  return list(
    files.map(({ file }) => file),
    room,
  );
}

function describeReach(orchestras: string[], spares: string[], room: Room): Words {
  const few = { ...room, names: Math.min(room.names, 40) };
  const parts: Words[] = [
    ...(orchestras.length === 0
      ? []
      : [[{ strong: count(orchestras.length, "orchestra") }, " (", ...list(orchestras, few), ")"]]),
    ...(spares.length === 0
      ? []
      : [
          [
            { strong: `${count(spares.length, "database")} that ${spares.length === 1 ? "waits" : "wait"}` },
            " (",
            ...list(spares, few),
            ")",
          ],
        ]),
  ];
  return parts.flatMap((part, index): Words => (index === 0 ? part : [" and ", ...part]));
}
