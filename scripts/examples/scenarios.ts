import { addOrchestra } from "../stack/editStackFile.ts";
import { setOrchestraKey } from "../stack/setOrchestraKey.ts";

/** One example: the changes of a pull request to an existing stack. */
export interface Scenario {
  /** Of the files in examples/pull-request. */
  name: string;
  /** The stack file of the pull request. */
  edit?: (stack: string) => string;
  /** A migration that it brings. */
  migration?: { file: string; sql: string };
  /** Whether it is merged and applied, so that the next scenarios begin there. */
  applied?: true;
}

const contact = { name: "Orkesterkontoret", email: "kontoret@example.se" };

/** One after the other, from a stack of which nothing is made yet: {@link beginning}. */
export const scenarios: Scenario[] = [
  { name: "first-orchestra", applied: true },
  {
    name: "pool-claim",
    applied: true,
    edit: (stack) =>
      addOrchestra(stack, {
        id: "umea",
        name: "Norrlandsoperans symfoniorkester",
        contact,
        since: "2026-12-01",
        database: "pool-1",
      }),
  },
  {
    name: "dangerous-migration",
    migration: {
      file: "0012_nickname.sql",
      sql: `-- Up Migration
ALTER TABLE "User" ADD COLUMN "nickname" text;
CREATE INDEX "User_nickname" ON "User" ("nickname");
TRUNCATE "EmailTemplate";

-- Down Migration: none, because what TRUNCATE takes does not come back
`,
    },
  },
  { name: "retirement", edit: (stack) => setOrchestraKey(stack, "umea", "state", "retired") },
  { name: "no-change" },
];

/** Returns the local stack file with one orchestra and one spare database. */
export function beginning(stack: string): string {
  const [head, orchestras] = stack.split(/(?<=^ {2}stagesub:orchestras:\n)/m) as [string, string];
  const [first] = orchestras.split(/^(?= {4}(?!malmo)\S)/m) as [string];
  return head.replace("spares: 2", "spares: 1") + first + (/^encryptionsalt:.*$/m.exec(orchestras)?.[0] ?? "");
}
