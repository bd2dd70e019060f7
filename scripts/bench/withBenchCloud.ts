import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { ensureStack } from "../../local/cloud/ensureStack.ts";
import { localEnvironment } from "../../local/cloud/localEnvironment.ts";
import { findPortBase } from "../../local/cloud/ports.ts";
import type { CloudSettings } from "../../local/cloud/settings.ts";
import { resetLocalCloud } from "../../local/cloud/supervise/resetLocalCloud.ts";
import { startLocalCloud } from "../../local/cloud/supervise/startLocalCloud.ts";
import { stopLocalCloud } from "../../local/cloud/supervise/stopLocalCloud.ts";
import type { Toolchain } from "../../local/toolchain/ensureToolchain.ts";
import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { UserError } from "../../infra/errors.ts";
import { copyProgram } from "./copyProgram.ts";

/** A local cloud of the benchmark's own, and a copy of the program whose stack file it edits. */
export interface BenchCloud {
  settings: CloudSettings;
  /** The copy's folder. */
  program: string;
  /** The environment in which `pulumi` and our commands find this cloud. */
  env: Record<string, string>;
  readStack(): Promise<string>;
  writeStack(text: string): Promise<void>;
  /** From now on a new Supabase project takes this long, in milliseconds. */
  waitForProjects(projectWaitMs: number): Promise<void>;
  /** `pulumi …` on the stack; returns what it printed. @throws {UserError} program-failed */
  pulumi: (...args: string[]) => Promise<string>;
  /** `pulumi up` without its preview. @throws {UserError} program-failed */
  up(): Promise<void>;
}

/**
 * Makes it all in a temporary folder and on free ports, lends it, and takes it away.
 *
 * @param parts of the checkout that the copy holds besides the program
 */
export async function withBenchCloud<T>(
  toolchain: Toolchain,
  work: (cloud: BenchCloud) => Promise<T>,
  parts: string[] = [],
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "stagesub-bench-"));
  const [program, state] = [path.join(folder, "program"), path.join(folder, "state")];
  try {
    await copyProgram(program, parts);
    const settings = await startLocalCloud({
      dir: state,
      portBase: await findPortBase(),
      projectWaitMs: 0,
      log: () => undefined,
    });
    const local = localEnvironment(settings, toolchain);
    await ensureStack(settings.dir, toolchain.pulumi, local, program);
    const file = path.join(program, "stacks/Pulumi.local.yaml");
    const env = { ...local, STAGESUB_LOCAL_DIR: settings.dir };
    const pulumi = (...args: string[]) => pulumiIn(program, [...args, "--stack", "local"], env);
    return await work({
      settings,
      program,
      env,
      readStack: () => readFile(file, "utf8"),
      writeStack: (text) => writeFile(file, text),
      waitForProjects: async (projectWaitMs) => {
        await stopLocalCloud(state);
        await startLocalCloud({ dir: state, projectWaitMs, log: () => undefined });
      },
      pulumi,
      up: async () => void (await pulumi("up", "--yes", "--skip-preview", "--suppress-outputs")),
    });
  } finally {
    await resetLocalCloud(state);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `pulumi` and returns its standard output. @throws {UserError} program-failed, with all that it printed */
export async function pulumiIn(cwd: string, args: string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, output } = await runPulumi([...args, "--non-interactive"], {
    cwd,
    env: { ...process.env, ...env },
  });
  if (code === 0) return stdout;
  throw new UserError("program-failed", `pulumi ${args[0]} ended with exit code ${code}:\n${output}`);
}
