import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { checkout } from "../../../../local/toolchain/versions.ts";
import { startProcess } from "../../../support/startProcess.ts";

interface EntryPoint {
  /** The program takes any option. */
  isOpen?: true;
  /** Arguments with which the program needs Pulumi. */
  needsPulumi?: string[];
  /** These arguments name a stack. */
  hasStack?: true;
}

const ofStack = ["--stack", "local"];

const entryPoints: Record<string, EntryPoint> = {
  accept: { needsPulumi: [...ofStack, "--yes"], hasStack: true },
  bench: { needsPulumi: [] },
  ci: { needsPulumi: ["preview", ...ofStack], hasStack: true },
  demo: { needsPulumi: [] },
  drift: { needsPulumi: ofStack, hasStack: true },
  examples: { needsPulumi: [] },
  local: {},
  migrations: {},
  orchestra: { needsPulumi: ["list", ...ofStack], hasStack: true },
  plan: { needsPulumi: ofStack, hasStack: true },
  schema: {},
  // Its options are vitest's.
  testNode: { isOpen: true },
  toolchain: { needsPulumi: [] },
};

/** The exit of each program in scripts/, as a shell runs it. It does not prove what each does: its own test does. */
describe.concurrent("the programs of scripts/", () => {
  let home: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), "stagesub-cli-"));
    const cache = path.join(home, ".cache/stagesub/toolchain");
    await mkdir(cache, { recursive: true });
    // No network is asked: Pulumi's downloads were out of reach a moment ago.
    await writeFile(path.join(cache, "unreachable.txt"), "nobody answers");
    await mkdir(path.join(home, "bin"));
    await writeFile(path.join(home, "bin/pulumi"), `#!/bin/sh\ntouch "$STARTED"\nexec sleep 600\n`, { mode: 0o755 });
    // CI has picocolors paint what is no terminal.
    env = { HOME: home, PATH: "/nowhere", CI: "true", NO_COLOR: "1", STAGESUB_LOCAL_DIR: path.join(home, "cloud") };
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const start = (name: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    startProcess(process.execPath, {
      args: ["--import", "tsx", `scripts/${name}.ts`, ...args],
      cwd: checkout,
      env: { ...env, ...more },
    });
  /** Requires output without a stack trace and without colours. */
  const clean = (output: string) => {
    expect(output).not.toMatch(/\n +at /);
    expect(output).not.toContain("\u001b");
    return output;
  };
  const only = (wanted: (entry: EntryPoint) => unknown) =>
    Object.entries(entryPoints).filter(([, entry]) => wanted(entry));

  it("are all in this table, and run through runCommand alone", async () => {
    const { scripts } = JSON.parse(await readFile(path.join(checkout, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = Object.values(scripts).flatMap((text) => /scripts\/(\w+)\.ts/.exec(text)?.[1] ?? []);
    expect([...new Set(named)].sort()).toEqual(Object.keys(entryPoints));
    const files = (await readdir(path.join(checkout, "scripts"), { recursive: true })).filter((file) =>
      file.endsWith(".ts"),
    );
    for (const file of files.filter((one) => !one.startsWith("cli/"))) {
      const text = await readFile(path.join(checkout, "scripts", file), "utf8");
      expect(text, file).not.toMatch(/\.parse(Async)?\(\)|exitOverride|process\.(on|once)\("SIG/);
      expect(/await runCommand\(/.test(text), file).toBe(
        Object.keys(entryPoints).includes(file.slice(0, -".ts".length)),
      );
    }
  });

  it.each(Object.entries(entryPoints))(
    "%s ends with 2 for a wrong command line",
    async (name, { isOpen, needsPulumi = [] }) => {
      const { code, output } = await start(name, isOpen ? [] : [...needsPulumi, "--no-such-option"]).ended;
      expect([code, clean(output)]).toEqual([
        2,
        expect.stringMatching(/^error: (unknown option|missing required argument)/),
      ]);
    },
  );

  it.each(only(({ needsPulumi }) => needsPulumi))(
    "%s says what to install where there is no Pulumi",
    async (name, entry) => {
      const { code, output } = await start(name, entry.needsPulumi!).ended;
      expect([code, clean(output)]).toEqual([
        1,
        expect.stringMatching(/No way to a Pulumi CLI: .* \\?\[program-missing\\?\]/),
      ]);
    },
  );

  it.each(only(({ hasStack }) => hasStack))("%s ends with 2 for a stack that does not exist", async (name, entry) => {
    const args = entry.needsPulumi!.map((arg) => (arg === "local" ? "nowhere" : arg));
    const { code, output } = await start(name, args).ended;
    expect([code, clean(output)]).toEqual([
      2,
      expect.stringContaining("Expected the stack file stacks/Pulumi.nowhere.yaml, found none."),
    ]);
  });

  it.each(["orchestra", "plan", "ci", "bench", "toolchain"])("%s ends with 130 after Ctrl-C", async (name) => {
    const started = path.join(home, `${name}-started`);
    const run = start(name, entryPoints[name]!.needsPulumi!, { PATH: `${home}/bin:/usr/bin:/bin`, STARTED: started });
    await expect.poll(() => existsSync(started), { timeout: 60_000 }).toBe(true);
    process.kill(-run.pid, "SIGINT");
    const { code, output } = await run.ended;
    expect([code, clean(output)]).toEqual([130, expect.not.stringContaining("bug")]);
  });

  it.each(["orchestra"])("%s is silent where its reader has seen enough, as `| head -1` has", async (name) => {
    const child = spawn(process.execPath, ["--import", "tsx", `scripts/${name}.ts`, "--help"], {
      cwd: checkout,
      env,
    });
    child.stdout.destroy();
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, errors]).toEqual([0, ""]);
  });
});
