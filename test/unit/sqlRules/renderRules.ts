import { rules } from "../../../scripts/sqlRules/rules.ts";
import type { DangerEffect, Rule } from "../../../scripts/sqlRules/rules/rule.ts";
import { judgeCorpus, type Judged } from "./corpus.ts";
import { runSquawk, squawkVersion } from "./runSquawk.ts";

const effects: Record<DangerEffect, string> = {
  destroys: "rows, or things that others rely on, are gone; a backup alone brings them back",
  unseen: "what it does cannot be read from the file",
  breaks: "the running app, or the migration itself, fails",
  exposes: "more people may see or change more, or a guard is off",
  rewrites: "every row is written again, and nobody can use the table meanwhile",
  locks: "others wait, the longer the more rows there are",
};

/** docs/sql-rules.md, whole: rules from the code, figures from the corpus as it is judged now. */
export async function renderRules(): Promise<string> {
  return [
    intro,
    ...Object.keys(effects).map((effect) => renderEffect(effect as DangerEffect)),
    limits,
    await renderFigures(),
  ].join("\n");
}

const intro = `# What a migration may not do unseen

Written by \`npx vitest run --project unit test/unit/sqlRules/docs.test.ts -u\` from \`scripts/sqlRules/rules/\`; edit the rules there.

Before a change is approved, each statement of a pending migration is read with PostgreSQL 17's own grammar (libpg-query) and judged,
offline. **Refused** means that \`npm run plan\` ends with exit code 5 until the file accepts it; the others are warnings. Orchestras' tables are
small, so what only makes the app wait a moment is a warning with the number of rows beside it; what cannot be taken back, breaks the app, opens
the data or cannot be read is refused.

A file accepts a rule by a comment right above the statement, with its reason:

\`\`\`sql
-- accept: drop-column: copied into "Contact" by 0012, which is everywhere since May
ALTER TABLE "Musician" DROP COLUMN "phone";
\`\`\`

It holds for all actions of that statement and for nothing else. An acceptance without a reason, of a rule that the statement does not break, or
above no statement is refused itself.

Only what holds rows or users already is in danger. A table that a pending file makes is empty, so its indexes, keys and types alarm nobody; what
\`IF NOT EXISTS\` may have found is taken for new where others would only wait, and for old where something would be lost. What is dropped
and made again by a later statement (a view, a function, a policy, a trigger, a constraint) counts as replaced. What a function's body says is
stored, not run. Columns' types, indexes' tables and validated checks are known from the migrations that are applied already.
`;

function renderEffect(effect: DangerEffect): string {
  const rows = Object.entries(rules as Record<string, Rule>)
    .filter(([, rule]) => rule.effect === effect)
    .map(([name, { refused, says, why, instead }]) => {
      const what = says.replaceAll("{table}", "the table").replaceAll("{name}", "*x*");
      return `| \`${name}\` | ${refused ? "refused" : "warned"} | ${what} | ${why} | ${instead} |`;
    });
  return `## ${effect[0]!.toUpperCase()}${effect.slice(1)}: ${effects[effect]}

| rule | | what it does | why that is a danger | instead |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

const limits = `## What is not seen

- A \`DELETE\` or \`UPDATE\` with a condition says which rows it means, and is left to the reader. A condition that is always true (\`true\`, \`1 = 1\`,
  \`id = id\`, \`"id" IS NOT NULL\` where it cannot be null, \`LIKE '%'\`) counts as none; one that merely happens to meet every row does not.
- \`UPDATE\` of a column that a pending file adds loses nothing: a warning, because every row is written again.
- What a trigger does when a migration changes rows, and what a function does that a statement calls for its value.
- How a type is cast by \`USING\` with more than a plain cast: it counts as a rewrite.
- Whether \`DROP SCHEMA\` or \`DROP TYPE\` without CASCADE finds anything inside; it is refused either way.
- Rights of roles of your own: \`GRANT\` to anybody but PUBLIC, anon and authenticated, \`REVOKE\`, \`CREATE POLICY\`.
`;

async function renderFigures(): Promise<string> {
  const [all, ordinary] = [await judgeCorpus("dangerous"), await judgeCorpus("ordinary")];
  const [heard, alarms] = [await runSquawk("dangerous", all), await runSquawk("ordinary", ordinary)];
  // Some statements of dangerous files are harmless.
  const isDangerous = (_: unknown, index: number) => all[index]!.expected.length > 0;
  const [dangerous, seen] = [all.filter(isDangerous), heard.filter(isDangerous)];
  const isRight = ({ expected, found }: Judged) => expected.join() === found.join();
  const effectOf = ({ expected }: Judged) => (rules as Record<string, Rule>)[expected[0]!]!.effect;
  const line = (what: string, of: readonly Judged[], other: number) =>
    `| ${what} | ${of.length} | ${share(of.filter(isRight).length, of.length)} | ${share(other, of.length)} |`;
  const perEffect = Object.keys(effects).map((effect) => {
    const of = dangerous.filter((one) => effectOf(one) === effect);
    return line(
      effect,
      of,
      dangerous.filter((one, index) => effectOf(one) === effect && seen[index]!.length > 0).length,
    );
  });
  const found = line("**all**", dangerous, seen.filter((one) => one.length > 0).length);
  const files = new Set(ordinary.map(({ file }) => file)).size;
  return `## Ours and squawk, side by side

[squawk](https://squawkhq.com) ${await squawkVersion()} is a well-kept linter of migrations. On our corpus (\`test/unit/sqlRules/corpus\`), each statement counted once:

| dangerous statements | | found by ours | found by squawk |
| --- | --- | --- | --- |
${[...perEffect, found].join("\n")}

| ordinary statements, in ${files} files | | false alarms of ours | of squawk |
| --- | --- | --- | --- |
| all | ${ordinary.length} | ${share(ordinary.filter((one) => one.found.length > 0).length, ordinary.length)} | ${share(alarms.filter((one) => one.length > 0).length, ordinary.length)} |

Ours counts as found where exactly the expected rules are named at the expected line; squawk where any of its rules is, apart from those of form
(time limits, preferred types). The corpus was written here, with our rules in mind, and squawk is made for locks: the figures say what each
looks for, and not which is better. squawk also reads one file by itself, so it knows neither a column's type nor which tables are new.
Nothing of squawk's is missing in ours that endangers a database, so it is no part of the plan: one source of rules is simpler than two.
`;
}

function share(part: number, all: number): string {
  return `${part} (${Math.round((100 * part) / all)} %)`;
}
