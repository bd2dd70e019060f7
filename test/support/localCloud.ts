import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { askControl } from "../../local/cloud/control/askControl.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { localEnvironment } from "../../local/cloud/localEnvironment.ts";
import { findPortBase } from "../../local/cloud/ports.ts";
import type { CloudSettings } from "../../local/cloud/settings.ts";
import { resetLocalCloud } from "../../local/cloud/supervise/resetLocalCloud.ts";
import { startLocalCloud } from "../../local/cloud/supervise/startLocalCloud.ts";
import { makeClusterFolder } from "./clusterFolder.ts";

export interface TestCloud {
  settings: CloudSettings;
  /** Stops the cloud and removes all its files. */
  stop(): Promise<void>;
}

/**
 * Starts a whole local cloud as its real process, on free ports, in a directory of its own (0700, as `mktemp -d` makes it).
 * New projects are healthy after `projectWaitMs`, by default 200 ms.
 */
export async function startTestCloud(options: { projectWaitMs?: number } = {}): Promise<TestCloud> {
  const outer = await makeClusterFolder("stagesub-cloud-");
  const dir = path.join(outer, "state");
  const stop = async () => {
    await resetLocalCloud(dir);
    await rm(outer, { recursive: true, force: true });
  };
  try {
    const portBase = await findPortBase();
    const projectWaitMs = options.projectWaitMs ?? 200;
    return { settings: await startLocalCloud({ dir, portBase, projectWaitMs, log: () => undefined }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface LocalCloud {
  settings(): CloudSettings;
  /** Returns the variables that `./stagesub local env` would export, on top of this toolchain's environment. */
  environment(toolchain: { environment: Record<string, string> }): Record<string, string>;
  /** Sets a fault; all are cleared after each test. */
  addFault(fault: FaultSpec): Promise<void>;
}

/** Starts a test cloud for a describe block or a file. */
export function useLocalCloud(options: { projectWaitMs?: number } = {}): LocalCloud {
  let running: TestCloud | undefined;
  beforeAll(async () => {
    running = await startTestCloud(options);
  }, 180_000);
  afterEach(async () => {
    if (running) await askControl(running.settings, "DELETE", "/faults");
  });
  afterAll(() => running?.stop());

  const settings = () => {
    if (!running) throw new Error("The local cloud runs only inside tests and hooks, not while they are collected.");
    return running.settings;
  };
  return {
    settings,
    environment: (toolchain) => localEnvironment(settings(), toolchain),
    async addFault(fault) {
      const answer = await askControl(settings(), "POST", "/faults", fault);
      if (!answer.ok) throw new Error(await answer.text());
    },
  };
}
