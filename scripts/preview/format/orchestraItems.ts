import { count } from "../../../infra/util/text.ts";
import type { OrchestraChange } from "../read/readOrchestraChanges.ts";
import type { StackChanges } from "../read/stackChanges.ts";
import { groupBy, type Inline, type Item, list, type SizeBudget } from "./richText.ts";

/** More orchestras than this of one kind share a line. */
const few = 10;

const kinds: { kind: OrchestraChange["kind"]; one: string; many: string; means?: string }[] = [
  { kind: "added", one: "is added", many: "added" },
  {
    kind: "deleted",
    one: "is deleted for good",
    many: "deleted for good",
    means: ": its database and its row are removed; only the last backup remains",
  },
  {
    kind: "retired",
    one: "is retired",
    many: "retired",
    means: ": the app loses access, the database is backed up and kept, the DNS record is removed",
  },
  {
    kind: "released",
    one: "may be deleted",
    many: "may be deleted",
    means: ": the change that removes its entry deletes its data",
  },
  { kind: "resumed", one: "returns from retirement", many: "return from retirement" },
  {
    kind: "suspended",
    one: "is suspended",
    many: "suspended",
    means: ": its page says so and nobody can sign in; its data stays",
  },
  { kind: "opened", one: "opens again", many: "open again" },
  { kind: "changed", one: "is changed", many: "changed" },
];

/** Lists each orchestra that is added, removed or changed; many of a kind share a line. */
export function orchestraItems({ orchestras, pool }: StackChanges, size: SizeBudget): Item[] {
  const formatManner = (change: OrchestraChange) => describeManner(change, pool?.made ?? []);
  return kinds.flatMap(({ kind, one, many, means = "" }): Item[] => {
    const own = orchestras.filter((orchestra) => orchestra.kind === kind);
    if (own.length > Math.min(few, size.names))
      return groupBy(own, formatManner).map((members) => ({
        line: [
          { strong: count(members.length, "orchestra") },
          ` ${many}${formatManner(members[0]!)}${means}: `,
          ...list(
            members.map(({ id }) => id),
            size,
          ),
        ],
      }));
    return own.map((orchestra) => {
      // Both values follow in the same line.
      const details = orchestra.details.filter(({ from, to }) => from === undefined || to === undefined);
      const manner = formatManner({ ...orchestra, details });
      return { line: [...formatName(orchestra), ` ${one}${manner}${means}`, ...formatDetails(orchestra)] };
    });
  });
}

function formatName({ id, name, host }: OrchestraChange): Inline[] {
  return [
    ...(name === undefined ? [{ code: id }] : [{ strong: name }, " (", { code: id }, ")"]),
    ...(host === undefined ? [] : [", ", { code: host }, ","]),
  ];
}

/** @param made the pool databases that the same change makes */
function describeManner({ kind, database, details }: OrchestraChange, made: readonly string[]): string {
  if (kind === "changed") return details.length === 0 ? "" : ` in ${details.map(({ what }) => what).join(", ")}`;
  if (kind !== "added") return "";
  if (database === "project") return " with a new Supabase project of its own (some minutes)";
  if (database === "adopted") return " on an existing database";
  return made.includes(database ?? "")
    ? " on a pool database that this change makes (some minutes)"
    : " on a free pool database (seconds)";
}

function formatDetails({ details, kind, database }: OrchestraChange): Inline[] {
  if (kind === "added" && database?.startsWith("pool-")) return [": ", { code: database }];
  const moves = details.flatMap(({ what, from, to }): Inline[] => {
    if (from === undefined || to === undefined) return [];
    const show = (value: string): Inline => (what === "address" ? { code: value } : { strong: value });
    return ["; ", `${what} from `, show(from), " to ", show(to)];
  });
  return moves.length === 0 ? [] : [": ", ...moves.slice(1)];
}
