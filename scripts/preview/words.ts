import { cutAt } from "../../infra/util/text.ts";
import { count } from "../../infra/plan/count.ts";

/** A piece of a sentence: text as it is, something to be taken literally, something that stands out, a link of our own. Nothing of it is marked up yet. */
export type Words = (string | { code: string } | { strong: string } | { text: string; link: string })[];

/** A report in words, for a terminal and for Markdown alike. */
export interface Report {
  stack: string;
  verdict: "nothing" | "changes" | "warned" | "refused";
  headline: string;
  /** A summary in a few counts. */
  counts: Words[];
  /** The refusals and the warnings, each in a line. */
  alerts: { kind: "refused" | "warned"; items: Words[] }[];
  sections: Section[];
  /** The ground of the comparison. */
  basis: Words;
  closing: Words;
}

export interface Section {
  title: string;
  items: Item[];
}

/** A line of a section, and what can be unfolded below it. */
export interface Item {
  words: Words;
  folded?: Folded[];
}

export interface Folded {
  /** Whether it is shown unfolded. */
  open?: boolean;
  summary: Words;
  /** A text that is shown as it is: SQL, a message of many lines. */
  text?: { language: "sql" | "text"; text: string };
  items?: Words[];
}

/** The limits of a report, which is cut before it becomes too long for a comment. */
export interface Room {
  /** Names in a list, and lines of a kind. */
  names: number;
  /** Characters of SQL, and of a long message, for each; 0 leaves SQL out. */
  text: number;
  /** Files whose SQL is shown. */
  files: number;
}

/** Lists names, cut where there is no room: "a, b, c … and 37 more". */
export function list(names: readonly string[], room: Room): Words {
  const shown = names.slice(0, room.names);
  const words = shown.flatMap((name, index): Words => (index === 0 ? [{ code: name }] : [", ", { code: name }]));
  return names.length > shown.length ? [...words, ` … and ${names.length - shown.length} more`] : words;
}

/** Cuts items where there is no room. */
export function cut<T>(items: readonly T[], room: Room, more: (left: number) => T): T[] {
  // One line that says that one is left out is no shorter.
  if (items.length <= room.names + 1) return [...items];
  return [...items.slice(0, room.names), more(items.length - room.names)];
}

/** Cuts a text of many lines at the end of a line, where there is no room. */
export function cutText(text: string, room: Room): string {
  if (text.length <= room.text) return text;
  const lines = cutAt(text, room.text).split("\n");
  const kept = lines.length > 1 ? lines.slice(0, -1) : lines;
  return `${kept.join("\n")}\n… ${count(text.length - kept.join("\n").length, "character")} more`;
}

/** Groups the items that have one key, in the order of each group's first. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}
