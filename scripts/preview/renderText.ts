import pc from "picocolors";

import { escapeInvisible } from "../../infra/util/text.ts";
import { describeChanges } from "./describeChanges.ts";
import type { StackChanges } from "./stackChanges.ts";
import type { Folded, Report, Room, Words } from "./words.ts";

const room: Room = { names: 40, text: 6_000, files: 20 };

/** Renders a preview's meaning for a terminal, in colour if the terminal shows any. */
export function renderText(changes: StackChanges, colours: ReturnType<typeof pc.createColors> = pc): string {
  const { stack, verdict, headline, counts, alerts, sections, basis } = describeChanges(changes, room);
  const paint = { nothing: colours.green, changes: colours.green, warned: colours.yellow, refused: colours.red }[
    verdict
  ];
  const inline = (words: Words) =>
    words
      .map((word) => {
        if (typeof word === "string") return escapeInvisible(word);
        if ("link" in word) return `${word.text} (${word.link})`;
        return "code" in word ? colours.cyan(escapeInvisible(word.code)) : colours.bold(escapeInvisible(word.strong));
      })
      .join("");
  const folded = ({ summary, text, items = [] }: Folded): string[] => [
    `    ${colours.dim(`${inline(summary)}:`)}`,
    ...(text?.text.split("\n") ?? []).map((line) => `    ${colours.dim("│")} ${escapeInvisible(line)}`),
    ...items.map((words) => `    - ${inline(words)}`),
  ];
  const blocks = [
    [paint(`${stack}: ${headline}`), ...(counts.length === 0 ? [] : [counts.map(inline).join(" · ")])],
    ...alerts.map(({ kind, items }: Report["alerts"][number]) =>
      items.map((words) =>
        (kind === "refused" ? colours.red : colours.yellow)(`${kind === "refused" ? "✗" : "!"} ${inline(words)}`),
      ),
    ),
    ...sections.map(({ title, items }) => [
      colours.bold(title),
      ...items.flatMap(({ words, folded: below = [] }) => [`  ${inline(words)}`, ...below.flatMap(folded)]),
    ]),
    [colours.dim(inline(basis))],
  ];
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}
