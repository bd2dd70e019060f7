import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

import { ensureToolchain } from "../../local/toolchain/ensureToolchain.ts";
import { commandParts } from "../../scripts/bench/copyProgram.ts";
import { type BenchCloud, withBenchCloud } from "../../scripts/bench/withBenchCloud.ts";
import { renderMarkdown } from "../../scripts/preview/format/renderMarkdown.ts";
import type { StackChanges } from "../../scripts/preview/read/stackChanges.ts";
import { addOrchestra, setOrchestraKey } from "../../scripts/stack/editStackFile.ts";
import { root } from "../support/checkout.ts";
import { runStagesub } from "../support/runStagesub.ts";

/** The changes of one pull request to an existing stack. */
interface Scenario {
  /** Of its files in examples/pull-request. */
  name: string;
  edit?: (stack: string) => string;
  /** A migration that it adds. */
  migration?: { file: string; sql: string };
  /** Whether it is merged and applied, so that the next scenarios start from it. */
  applied?: true;
}

const umea = {
  id: "umea",
  name: "Norrlandsoperans symfoniorkester",
  contact: { name: "Orkesterkontoret", email: "kontoret@example.se" },
  since: "2026-12-01",
  database: "pool-1",
};

const scenarios: Scenario[] = [
  { name: "first-orchestra", applied: true },
  { name: "pool-claim", applied: true, edit: (stack) => addOrchestra(stack, umea) },
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

const folder = path.join(root, "examples/pull-request");

/**
 * Real previews of one stack, one scenario after another. `npx vitest run --project faults test/faults/examples.test.ts -u` writes the
 * examples anew.
 */
it("examples/pull-request holds the plans that real previews give", async () => {
  await withBenchCloud(await ensureToolchain({ log: () => undefined }), runScenarios, commandParts);
  const names = scenarios.flatMap(({ name }) => [`${name}.json`, `${name}.md`]);
  expect(readdirSync(folder).sort()).toEqual(names.sort());
});

async function runScenarios(cloud: BenchCloud): Promise<void> {
  const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: cloud.program });
  const commit = async () => {
    await git("add", "stacks", "migrations");
    const who = ["-c", "user.name=example", "-c", "user.email=example@example.se"];
    await git(...who, "commit", "--quiet", "--allow-empty", "--message", "Next");
  };
  await git("init", "--quiet", "--initial-branch", "main");
  await cloud.writeStack(shorten(await cloud.readStack()));
  await commit();
  for (const { name, edit, migration, applied } of scenarios) {
    const before = await cloud.readStack();
    const file = migration && path.join(cloud.program, "migrations/orchestra", migration.file);
    if (edit) await cloud.writeStack(edit(before));
    if (file) await writeFile(file, migration.sql);
    const changes = await plan(cloud);
    expect(changes.verdict, JSON.stringify(changes.refusals)).not.toBe("failed");
    const example = path.join(folder, name);
    await expect.soft(`${JSON.stringify(changes, null, 2)}\n`).toMatchFileSnapshot(`${example}.json`);
    await expect.soft(renderMarkdown(changes)).toMatchFileSnapshot(`${example}.md`);
    if (file) await rm(file);
    if (applied) {
      await cloud.up();
      await commit();
    } else await cloud.writeStack(before);
  }
}

async function plan({ program, env }: BenchCloud): Promise<StackChanges> {
  const { stdout, stderr } = await runStagesub(program, ["plan", "--stack", "local", "--base", "main", "--json"], env);
  expect(stdout, stderr).not.toBe("");
  // The durations of this machine are no part of an example.
  return JSON.parse(stdout, (key, value: unknown) => (key === "ms" || key === "emptyMs" ? 1 : value)) as StackChanges;
}

/** Leaves one orchestra and one spare database in the local stack file. */
function shorten(stack: string): string {
  const [head, orchestras] = stack.split(/(?<=^ {2}stagesub:orchestras:\n)/m) as [string, string];
  const [first] = orchestras.split(/^(?= {4}(?!malmo)\S)/m) as [string];
  return head.replace("spares: 2", "spares: 1") + first + (/^encryptionsalt:.*$/m.exec(orchestras)?.[0] ?? "");
}
