import { describeChanges } from "./describeChanges.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "./escapeMarkdown.ts";
import type { StackChanges } from "./stackChanges.ts";
import type { Folded, Item, Report, Room, Words } from "./words.ts";

/** GitHub refuses a comment of more than 65,536 characters. */
const longest = 60_000;

/** The limits, from most to least. */
const rooms: Room[] = [
  { names: 60, text: 6_000, files: 6 },
  { names: 40, text: 3_000, files: 6 },
  { names: 20, text: 1_500, files: 4 },
  { names: 8, text: 600, files: 2 },
  { names: 3, text: 200, files: 0 },
];

/**
 * A preview's meaning as Markdown, for a comment and for a job's summary. The first line is a comment by which its comment is found
 * again; verdict, counts and warnings stand in the first fifteen; it is never longer than 60,000 characters.
 */
export function renderMarkdown(changes: StackChanges): string {
  for (const room of rooms) {
    const text = render(describeChanges(changes, room));
    if (text.length < longest) return text;
  }
  const least = render(describeChanges(changes, rooms.at(-1)!));
  const lines = least
    .slice(0, longest - 200)
    .split("\n")
    .slice(0, 15);
  return `${lines.join("\n")}\n\nThe rest is too long for a comment: run the command on a terminal.\n`;
}

/** Returns the first line of the comment with a stack's plan. */
export function markerFor(stack: string): string {
  return `<!-- stagesub-plan stack=${stack.replace(/[^\w.-]/g, "")} -->`;
}

const signs = { nothing: "✅", changes: "🟢", warned: "🟠", refused: "🔴" };

function render(report: Report): string {
  const { stack, verdict, headline, counts, alerts, sections, basis, closing } = report;
  const blocks = [
    `${markerFor(stack)}\n## ${signs[verdict]} ${escapeMarkdown(stack)}: ${escapeMarkdown(headline)}`,
    counts.map(inline).join(" · "),
    ...alerts.map(renderAlert),
    ...sections.map(({ title, items }) => `### ${escapeMarkdown(title)}\n\n${items.map(renderItem).join("\n")}`),
    `---\n\n${inline(basis)}`,
    inline(closing),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function renderAlert({ kind, items }: Report["alerts"][number]): string {
  const lines = items.map((words) => `> - ${inline(words)}`);
  return `> [!${kind === "refused" ? "CAUTION" : "WARNING"}]\n${lines.join("\n")}`;
}

function renderItem({ words, folded = [] }: Item): string {
  return [`- ${inline(words)}`, ...folded.map(renderFolded)].join("\n");
}

/** Renders at the margin: within a list, a text could end the block around it. */
function renderFolded({ open, summary, text, items = [] }: Folded): string {
  const inside = [
    ...(text ? [codeBlock(text.text, text.language)] : []),
    ...items.map((words) => `- ${inline(words)}`),
  ];
  return `\n<details${open ? " open" : ""}><summary>${inlineHtml(summary)}</summary>\n\n${inside.join("\n")}\n\n</details>\n`;
}

function inline(words: Words): string {
  return words
    .map((word, index) => {
      if (typeof word === "string") return keepSpace(word, (text) => escapeMarkdown(text, index === 0));
      if ("link" in word) return `[${escapeMarkdown(word.text)}](${word.link})`;
      return "code" in word ? codeSpan(word.code) : `**${escapeMarkdown(word.strong)}**`;
    })
    .join("");
}

/** Inside a line of HTML nothing is Markdown. */
function inlineHtml(words: Words): string {
  const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return words
    .map((word) => {
      if (typeof word === "string") return escape(word);
      return "code" in word ? `<code>${escape(word.code)}</code>` : escape("link" in word ? word.text : word.strong);
    })
    .join("");
}

/** Keeps the space at the ends of a piece of a sentence, where another piece follows. */
function keepSpace(text: string, write: (text: string) => string): string {
  const [, before = "", after = ""] = /^(\s?)[\s\S]*?(\s?)$/.exec(text) ?? [];
  if (text.trim() === "") return text === "" ? "" : " ";
  return `${before ? " " : ""}${write(text)}${after ? " " : ""}`;
}
