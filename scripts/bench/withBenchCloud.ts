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
import { copyProgram } from "./copyProgram.ts";
import { UserError } from "../../infra/errors.ts";

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
  /** `pulumi up` without its preview. @throws with what it printed, when it fails */
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
    return await work({
      settings,
      program,
      env: { ...local, STAGESUB_LOCAL_DIR: settings.dir },
      readStack: () => readFile(file, "utf8"),
      writeStack: (text) => writeFile(file, text),
      waitForProjects: async (projectWaitMs) => {
        await stopLocalCloud(state);
        await startLocalCloud({ dir: state, projectWaitMs, log: () => undefined });
      },
      up: async () => {
        const args = ["up", "--stack", "local", "--yes", "--skip-preview", "--suppress-outputs", "--non-interactive"];
        const run = await runPulumi(args, { cwd: program, env: { ...process.env, ...local } });
        if (run.code !== 0)
          throw new UserError("program-failed", `pulumi up ended with exit code ${run.code}:\n${run.output}`);
      },
    });
  } finally {
    await resetLocalCloud(state);
    await rm(folder, { recursive: true, force: true });
  }
}
