import { cutAt, count } from "../../../infra/util/text.ts";

/** A piece of a line: plain text, a literal such as an id, emphasized text, or a link of our own. Nothing in it is escaped yet. */
export type Inline = string | { code: string } | { strong: string } | { text: string; link: string };

/** A plan as rich text, which a terminal and Markdown render. */
export interface Report {
  stack: string;
  verdict: "nothing" | "changes" | "warned" | "refused";
  headline: string;
  /** A summary in a few counts. */
  counts: Inline[][];
  /** The refusals and the warnings, each in a line; `inFull` is empty if the lines have said everything. */
  alerts: { kind: "refused" | "warned"; items: Inline[][]; inFull: Section }[];
  sections: Section[];
  /** The ground of the comparison. */
  basis: Inline[];
  closing: Inline[];
}

export interface Section {
  title: string;
  items: Item[];
}

/** A line of a section, and the details below it. */
export interface Item {
  line: Inline[];
  details?: Details[];
}

/** A part that Markdown folds away below its summary. */
export interface Details {
  /** Whether it is shown unfolded. */
  open?: boolean;
  summary: Inline[];
  /** A text that is shown verbatim: SQL, a message of many lines. */
  block?: { language: "sql" | "text"; text: string };
  items?: Inline[][];
}

/** The limits of a report, which keep it short enough for a comment. */
export interface SizeBudget {
  /** Names in a list, and lines of a kind. */
  names: number;
  /** Characters of SQL, and of a long message, for each; 0 leaves SQL out. */
  text: number;
  /** Files whose SQL is shown. */
  files: number;
}

/** Lists names up to the limit: "a, b, c … and 37 more". */
export function list(names: readonly string[], { names: limit }: Pick<SizeBudget, "names">): Inline[] {
  const line = names
    .slice(0, limit)
    .flatMap((name, index): Inline[] => [...(index === 0 ? [] : [", "]), { code: name }]);
  return names.length > limit ? [...line, ` … and ${names.length - limit} more`] : line;
}

/** Cuts items to the limit, with a last one that counts the rest. */
export function cut<T>(
  items: readonly T[],
  { names: limit }: Pick<SizeBudget, "names">,
  more: (left: number) => T,
): T[] {
  // One line that counts one item is no shorter than the item.
  return items.length <= limit + 1 ? [...items] : [...items.slice(0, limit), more(items.length - limit)];
}

/** Cuts a text of many lines to the limit, at the end of a line. */
export function cutText(text: string, { text: limit }: SizeBudget): string {
  if (text.length <= limit) return text;
  const lines = cutAt(text, limit).split("\n");
  const kept = (lines.length > 1 ? lines.slice(0, -1) : lines).join("\n");
  return `${kept}\n… ${count(text.length - kept.length, "character")} more`;
}

/** Groups the items that have one key, in the order of each group's first item. Node 20 has no `Map.groupBy`. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}
