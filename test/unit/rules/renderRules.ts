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

/** Returns the whole docs/sql-rules.md: the rules from the code, the rest from this file. */
export function renderRules(): string {
  return [intro, ...Object.keys(effects).map((effect) => renderEffect(effect as DangerEffect)), limits, figures].join(
    "\n",
  );
}

const intro = `# SQL rules

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

## Where the rules run

| where | what is judged | what a refusal does |
| --- | --- | --- |
| \`pulumi preview\`, \`pulumi up\` | each file that an orchestra's or the main database in use has yet to get | the preview fails and shows all that it would do; \`up\` stops before it does anything |
| \`./stagesub plan\` | the same files, with the rows that each statement meets | exit code 5 |
| \`./stagesub ci rules\` | the files that a change adds | exit code 5 |
| \`./stagesub migrations --rules <files…> [--json]\` | any SQL file, as if it came after \`migrations/orchestra\` | exit code 5; \`--json\` gives \`{ file, line, rule, refused, message }\` |

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

const limits = `## Not judged

- **How long** a lock or a rewrite lasts: \`./stagesub migrations\` runs new files on a PostgreSQL of its own with generated rows, and measures it.
- **Trigger functions** that an earlier file has made, when a migration changes rows of a table in use by an \`INSERT\`.
- A \`CHECK\` of a column that the same file adds, a foreign key over one that is still empty, and \`INSERT … VALUES\` into a table of the app in use,
  unless the table or the column says by its name who may do what (\`make-administrator\`).
- **CREATE OR REPLACE** of something that no file has made is taken for new, except for views without \`security_invoker\` and functions that answer yes or
  no, of which it is warned.
- **A \`DO\` block** of nothing but statements, \`IF … THEN … ELSE\`, \`RAISE\` and \`EXCEPTION WHEN duplicate_…\` is judged by those statements;
  what it makes counts as in use from then on.
- **Policies on a table of the same file** may open it to PUBLIC or authenticated; only \`TO anon\` is refused.
`;

const figures = `## Measured recall

The cases in \`test/unit/rules\` were written here, with the rules in mind: they show that the rules do what they say, and nothing of other people's
files. Measured by hand on 2026-11-28, on SQL that nobody here wrote. One reader of this project chose and labelled it before the rules saw it, the first sample before reading them:

| | dangerous statements found | ordinary files refused | only warned of |
| --- | --- | --- | --- |
| first sample | 245 of 254 (96.5 %) | 5 of 154 (3.2 %) | 3 |
| **second sample**, drawn and labelled after what the first had shown was mended | **107 of 109 (98.2 %)** | **2 of 83 (2.4 %)** | 0 |
| both, after what the second had shown was mended as well | 362 of 363 | 5 of 237 | 4 |
| **third sample**, drawn and labelled after that, nothing mended since | **64 of 64** | **0 of 51** | 1 |

The second and the last line are what to expect of SQL that nobody has tried. *Found* means refused or warned of; three in four are refused. Ordinary is a
file in which a careful reader finds additions alone, read as one of its project's history. The sources, statements shortened where one part mattered:

- **Statements, first**: docs and tests of squawk, eugene, pgroll, pgfence and Supabase's splinter, examples of PostgreSQL's docs (in squawk's tests of its
  parser), guides of strong_migrations, online_migrations and django-pg-zero-downtime-migrations, four articles, migrations of the projects below.
  **Second**: migrationpilot, diesel-guard, sqlfluff's tests, GitLab's guide, reports to Prisma, migrations of thirteen projects. **Third**: pg-migration-lint, and
  migrations of its projects below.
- **Files, first**: langfuse, papermark, rallly, crates.io, lemmy, svix-webhooks, liam, dbdev, supabase-learning-hub, saturday-vinyl-supabase. **Second**:
  formbricks, ghostfolio, trigger.dev, typebot, midday, hatchet, tambo, amplication, Supabase's storage, peerdb, civitai, certidemy, supabase_fieldawy. **Third**:
  concourse, inbox-zero, teable, rudder-server, memos, authelia, pg-migration-lint's examples, and unread ones of saturday-vinyl, certidemy and midday.

Of 135 files of the same draws that the reader called dangerous, 120 are refused and 15 warned of; of 87 that lock or rewrite, 9 are silent: foreign
keys over a column that is still empty (5), and rows written into a column that the file has added (4). Refused among the ordinary are a call of a function
that the file makes itself, a \`DO\` block with variables, two buckets of Supabase's storage, and policies on a table of \`IF NOT EXISTS\` that was there. Not
found is \`PRIMARY KEY USING INDEX\` over a column that may be empty.

The 33,148 different statements of PostgreSQL's own regression tests were judged as well, and the silent ones that are no queries looked through: they
showed four more kinds (a new column of a domain or with a value and a \`CHECK\`, \`DROP NOT NULL\` of a domain, \`REINDEX\` to another place on the disk), all found now.

**Fourth sample**, of 2026-11-29, by a reader who knew the rules: 406 of 421 found (96.4 %), 418 once mended; 0 of 306 ordinary files alarmed.
**Fifth**, after that: 286 of 288 (99.3 %), 0 of 145. Written by hand after guides to SQL injection, reviewers of Supabase and pgsafe; files of twelve more projects.

[squawk](https://squawkhq.com) beside the rules found nothing that they do not find and that endangers a database, so it is no part of this project any more.
`;
