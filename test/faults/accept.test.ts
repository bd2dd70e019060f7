import { access, readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { createProject } from "../support/createProject.ts";
import { useEngine } from "../support/engine.ts";
import { runStagesub } from "../support/runStagesub.ts";
import { startProcess } from "../support/startProcess.ts";
import { waitFor } from "./support/steps.ts";

/**
 * `./stagesub accept` as CI would run it, against the local cloud in the place of real accounts. It does not prove what those answer: only
 * the real run does.
 */
describe("the acceptance run", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const accept = (...args: string[]) =>
    runStagesub(engine.checkout.dir, ["accept", "--stack", "local", ...args], {
      ...engine.env,
      STAGESUB_LOCAL_DIR: engine.cloud.dir,
    });
  const projects = () => listProjects(engine.supabase(), "stagesub");

  it("makes nothing before it was allowed to", async () => {
    const { code, stderr } = await accept();
    expect(code).toBe(1);
    expect(stderr).toContain("local-accept-throwaway, local-accept-pool-1 (micro)");
    expect(stderr).toContain("It costs about 0.03 USD for each hour that begins");
    expect(stderr).toContain("Refusing to go on without being asked on a terminal. Nothing was done.");
    expect(await projects()).toEqual([]);
  });

  it(
    "takes an orchestra through its whole life, meets the answers of scripts/accept/expected.json, and leaves nothing, of an earlier run neither",
    { timeout: 900_000 },
    async () => {
      await createProject(engine, "local-accept-pool-1");
      // Of a stack that is up already.
      await createProject(engine, "local-pool-1");
      const { code, stdout, stderr } = await accept("--yes", "--json");
      const result = JSON.parse(stdout) as { differences: object[]; steps: { name: string }[]; log: string };
      expect(result.differences, "./stagesub accept --stack local --yes --write-expected").toEqual([]);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain("An earlier run left these, which are deleted first:\n  project local-accept-pool-1");
      expect(result.steps.at(-1)).toMatchObject({ name: "leave", ok: true });

      expect((await projects()).map(({ name }) => name)).toEqual(["local-pool-1"]);
      expect(await listDnsRecords(engine.cloudflare(), "023e105f4ecef8ad9ca31a8372d0c353")).toEqual([]);
      const { dir } = engine.checkout;
      expect(await readdir(path.join(dir, ".accept"))).toEqual(["local.log"]);
      expect(await readdir(path.join(dir, "backups"))).toEqual([]);
      await expect(access(path.join(dir, "stacks/Pulumi.local-accept.yaml"))).rejects.toThrow("ENOENT");
      const log = await readFile(result.log, "utf8");
      engine.hear("accept", stdout + stderr);
      engine.hear("its log", log);
      expect(log).not.toMatch(/:\/\/[^\s:/]+:[^\s@]+@|oneTimePassword": "|SCRAM/);
    },
  );
});

/** An acceptance run that is cut off while Supabase makes its projects. It does not prove what a second Ctrl-C leaves. */
describe("an acceptance run", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const start = (...args: string[]) =>
    startProcess("./stagesub", {
      args: ["accept", "--stack", "local", "--yes", ...args],
      cwd: engine.checkout.dir,
      env: { ...process.env, ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir },
    });
  const projects = async () => (await listProjects(engine.supabase(), "stagesub")).map(({ name }) => name);

  it("takes away what it made once it is interrupted, and ends with 130", async () => {
    const run = start();
    await waitFor("a project", async () => (await projects()).length > 0);
    process.kill(run.pid, "SIGINT");
    const { code, output } = await run.ended;
    expect(code, output).toBe(130);
    expect(await projects()).toEqual([]);
  });

  it("that was killed leaves what --clean takes away", async () => {
    const run = start();
    await waitFor("a project", async () => (await projects()).length > 0);
    process.kill(-run.pid, "SIGKILL");
    await run.ended;
    const clean = await start("--clean").ended;
    expect(clean.code, clean.output).toBe(0);
    expect(clean.output).toContain("local-accept-");
    expect(await projects()).toEqual([]);
  });
});
