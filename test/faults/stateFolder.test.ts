import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { listProjects } from "../../infra/api/supabaseApi.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import { useEngine } from "../support/engine.ts";
import { converge } from "./support/steps.ts";

const run = promisify(execFile);

/** Pulumi's state on a small disk of its own. Only root may mount one. */
describe.skipIf(process.getuid?.() !== 0)("a run whose state folder", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 1 });
  let folder: string;
  const remount = (option: string) => run("mount", ["-o", `remount,${option}`, folder]);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "stagesub-disk-"));
    await run("mount", ["-t", "tmpfs", "-o", "size=128m", "tmpfs", folder]);
    await cp(statePaths(engine.cloud.dir).pulumi, folder, { recursive: true });
    engine.env["PULUMI_BACKEND_URL"] = `file://${folder}?metadata=skip`;
  });
  afterAll(async () => {
    await run("umount", [folder]);
    await rm(folder, { recursive: true });
  });

  const projects = async () => {
    const access = { baseUrl: engine.env["SUPABASE_API_ENDPOINT"]!, token: engine.env["SUPABASE_ACCESS_TOKEN"]! };
    return (await listProjects(access, "stagesub")).map(({ name }) => name).sort();
  };

  it("cannot be written refuses before anything is made", async () => {
    await remount("ro");
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toContain("read-only file system");
    expect(await projects()).toEqual([]);
    await remount("rw");
  });

  it("is full refuses before anything is made", async () => {
    await remount("size=100k");
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toContain("Refusing to begin: expected 64.0 MB of free disk where Pulumi keeps the state");
    expect(await projects()).toEqual([]);
    await remount("size=128m");
    await converge(engine);
  });
});
