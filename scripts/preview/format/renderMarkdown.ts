import type { StackChanges } from "../read/stackChanges.ts";
import { buildReport } from "./buildReport.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../../cli/markdown.ts";
import type { Details, Inline, Item, Report, SizeBudget } from "./richText.ts";

/** GitHub refuses a comment of more than 65,536 characters. */
const longest = 60_000;

/** From most to least. */
const budgets: SizeBudget[] = [
  { names: 60, text: 6_000, files: 6 },
  { names: 40, text: 3_000, files: 6 },
  { names: 20, text: 1_500, files: 4 },
  { names: 8, text: 600, files: 2 },
  { names: 3, text: 200, files: 0 },
];

/**
 * Renders a plan as Markdown for a comment and a job's summary, in at most 60,000 characters. Its first line is the marker by which the
 * comment is found again; verdict, counts and alerts are within the first fifteen lines.
 */
export function renderMarkdown(changes: StackChanges): string {
  let text = "";
  for (const size of budgets) {
    text = renderReport(buildReport(changes, size));
    if (text.length < longest) return text;
  }
  const lines = text.slice(0, longest - 200).split("\n");
  return `${lines.slice(0, 15).join("\n")}\n\nThe rest is too long for a comment: run the command on a terminal.\n`;
}

function markerFor(stack: string): string {
  return `<!-- stagesub-plan stack=${stack.replace(/[^\w.-]/g, "")} -->`;
}

const signs = { nothing: "✅", changes: "🟢", warned: "🟠", refused: "🔴" };

function renderReport({ stack, verdict, headline, counts, alerts, sections, basis, closing }: Report): string {
  const blocks = [
    `${markerFor(stack)}\n## ${signs[verdict]} ${escapeMarkdown(stack)}: ${escapeMarkdown(headline)}`,
    counts.map(renderLine).join(" · "),
    ...alerts.map(({ kind, items }) =>
      [`> [!${kind === "refused" ? "CAUTION" : "WARNING"}]`, ...items.map((line) => `> - ${renderLine(line)}`)].join(
        "\n",
      ),
    ),
    ...[...alerts.map(({ inFull }) => inFull).filter(({ items }) => items.length > 0), ...sections].map(
      ({ title, items }) => `### ${escapeMarkdown(title)}\n\n${items.map(renderItem).join("\n")}`,
    ),
    `---\n\n${renderLine(basis)}`,
    renderLine(closing),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function renderItem({ line, details = [] }: Item): string {
  return [`- ${renderLine(line)}`, ...details.map(renderDetails)].join("\n");
}

/** Renders at the margin: within a list, a text could end the block around it. */
function renderDetails({ open, summary, block, items = [] }: Details): string {
  const inside = [
    ...(block ? [codeBlock(block.text, block.language)] : []),
    ...items.map((line) => `- ${renderLine(line)}`),
  ];
  return `\n<details${open ? " open" : ""}><summary>${renderHtml(summary)}</summary>\n\n${inside.join("\n")}\n\n</details>\n`;
}

function renderLine(line: Inline[]): string {
  const pieces = line.map((piece, index) => {
    if (typeof piece === "string") return keepSpace(piece, index === 0);
    if ("link" in piece) return `[${escapeMarkdown(piece.text)}](${piece.link})`;
    return "code" in piece ? codeSpan(piece.code) : `**${escapeMarkdown(piece.strong)}**`;
  });
  return pieces.join("");
}

/** Renders a summary as HTML: a line of HTML may hold no Markdown. */
function renderHtml(line: Inline[]): string {
  const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const pieces = line.map((piece) => {
    if (typeof piece === "string") return escape(piece);
    return "code" in piece ? `<code>${escape(piece.code)}</code>` : escape("link" in piece ? piece.text : piece.strong);
  });
  return pieces.join("");
}

/** Escapes a piece of a line and keeps the space at its ends, where other pieces follow. */
function keepSpace(text: string, isFirst: boolean): string {
  if (text.trim() === "") return text === "" ? "" : " ";
  return `${/^\s/.test(text) ? " " : ""}${escapeMarkdown(text, isFirst)}${/\s$/.test(text) ? " " : ""}`;
}
