import { count } from "../../infra/plan/count.ts";
import type { OrchestraChange, OrchestraDetail } from "./readOrchestraChanges.ts";
import type { StackChanges } from "./stackChanges.ts";
import { groupBy, type Item, list, type Room, type Section, type Words } from "./words.ts";

/** More orchestras than this of one kind are told in one line and a list. */
const few = 10;

const kinds: { kind: OrchestraChange["kind"]; title: string; means: string }[] = [
  { kind: "added", title: "added", means: "" },
  {
    kind: "deleted",
    title: "deleted for good",
    means: ": its database and its row go; what is left is the last backup",
  },
  {
    kind: "retired",
    title: "retired",
    means: ": the app is shut out, its database backed up and kept, its address taken away",
  },
  {
    kind: "released",
    title: "may be deleted from here on",
    means: ": the change that takes its lines out deletes its data",
  },
  { kind: "resumed", title: "comes back from retirement", means: "" },
  { kind: "suspended", title: "suspended", means: ": its page says so and nobody signs in; its data stays" },
  { kind: "opened", title: "opens again", means: "" },
  { kind: "changed", title: "changed", means: "" },
];

/** Describes each orchestra that comes, goes or differs; many of a kind as one. */
export function describeOrchestras({ orchestras }: StackChanges, room: Room): Section {
  const items = kinds.flatMap(({ kind, title, means }): Item[] => {
    const own = orchestras.filter((one) => one.kind === kind);
    if (own.length > Math.min(few, room.names)) return describeMany(own, title, means, room);
    return own.map((one) => ({ words: [...nameOf(one), ` ${describeOne(one, title)}`, ...describeDetails(one)] }));
  });
  return { title: "Orchestras", items };
}

function describeMany(own: OrchestraChange[], title: string, means: string, room: Room): Item[] {
  return groupBy(own, describeHow).map((members): Item => ({
    words: [
      { strong: `${count(members.length, "orchestra")}` },
      ` ${title}${describeHow(members[0]!)}${means}: `,
      ...list(
        members.map(({ id }) => id),
        room,
      ),
    ],
  }));
}

function nameOf({ id, name, host }: OrchestraChange): Words {
  return [
    ...(name === undefined ? [] : [{ strong: name }, " "]),
    ...(name === undefined ? [{ code: id }] : ["(", { code: id }, ")"]),
    ...(host === undefined ? [] : [", ", { code: host }, ","]),
  ];
}

function describeOne(one: OrchestraChange, title: string): string {
  const means = kinds.find(({ kind }) => kind === one.kind)!.means;
  const verb = /^(may|comes|opens)/.test(title) ? title : `is ${title}`;
  return `${verb}${describeHow(one)}${means}`;
}

function describeHow({ kind, database, details }: OrchestraChange): string {
  if (kind === "changed") return details.length === 0 ? "" : ` in ${details.map(({ what }) => what).join(", ")}`;
  if (kind !== "added") return "";
  if (database === "project") return " with a Supabase project of its own, made now (some minutes)";
  if (database === "adopted") return " on a database that exists already";
  return " on a database of the pool that waits already (seconds)";
}

function describeDetails({ details, kind, database }: OrchestraChange): Words {
  if (kind === "added" && database?.startsWith("pool-")) return [": ", { code: database }];
  const moves = details.filter(({ from, to }) => from !== undefined && to !== undefined);
  return moves.flatMap((detail, index): Words => [index === 0 ? ": " : "; ", ...describeMove(detail)]);
}

function describeMove({ what, from, to }: OrchestraDetail): Words {
  const show = (value: string): Words[number] => (what === "address" ? { code: value } : { strong: value });
  return [`${what} from `, show(from!), " to ", show(to!)];
}
