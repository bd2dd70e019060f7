import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import type { Toolchain } from "../../local/toolchain/ensureToolchain.ts";
import { type BenchCloud, withBenchCloud } from "../bench/withBenchCloud.ts";
import { renderMarkdown } from "../preview/renderMarkdown.ts";
import type { StackChanges } from "../preview/stackChanges.ts";
import { beginning, type Scenario, scenarios } from "./scenarios.ts";
import { UserError } from "../../infra/errors.ts";

const run = promisify(execFile);

/** Name → the plan of a real preview, as data and as Markdown. */
export type Examples = Record<string, { changes: StackChanges; markdown: string }>;

/** Runs `npm run plan` for each scenario, in a repository and over a local cloud of their own. */
export async function makeExamples(toolchain: Toolchain, log: (line: string) => void): Promise<Examples> {
  const parts = ["package-lock.json", "local", "policy", "scripts"];
  return withBenchCloud(
    toolchain,
    async (cloud) => {
      const examples: Examples = {};
      await git(cloud, "init", "--quiet", "--initial-branch", "main");
      await cloud.writeStack(beginning(await cloud.readStack()));
      await commit(cloud);
      for (const scenario of scenarios) {
        log(`the preview of ${scenario.name}`);
        const changes = await planScenario(cloud, scenario);
        // A change that fails before its preview is no example of one.
        if (changes.verdict === "failed")
          throw new UserError(
            "step-failed",
            `${scenario.name}: ${changes.refusals.map(({ text }) => text).join("; ")}`,
          );
        examples[scenario.name] = { changes, markdown: renderMarkdown(changes) };
        if (!scenario.applied) continue;
        log("  and its `up`");
        await cloud.up();
        await commit(cloud);
      }
      return examples;
    },
    parts,
  );
}

/** Plans a change that is not committed; takes it back afterwards, unless it is to be applied. */
async function planScenario(cloud: BenchCloud, { edit, migration, applied }: Scenario): Promise<StackChanges> {
  const before = await cloud.readStack();
  const file = migration && path.join(cloud.program, "migrations/orchestra", migration.file);
  if (edit) await cloud.writeStack(edit(before));
  if (file) await writeFile(file, migration.sql);
  try {
    return await readPlan(cloud);
  } finally {
    if (edit && !applied) await cloud.writeStack(before);
    if (file) await rm(file);
  }
}

async function readPlan({ program, env }: BenchCloud): Promise<StackChanges> {
  const args = ["--import", "tsx", "scripts/plan.ts", "--stack", "local", "--base", "main", "--json"];
  const options = { cwd: program, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  // The printed plan holds the exit code.
  const failed = (error: { stdout?: string; message: string }) => {
    if (!error.stdout) throw new UserError("step-failed", error.message);
    return { stdout: error.stdout };
  };
  const { stdout } = await run(process.execPath, args, options).catch(failed);
  // Examples leave out how long a migration took on this machine.
  return JSON.parse(stdout, (key, value: unknown) => (key === "ms" || key === "emptyMs" ? 1 : value)) as StackChanges;
}

async function commit(cloud: BenchCloud): Promise<void> {
  await git(cloud, "add", "stacks", "migrations");
  const who = ["-c", "user.name=example", "-c", "user.email=example@example.se"];
  await git(cloud, ...who, "commit", "--quiet", "--allow-empty", "--message", "What stands");
}

async function git({ program }: BenchCloud, ...args: string[]): Promise<void> {
  await run("git", args, { cwd: program });
}
