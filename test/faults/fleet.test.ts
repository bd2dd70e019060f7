import { readFile } from "node:fs/promises";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { askControl } from "../../local/cloud/control/askControl.ts";
import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { writeFleet } from "../../scripts/bench/writeFleet.ts";
import { root } from "../support/checkout.ts";
import { useEngine } from "../support/engine.ts";
import { type CommandRun, runStagesub } from "../support/runStagesub.ts";
import { startProcess } from "../support/startProcess.ts";
import { expectDone, waitFor } from "./support/steps.ts";

const page = await readFile(path.join(root, "docs/fleet.md"), "utf8");
const commands = [...page.matchAll(/^\$ (.+)$/gm)].map(([, command]) => command!);

/** The fleet's stacks, as `fleet --json` prints them. */
interface FleetJson {
  exitCode: number;
  stacks: { stack: string; outcome: string; summary: string }[];
}

/**
 * Stacks that share one main database, made as people make them. The tests build on each other. They do not show the limits of Supabase's
 * and Cloudflare's APIs, nor a run of the workflow or on Pulumi Deployments.
 */
describe("a fleet of stacks", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const env = () => ({ ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir });
  const file = (number: number) => `stacks/Pulumi.production-${number}.yaml`;
  const stagesub = async (...args: string[]): Promise<CommandRun> => {
    const run = await runStagesub(engine.checkout.dir, args, env());
    engine.hear(args.join(" "), run.stdout + run.stderr);
    return run;
  };
  const fleet = async (...args: string[]): Promise<{ code: number; outcomes: string[]; stderr: string }> => {
    const { code, stdout, stderr } = await stagesub("fleet", ...args, "--json");
    const { exitCode, stacks } = JSON.parse(stdout) as FleetJson;
    expect(exitCode).toBe(code);
    return { code, outcomes: stacks.map(({ stack, outcome }) => `${stack} ${outcome}`), stderr };
  };

  beforeAll(async () => {
    const size = { name: "production", stacks: 3, orchestras: 2 };
    await writeFleet(engine.checkout.dir, size, { ...process.env, ...env() });
    // The first one has proven the migrations before the others are looked at.
    const { code, stdout, stderr } = await stagesub("fleet", "up", "production-1", "--yes");
    expect(code, stdout + stderr).toBe(0);
  });

  it.each(commands)("%s", async (command) => {
    const line = command.replace("umea", "o2-2");
    const run = startProcess("/bin/sh", {
      args: ["-c", line],
      cwd: engine.checkout.dir,
      env: { ...process.env, ...env() },
    });
    engine.hear(command, () => run.output());
    const { code, output } = await run.ended;
    expect(code, output).toBe(command.includes("fleet preview") ? 7 : 0);
    if (command.includes("init"))
      await engine.checkout.write(file(4), (await engine.checkout.read(file(4))).replaceAll("o3-", "o4-"));
  });

  it("has moved the orchestra whole: nothing is left to do or to mend, and its sign-in works", async () => {
    expect(await engine.checkout.read(file(2))).not.toContain("o2-2");
    for (const number of [2, 3]) {
      const args = ["up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes", "--non-interactive"];
      const options = { cwd: engine.checkout.dir, env: { ...process.env, ...env() } };
      expectDone(await runPulumi([...args, "--stack", `production-${number}`], options));
    }
    expect(await fleet("drift", "production-2", "production-3")).toMatchObject({ code: 0 });
    expect(await fleet("verify", "production-3")).toMatchObject({ code: 0 });
  });

  it("stops everything behind a failed canary, and nothing else", async () => {
    const before = await engine.checkout.read(file(2));
    await engine.checkout.edit(file(2), "o2-1:\n", "o2-1:\n      subdomain: o1-1\n");
    expect(await fleet("up", "production-*", "--yes")).toMatchObject({
      code: 1,
      outcomes: ["production-1 done", "production-2 failed", "production-3 done", "production-4 done"],
    });
    const { outcomes, stderr } = await fleet("up", "production-*", "--canary", "production-1", "production-2", "--yes");
    expect(outcomes).toEqual([
      "production-1 done",
      "production-2 failed",
      "production-3 skipped",
      "production-4 skipped",
    ]);
    expect(stderr).toContain("production-2 │ ");
    expect(stderr).toContain("[name-taken]");
    await engine.checkout.write(file(2), before);
  });

  it("ends gently after Ctrl-C, says what it left, and is done by the next run", async () => {
    for (const number of [1, 2, 3]) {
      const text = await engine.checkout.read(file(number));
      await engine.checkout.write(file(number), text.replace(/(o\d-1:\n)/, "$1      passwordVersion: 2\n"));
    }
    const run = startProcess("./stagesub", {
      args: ["fleet", "up", "production-*", "--yes", "--parallel", "1"],
      cwd: engine.checkout.dir,
      env: { ...process.env, ...env() },
    });
    engine.hear("fleet up", () => run.output());
    await waitFor("the first stack's end", async () => run.output().includes("✓ production-1"));
    process.kill(run.pid, "SIGINT");
    const { code, output } = await run.ended;
    expect(code, output).toBe(130);
    expect(output).toMatch(/4 stacks: 1 done, (1 interrupted, 2|3) left/);
    expect(await fleet("up", "production-*", "--yes")).toMatchObject({ code: 0 });
    expect(await fleet("preview", "production-*")).toMatchObject({ code: 0 });
  });

  it("takes up a move that failed midway, and until then both stacks refuse an up", async () => {
    const fault = {
      ...{ service: "supabase" as const, method: "PATCH", path: "^/v1/projects/[a-z]{20}$" },
      action: { kind: "status" as const, status: 403, body: {} },
    };
    expect((await askControl(engine.cloud, "POST", "/faults", fault)).ok).toBe(true);
    const move = ["fleet", "move", "o3-2", "--from", "production-3", "--to", "production-4"];
    const failed = await stagesub(...move);
    expect(failed.code, failed.stderr).toBe(1);
    await askControl(engine.cloud, "DELETE", "/faults");
    const refused = await fleet("up", "production-3", "production-4", "--yes");
    expect(refused.outcomes).toEqual(["production-3 failed", "production-4 failed"]);
    expect(refused.stderr).toContain("[deletion-refused]");

    const again = await stagesub(...move);
    expect(again.code, again.stderr).toBe(0);
    expect(await fleet("up", "production-3", "production-4", "--yes")).toMatchObject({ code: 0 });
    expect(await fleet("verify", "production-4")).toMatchObject({ code: 0 });
    expect(await fleet("drift", "production-3", "production-4")).toMatchObject({ code: 0 });
  });

  it("names options of Pulumi Deployments that this CLI has", async () => {
    const lines = [...page.matchAll(/^pulumi (deployment .+)$/gm)].map(([, line]) => line!.split(" "));
    expect(lines).toHaveLength(3);
    const options = { cwd: engine.checkout.dir, env: { ...process.env, ...engine.env } };
    for (const args of lines) expectDone(await runPulumi([...args, "--help"], options));
    expect((await runPulumi([...lines[0]!, "--no-such", "--help"], options)).code).not.toBe(0);
  });
});
