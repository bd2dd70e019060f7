import { describe, expect, it } from "vitest";

import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { useEngine } from "../support/engine.ts";
import { startProcess } from "../support/startProcess.ts";
import { waitFor } from "./support/steps.ts";

/** An acceptance run that is cut off while Supabase makes its projects. It does not prove what a second Ctrl-C leaves. */
describe("an acceptance run", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const start = (...args: string[]) =>
    startProcess("./stagesub", {
      args: ["accept", "--stack", "local", "--yes", ...args],
      cwd: engine.checkout.dir,
      env: { ...process.env, ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir },
    });
  const projects = async () => {
    const access = { baseUrl: engine.env["SUPABASE_API_ENDPOINT"]!, token: engine.env["SUPABASE_ACCESS_TOKEN"]! };
    return (await listProjects(access, "stagesub")).map(({ name }) => name);
  };

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
