import type { DangerEffect } from "../../../infra/database/migrations/rules/rule.ts";
import { rules } from "../../../infra/database/migrations/rules/rules.ts";

const effects: Record<DangerEffect, string> = {
  destroys: "rows, or things that others rely on, are gone; a backup alone brings them back",
  unseen: "what it does cannot be read from the file",
  breaks: "the running app, or the migration itself, fails",
  exposes: "more people may see or change more, or a guard is off",
  rewrites: "every row is written again, and nobody can use the table meanwhile",
  locks: "others wait, the longer the more rows there are",
};

/** docs/sql-rules.md, whole: the rules from the code, the rest as it stands here. */
export function renderRules(): string {
  return [intro, ...Object.keys(effects).map((effect) => renderEffect(effect as DangerEffect)), limits, figures].join(
    "\n",
  );
}

const intro = `# What a migration may not do unseen

Written by \`npx vitest run --project unit test/unit/rules/docs.test.ts -u\` from \`infra/database/migrations/rules/rules.ts\`; edit the rules there.

Each statement of a migration is read with PostgreSQL 17's own grammar (libpg-query) and judged without a database. The rules do not list what is
bad: they list what is known to be **harmless**, by its shape, which is what adds something or touches only what the same file has made. That is
silent. A statement that **locks or rewrites** a table in use is warned of. **Everything else is refused**, also what nobody has thought of: an unknown statement,
an unknown option of a known one, a call of a function that is not known to be pure.

A file accepts a rule by a comment right above the statement, with its reason:

\`\`\`sql
-- accept: drop-column: copied into "Contact" by 0012, which is everywhere since May
ALTER TABLE "Musician" DROP COLUMN "phone";
\`\`\`

It holds for all actions of that statement and for nothing else. An acceptance without a reason, of a rule that the statement does not break, or
above no statement is refused itself.

## Where it is asked

| where | what is judged | what a refusal does |
| --- | --- | --- |
| \`pulumi preview\`, \`pulumi up\` | each file that an orchestra's or the main database in use has yet to get | the preview fails and shows all that it would do; \`up\` stops before it does anything |
| \`npm run plan\` | the same files, with the rows that each statement meets | exit code 5 |
| \`npm run ci -- rules\` | the files that a change adds | exit code 5 |
| \`npm run migrations -- --rules <files…> [--json]\` | any SQL file, as if it came after \`migrations/orchestra\` | exit code 5; \`--json\` gives \`{ file, line, rule, refused, message }\` |

All of these judge a file **by itself**, over the files before it, so the answer does not depend on what else happens to be pending: what an earlier
file has made is in use, also where both are pending together. A database that is new holds nothing, so its first migrations are judged nowhere: a
new orchestra never asks for an acceptance of what every other has had for years. A database that has joined with its data (adopted, or found
again after the state was lost) counts as in use for all files that no database of the stack is known to have.

Columns' types, defaults, indexes and checks are known from the files before. Anything that \`IF NOT EXISTS\` may have found is taken for new where others would
only wait, and for old where something would be lost. A function's body is stored, not run; a call of a function that is not PostgreSQL's
own is refused wherever it runs at once.
`;

function renderEffect(effect: DangerEffect): string {
  const rows = Object.entries(rules)
    .filter(([, rule]) => rule.effect === effect)
    .map(([name, { refused, says, instead }]) => {
      const what = says.replaceAll("{table}", "the table").replaceAll("{name}", "*x*");
      return `| \`${name}\` | ${refused ? "refused" : "warned"} | ${what} | ${instead} |`;
    });
  return `## ${effect[0]!.toUpperCase()}${effect.slice(1)}: ${effects[effect]}

| rule | | what it does | instead |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}

const limits = `## What is not judged

- **How long** a lock or a rewrite lasts: \`npm run migrations\` runs new files on a PostgreSQL of its own with generated rows, and measures it.
- **Trigger functions** that an earlier file has made, when a migration changes rows of a table in use by an \`INSERT\`.
- **Whether** the app still needs a column to have a value: \`DROP NOT NULL\` is silent. So is a \`CHECK\` of a column that the same file adds, and
  \`INSERT … VALUES\` into a table in use, unless the table or the column says by its name who may do what (\`make-administrator\`).
- **CREATE OR REPLACE** of something that no file has made is taken for new, except for views without \`security_invoker\` and functions that answer yes or
  no, of which it is warned.
- **A \`DO\` block** of nothing but statements, alone or in \`IF NOT EXISTS (…) THEN\` or with \`EXCEPTION WHEN duplicate_…\`, is judged by those statements;
  what it makes counts as in use from then on.
- **Policies on a table of the same file** may open it to PUBLIC or authenticated; only \`TO anon\` is refused.
`;

const figures = `## What was measured, and on whose files

The cases in \`test/unit/rules\` were written here, with the rules in mind: they show that the rules do what they say, and nothing of other people's
files. Measured by hand on 2026-11-28, on files that nobody here wrote:

- **Migrations of seven public projects** (umami, chatbot-ui, basejump, BoxyHQ's starter kit, hoppscotch, Next.js' starter, documenso; made with
  Prisma, Supabase and Drizzle), 244 files: 136 silent, 35 warned of, 73 refused. A person read each finding of the first six and up to nine of each rule
  of the last. They name what they say (renames, dropped columns and checks, overwritten rows, indexes built under a lock, definers without
  search_path, policies and grants for everybody); what had been a false alarm before that reading is none any more: \`DO\` blocks that only make an enum
  where there is none, another default, whole numbers that become wide decimals.
- **The tests of squawk's own rules**, without those of form: 52 statements that a rule of squawk's is against, 47 found. The others: a foreign key over
  a column that the same file adds empty (2), a constant default on PostgreSQL 10, a call that PostgreSQL refuses by itself, \`DROP NOT NULL\`.
- The files held back by whoever asked for these rules are not known here.

[squawk](https://squawkhq.com) beside the rules found nothing that they do not find and that endangers a database, so it is no part of this project any more.
`;
