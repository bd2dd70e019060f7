import { pc } from "../../cli/colours.ts";

import { escapeInvisible } from "../../../infra/util/text.ts";
import type { StackChanges } from "../read/stackChanges.ts";
import { buildReport } from "./buildReport.ts";
import type { Details, Inline, Item, SizeBudget } from "./richText.ts";

const size: SizeBudget = { names: 40, text: 6_000, files: 20 };

/** Renders a plan for a terminal, in colour if the terminal shows colours. */
export function renderText(changes: StackChanges): string {
  const { stack, verdict, headline, counts, alerts, sections, basis } = buildReport(changes, size);
  const paint = { nothing: pc.green, changes: pc.green, warned: pc.yellow, refused: pc.red };
  const blocks = [
    [paint[verdict](`${stack}: ${headline}`), ...(counts.length === 0 ? [] : [counts.map(renderLine).join(" · ")])],
    ...alerts.map(({ kind, items, inFull }) => {
      const all: Item[] = inFull.items.length > 0 ? inFull.items : items.map((line) => ({ line }));
      const sign = kind === "refused" ? "✗" : "!";
      return all.flatMap(({ line, details = [] }) => [
        paint[kind](`${sign} ${renderLine(line)}`),
        ...details.flatMap(({ block }) => renderBlock(block)),
      ]);
    }),
    ...sections.map(({ title, items }) => [
      pc.bold(title),
      ...items.flatMap(({ line, details = [] }) => [`  ${renderLine(line)}`, ...details.flatMap(renderDetails)]),
    ]),
    [pc.dim(renderLine(basis))],
  ];
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

/** Renders a plan's verdict and counts in one line. */
export function renderSummary(changes: StackChanges): string {
  const { headline, counts } = buildReport(changes, size);
  return [headline, ...counts.map(renderLine)].join(" · ");
}

function renderDetails({ summary, block, items = [] }: Details): string[] {
  return [
    `    ${pc.dim(`${renderLine(summary)}:`)}`,
    ...renderBlock(block),
    ...items.map((line) => `    - ${renderLine(line)}`),
  ];
}

function renderBlock(block: Details["block"]): string[] {
  return (block?.text.split("\n") ?? []).map((line) => `    ${pc.dim("│")} ${escapeInvisible(line)}`);
}

function renderLine(line: Inline[]): string {
  const pieces = line.map((piece) => {
    if (typeof piece === "string") return escapeInvisible(piece);
    if ("link" in piece) return `${piece.text} (${piece.link})`;
    return "code" in piece ? pc.cyan(escapeInvisible(piece.code)) : pc.bold(escapeInvisible(piece.strong));
  });
  return pieces.join("");
}
