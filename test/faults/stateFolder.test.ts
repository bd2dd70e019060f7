import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import { useEngine } from "../support/engine.ts";
import { loseState } from "../support/loseState.ts";
import { converge, expectDone, waitFor } from "./support/steps.ts";

const execute = promisify(execFile);

/** Pulumi's state on a small disk of its own. Only root may mount one. */
describe.skipIf(process.getuid?.() !== 0)("a run whose state folder", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 1 });
  let folder: string;
  const remount = (option: string) => execute("mount", ["-o", `remount,${option}`, folder]);

  beforeAll(async () => {
    folder = statePaths(engine.cloud.dir).pulumi;
    const kept = await mkdtemp(path.join(tmpdir(), "stagesub-state-"));
    await cp(folder, kept, { recursive: true });
    await execute("mount", ["-t", "tmpfs", "-o", "size=128m", "tmpfs", folder]);
    await cp(kept, folder, { recursive: true });
    await rm(kept, { recursive: true });
  });
  afterAll(() => execute("umount", [folder]));

  /** Fills the disk once a run has come so far, space that the run frees included, and frees it at the run's end. */
  const fillMidway = async (words: string) => {
    const run = engine.start("up", "--yes", "--skip-preview");
    await waitFor(words, () => Promise.resolve(run.output().includes(words)));
    const filler = path.join(folder, "filler");
    const filling = spawn("sh", ["-c", `while :; do cat /dev/zero >> ${filler}; done`], { stdio: "ignore" });
    const { code, output } = await run.ended;
    filling.kill("SIGKILL");
    await once(filling, "exit");
    await rm(filler);
    expect(code, output).not.toBe(0);
  };
  const projects = async () => (await listProjects(engine.supabase(), "stagesub")).map(({ name }) => name).sort();

  it("cannot be written refuses before anything is made", async () => {
    await remount("ro");
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toContain("read-only file system");
    expect(await projects()).toEqual([]);
    await remount("rw");
  });

  it("fills up midway may leave the state cut off: the next `up`, of a new stack where it is, finds everything", async () => {
    await converge(engine);
    const migration =
      "-- Up Migration\n-- accept: calls-function: takes its time\nSELECT pg_sleep(2);\n\n-- Down Migration\nSELECT 1;\n";
    await engine.checkout.write("migrations/orchestra/0099_slow.sql", migration);
    await fillMidway("OrchestraDatabase malmo updating");
    const next = await engine.up();
    // Without checkpoints the state of before mostly stays whole.
    if (next.code !== 0) {
      expect(next.output).toMatch(/currently locked|unexpected end of JSON input/);
      await loseState(engine);
    }
    expectDone(await engine.up());
    expectDone(await engine.up("--expect-no-changes"));
    expect(await projects()).toEqual(["local-malmo", "local-pool-1"]);
  });
});
