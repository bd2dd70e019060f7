import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { codeBlock, codeSpan, escapeMarkdown } from "../../../../scripts/cli/markdown.ts";
import { renderMarkdown } from "../../../../scripts/preview/format/renderMarkdown.ts";
import { renderText } from "../../../../scripts/preview/format/renderText.ts";
import type { StackChanges } from "../../../../scripts/preview/read/stackChanges.ts";
import { hostileText } from "../../../support/hostileNames.ts";
import { additionOf, changesOf, type Entries, migrationOf, planOf, retirementOf } from "../../../support/previews.ts";

const longest = 60_000;
/** Returns an id of the greatest length. */
const longId = (number: number) => `${"x".repeat(36)}${String(number).padStart(4, "0")}`;
const ids = (first: number, count: number) => Array.from({ length: count }, (_, index) => longId(first + index));

const sql = `${'-- what it is for\nALTER TABLE "User" ADD COLUMN a text;\n'.repeat(200)}`;
const files = [{ file: "0012_nickname.sql", sha256: "", path: "", up: `-- Up Migration\n${sql}`, upLine: 1 }];

interface Crowd {
  added?: number;
  migrated?: number;
  retired?: number;
}

/** Makes the given numbers of orchestras of each kind, with the longest of names. */
function crowd(what: Crowd): StackChanges {
  const [added, migrated, retired] = [
    ids(0, what.added ?? 0),
    ids(1_000, what.migrated ?? 0),
    ids(2_000, what.retired ?? 0),
  ];
  const entries: Entries = {};
  for (const id of [...added, ...migrated]) entries[id] = { name: "Ö".repeat(100) };
  for (const id of retired) entries[id] = { state: "retired", name: "Ö".repeat(100) };
  const warning = (id: string) => ({
    diagnosticEvent: {
      severity: "warning",
      message: `${id} is retired: the app is shut out of its database (${id}), and the name ${id}.stagesub.com taken away. [orchestra-retired ${id}]`,
    },
  });
  const events = [
    ...added.flatMap((id) => additionOf(id)),
    ...migrated.flatMap((id) => migrationOf(id)),
    ...retired.flatMap((id) => [...retirementOf(id), warning(id)]),
  ];
  return changesOf(events, planOf(entries), { orchestraFolder: { files, dangers: [] } });
}

/** It does not prove how GitHub reads Markdown. The escaped signs are those to which CommonMark and GitHub's additions give a meaning. */
describe("a plan as Markdown", () => {
  it.each<[string, Crowd]>([
    ["200 added", { added: 200 }],
    ["200 migrated", { migrated: 200 }],
    ["200 retired", { retired: 200 }],
    ["all of these at once", { added: 200, migrated: 200, retired: 200 }],
  ])("of %s stays under 60,000 characters, with verdict, counts and warnings in its first 15 lines", (_what, sizes) => {
    const text = renderMarkdown(crowd(sizes));
    expect(text.length).toBeLessThan(longest);
    const top = text.split("\n").slice(0, 15).join("\n");
    expect(top).toMatch(/^<!-- stagesub-plan stack=production -->\n## (🟢|🟠) production: can be applied/);
    if (sizes.added) expect(top).toContain("**200 orchestras added**");
    if (sizes.migrated) expect(top).toContain("**1 migration pending**");
    if (sizes.retired)
      expect(top).toMatch(/> \[!WARNING\]\n> - x+2000 is retired: .* The same for .* … and 193 more\./);
  });

  it("of sixty orchestras with one migration is one line with a list, and its SQL once", () => {
    const sixty = Array.from({ length: 60 }, (_, index) => `orkester${index}`);
    const changes = changesOf(
      sixty.flatMap((id) => migrationOf(id)),
      planOf(Object.fromEntries(sixty.map((id) => [id, {}]))),
      { orchestraFolder: { files, dangers: [] } },
    );
    const lines = renderMarkdown(changes).split("\n");
    expect(lines.filter((line) => line.includes("`orkester7`"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("0012_nickname.sql` runs in **60 orchestras**"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("<details>"))).toHaveLength(1);
  });

  it.each([
    [4, 3],
    [5, 4],
    [2, 9],
    [0, 9],
  ])("of %i refusals and %i warnings shows each of them, in an alert or below", (refused, warned) => {
    const messages = (count: number, kind: string) =>
      Array.from({ length: count }, (_, number) => ({ text: `${kind} ${number}`, alsoFor: [] }));
    const text = renderMarkdown({
      ...crowd({}),
      refusals: messages(refused, "refusal"),
      warnings: messages(warned, "warning"),
    });
    for (const { text: said } of [...messages(refused, "refusal"), ...messages(warned, "warning")])
      expect(text).toContain(said);
  });

  it("of a hundred refusals, long ones, is cut and still says how many there are", () => {
    const refusals = Array.from({ length: 100 }, (_, index) => ({
      text: `${index} ${"expected something else, got this. ".repeat(300)}`,
      alsoFor: ids(0, 200),
    }));
    const text = renderMarkdown({ ...crowd({}), verdict: "failed", exitCode: 1, refusals });
    expect(text.length).toBeLessThan(longest);
    expect(text.split("\n").slice(0, 3).join("\n")).toContain("refused: 100 problems to fix first");
  });

  it("says what refuses it first, in words, and below in full", () => {
    const text =
      'The stack file of "production" has 1 problem; nothing was created or changed.\n\nstagesub:supabase.size\n  expected: one of nano, micro';
    expect(renderMarkdown({ ...crowd({}), verdict: "failed", exitCode: 2, refusals: [{ text, alsoFor: [] }] }))
      .toMatchInlineSnapshot(`
        "<!-- stagesub-plan stack=production -->
        ## 🔴 production: refused: 1 problem to fix first

        > [!CAUTION]
        > - The stack file of "production" has 1 problem; nothing was created or changed.

        ### Why it is refused

        - The stack file of "production" has 1 problem; nothing was created or changed.

        <details open><summary>More</summary>

        \`\`\`text

        stagesub:supabase.size
          expected: one of nano, micro
        \`\`\`

        </details>


        ---

        Compared with the state that the last run left. This preview did not look for manual changes in Supabase, Cloudflare and the databases: \`./stagesub drift --stack production\`

        This preview changed nothing. The same on a terminal: \`./stagesub plan --stack production\`
        "
      `);
  });

  it("is never longer than a comment may be, and keeps its first line, whatever it holds", () => {
    const message = fc.record({ text: hostileText, alsoFor: fc.array(hostileText, { maxLength: 30 }) });
    const messages = fc.array(message, { maxLength: 20 });
    fc.assert(
      fc.property(messages, messages, messages, hostileText, (refusals, warnings, notes, name) => {
        const base = crowd({ migrated: 2 });
        const changes = {
          ...base,
          refusals,
          warnings,
          notes,
          orchestras: [{ id: "malmo", name, kind: "added" as const, details: [] }],
        };
        const text = renderMarkdown(changes);
        expect(text.length).toBeLessThan(longest);
        expect(text).toMatch(/^<!-- stagesub-plan stack=production -->\n## /);
        // Control characters and marks of direction arrive written out.
        for (const shown of [renderText(changes), text])
          expect(["\u0007", "\u009b", "\u202e", "\u2066"].filter((sign) => shown.includes(sign))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("takes no markup, HTML, link or mention from a name", () => {
    expect(escapeMarkdown("**a** <b> [x](http://e.se) @team #12 www.e.se `c` a|b ~~d~~ $e$ GH-1 :tada:")).toBe(
      "\\*\\*a\\*\\* &lt;b&gt; \\[x\\](http\\://e.se) @\u2060team #\u206012 www\\.e.se \\`c\\` a\\|b \\~\\~d\\~\\~ \\$e\\$ GH\u2060-1 \\:tada:",
    );
    fc.assert(
      fc.property(hostileText, (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped).not.toMatch(/[<>\n]|(?<!\\)(\\\\)*[*`[\]_|]/);
        expect(escaped).not.toMatch(/[@#](?!\u2060)/);
      }),
    );
  });

  it("lets nothing end a block or a code span but its own end", () => {
    const body = "```\n</details>\n````sql\n<!-- -->";
    expect(codeBlock(body, "sql")).toBe(`\`\`\`\`\`sql\n${body}\n\`\`\`\`\``);
    expect(codeSpan("a ``` b")).toBe("````a ``` b````");
    expect(codeSpan("`a`")).toBe("`` `a` ``");
    fc.assert(
      fc.property(hostileText, (text) => {
        const [first = "", ...rest] = codeBlock(text, "sql").split("\n");
        const fence = first.replace("sql", "");
        expect(rest.filter((line) => line.trim().startsWith(fence))).toEqual([fence]);
      }),
    );
  });
});
