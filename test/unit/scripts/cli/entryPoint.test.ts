import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { checkout } from "../../../../infra/util/checkout.ts";
import { commands } from "../../../../scripts/commands.ts";
import { prepareCommand } from "../../../../scripts/cli/runCommand.ts";
import { findOtherPorts, findPortBase, isPortFree } from "../../../../local/cloud/ports.ts";
import { ensureSettings, portNames, readSettings } from "../../../../local/cloud/settings.ts";
import { startProcess } from "../../../support/startProcess.ts";

const stagesub = path.join(checkout, "stagesub");
const entries = Object.values(commands).flatMap((group) => Object.entries(group));

/** Arguments with which a command needs Pulumi. */
const needsPulumi: Record<string, string[]> = {
  accept: ["--stack", "production", "--yes"],
  bench: [],
  ci: ["preview", "--stack", "production"],
  drift: ["--stack", "production"],
  list: ["--stack", "production"],
  plan: ["--stack", "production"],
  toolchain: [],
};

/** The start and the exit of each command, as a shell runs it. It does not prove what each does: its own test does. */
describe.concurrent("stagesub", () => {
  let home: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    home = await realpath(await mkdtemp(path.join(tmpdir(), "stagesub-cli-")));
    const cache = path.join(home, ".cache/stagesub/toolchain");
    await mkdir(cache, { recursive: true });
    // No network is asked: Pulumi's downloads were out of reach a moment ago.
    await writeFile(path.join(cache, "unreachable.txt"), "nobody answers");
    await mkdir(path.join(home, "bin"));
    await symlink(process.execPath, path.join(home, "node"));
    await writeFile(path.join(home, "bin/pulumi"), `#!/bin/sh\ntouch "$STARTED"\nexec sleep 600\n`, { mode: 0o755 });
    // CI has picocolors paint what is no terminal.
    env = { HOME: home, PATH: home, CI: "true", NO_COLOR: "1", STAGESUB_LOCAL_DIR: path.join(home, "cloud") };
    // Compiles the program, once for all that start at the same time.
    await run(["--version"]);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const start = (args: string[], more: NodeJS.ProcessEnv = {}, { program = stagesub, cwd = home } = {}) =>
    startProcess(program, { args, cwd, env: { ...env, ...more } });
  /** Runs a command to its end, and requires output without a stack trace and without colours. */
  const run = async (...call: Parameters<typeof start>) => {
    const { code, output } = await start(...call).ended;
    expect(output).not.toMatch(/\n +at /);
    expect(output).not.toContain("\u001b");
    return [code, output] as const;
  };

  it("alone parses command lines, judges errors and hears signals", async () => {
    const files = (await readdir(path.join(checkout, "scripts"), { recursive: true })).filter(
      (file) => file.endsWith(".ts") && !file.startsWith("cli/") && file !== "main.ts",
    );
    for (const file of files) {
      const text = await readFile(path.join(checkout, "scripts", file), "utf8");
      expect(text, file).not.toMatch(/\.parse(Async)?\(\)|exitOverride|runCommand|process\.(on|once)\("SIG/);
    }
  });

  it("has every command under its own name, and help within 79 columns", async () => {
    expect(entries.length).toBeGreaterThan(25);
    const lines: string[] = [];
    for (const [name, [summary, load]] of entries) {
      const command = prepareCommand((await load()).default(name));
      expect(command.name()).toBe(name);
      expect(summary.length, name).toBeLessThan(64);
      for (const each of [command, ...command.commands])
        each
          .configureOutput({ getOutHelpWidth: () => 79, writeOut: (text) => lines.push(...text.split("\n")) })
          .outputHelp();
    }
    expect(lines.filter((line) => line.length > 79)).toEqual([]);
  });

  it("is behind every alias of package.json", async () => {
    const { scripts } = JSON.parse(await readFile(path.join(checkout, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const own = Object.values(scripts).flatMap((text) => /^exec \.\/stagesub ?(.*)$/.exec(text)?.[1] ?? []);
    expect(own.length).toBeGreaterThan(10);
    for (const name of own.filter(Boolean)) expect(entries.map(([each]) => each)).toContain(name);
  });

  it("shows its version and all commands without loading one, from any folder", async () => {
    expect(await run(["--version"])).toEqual([0, "0.1.0\n"]);
    const [code, output] = await run(["--help"]);
    expect(code).toBe(0);
    expect(output.split("\n").filter((line) => line.length > 79)).toEqual([]);
    for (const [name, [summary]] of entries) expect(output).toContain(`  ${name.padEnd(15)}${summary}\n`);
    expect(await run(["help", "schema"])).toEqual([0, expect.stringContaining("Usage: stagesub schema [options]")]);
  });

  it.each([
    [["no-such-command"], "error: unknown command 'no-such-command'"],
    [["schema", "--no-such-option"], "error: unknown option '--no-such-option'"],
    [["local", "start", "--no-such-option"], "error: unknown option '--no-such-option'"],
    [["test-node"], "error: missing required argument 'version'"],
    [["list"], "Expected a stack, found none"],
    [["list", "--stack", "nowhere"], "Expected the stack file stacks/Pulumi.nowhere.yaml, found none."],
    [["list", "--stack", ""], "Expected the name of a stack, got an empty one."],
    [
      ["teardown", "--stack", "local", "--yes", "locla"],
      'Expected after --yes the name of the stack, local, got "locla"',
    ],
    [
      ["teardown", "--stack", "local", "--yes", "local", "--json"],
      "Expected either --yes, or an option that only shows",
    ],
    [["-C", "nowhere", "list"], 'Expected a folder after -C, got "nowhere"'],
  ])("ends with 2 for the command line %j", async (args, message) => {
    expect(await run(args)).toEqual([2, expect.stringContaining(message)]);
  });

  it.each(Object.entries(needsPulumi))("%s says what to install where there is no Pulumi", async (name, args) => {
    const [code, output] = await run([name, ...args]);
    expect([code, output]).toEqual([1, expect.stringMatching(/No way to a Pulumi CLI: .* \\?\[program-missing\\?\]/)]);
  });

  it.each(Object.entries(needsPulumi).filter(([, args]) => args.includes("production")))(
    "%s says how to start a local cloud that is stopped",
    async (name, args) => {
      const [code, output] = await run([name, ...args.map((arg) => (arg === "production" ? "local" : arg))]);
      const start = `No local cloud was ever started in ${home}/cloud. Start it: ./stagesub local --dir '${home}/cloud' start`;
      expect([code, output]).toEqual([1, expect.stringContaining(start)]);
    },
  );

  it.each(["list", "plan", "ci", "bench", "toolchain"])("%s ends with 130 after Ctrl-C", async (name) => {
    const started = path.join(home, `${name}-started`);
    const child = start([name, ...needsPulumi[name]!], { PATH: `${home}/bin:${home}:/usr/bin:/bin`, STARTED: started });
    await expect.poll(() => existsSync(started), { timeout: 60_000 }).toBe(true);
    process.kill(-child.pid, "SIGINT");
    expect(await child.ended).toEqual({ code: 130, output: expect.not.stringMatching(/bug|\n +at /) as string });
  });

  it("is silent where its reader has seen enough, as `| head -1` has", async () => {
    const child = spawn(stagesub, ["--help"], { env });
    child.stdout.destroy();
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, errors]).toEqual([0, ""]);
  });

  it("takes the stack from PULUMI_STACK, or the one that `pulumi stack select` chose in this checkout, of its backend", async () => {
    const pulumiHome = path.join(home, "pulumi-home");
    const project = createHash("sha1").update(path.join(checkout, "Pulumi.yaml")).digest("hex");
    const workspace = path.join(pulumiHome, `workspaces/stagesub-${project}-workspace.json`);
    await mkdir(path.dirname(workspace), { recursive: true });
    const selected = async (settings: object, more: NodeJS.ProcessEnv = {}) => {
      await writeFile(workspace, JSON.stringify(settings));
      const [code, output] = await run(["list"], { PULUMI_HOME: pulumiHome, ...more });
      return [code, /Pulumi\.(\w+)\.yaml|found none: neither/.exec(output)?.[0]];
    };
    const none = "found none: neither";
    const file = (name: string) => [2, `Pulumi.${name}.yaml`];
    expect(await selected({ stack: "organization/stagesub/chosen" })).toEqual(file("chosen"));
    const stacks = { "file:///a": "inA", "file:///b": "inB" };
    expect(await selected({ stacks }, { PULUMI_BACKEND_URL: "file:///b" })).toEqual(file("inB"));
    expect(await selected({ stacks }, { PULUMI_BACKEND_URL: "file:///c" })).toEqual([2, none]);
    await writeFile(path.join(pulumiHome, "credentials.json"), JSON.stringify({ current: "file:///a" }));
    expect(await selected({ stacks, stack: "old" })).toEqual(file("inA"));
    expect(await selected({ stacks }, { PULUMI_STACK: "organization/stagesub/named" })).toEqual(file("named"));
    expect(await selected({})).toEqual([2, none]);
    await writeFile(workspace, "{ half");
    const [code, output] = await run(["list"], { PULUMI_HOME: pulumiHome });
    expect([code, output]).toEqual([2, expect.stringContaining(none)]);
  });

  it("completes commands, their options and stacks in bash, and alike in zsh", async () => {
    const [, script] = await run(["completion", "bash"]);
    const complete = async (...words: string[]) => {
      const code = `${script}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_stagesub
printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await promisify(execFile)("bash", ["-c", code, "bash", "stagesub", ...words]);
      return stdout.trim().split("\n");
    };
    expect(await complete("l")).toEqual(["list", "log", "logs", "local"]);
    expect(await complete("-C", "list", "re")).toEqual(["report", "resume", "retire", "restore"]);
    expect(await complete("status", "--")).toEqual(["--stack", "--watch", "--output", "--json", "--help"]);
    expect(await complete("local", "--dir", "x", "st")).toEqual(["start", "stop", "status"]);
    expect(await complete("local", "start", "--d")).toEqual(["--dir"]);
    expect(await complete("list", "--stack", "pro")).toEqual(["production"]);
    expect(await complete("completion", "z")).toEqual(["zsh"]);
    expect(await run(["completion", "zsh"])).toEqual([
      0,
      `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${script}`,
    ]);
  });

  it("gives fish every command, option and stack, each with a description", async () => {
    const [, script] = await run(["completion", "fish"]);
    // Quotes are bash's as well: it reads the lines, and prints the words of each.
    const read = `complete() { printf '%s\\x1f' "$@"; echo; }\n${script}`;
    const { stdout } = await promisify(execFile)("bash", ["-c", read]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\u001f").slice(0, -1));
    const isOffered = (...words: string[]) =>
      lines.some((line) => words.every((word) => line.includes(word)) && line.at(-2) === "-d" && line.at(-1) !== "");
    for (const [name, [, load]] of entries) {
      expect(isOffered("__fish_use_subcommand", name), name).toBe(true);
      const command = (await load()).default(name);
      const inside = `__fish_seen_subcommand_from ${name}`;
      for (const { long } of command.options) expect(isOffered(inside, "-l", long!.slice(2)), name + long).toBe(true);
      const below = command.commands.map((each) => each.name());
      for (const each of below)
        expect(isOffered(`${inside}; and not __fish_seen_subcommand_from ${below.join(" ")}`, each), each).toBe(true);
    }
    expect(isOffered("__fish_use_subcommand", "completion")).toBe(true);
    expect(lines).toContainEqual([
      "-c",
      "stagesub",
      "-n",
      expect.stringContaining("completion"),
      "-f",
      "-a",
      "bash zsh fish",
    ]);
    const stacks = lines.filter((line) => line.includes("stack")).map((line) => line[line.indexOf("-a") + 1]);
    expect(stacks.length).toBeGreaterThan(15);
    expect([...new Set(stacks)]).toEqual([
      `(string replace -rf '.*/Pulumi\\.(.*)\\.yaml$' '$1' '${path.join(checkout, "stacks")}'/*)`,
    ]);
  });

  it("moves the demo to free ports where another program listens on one of its own", async () => {
    const dir = path.join(home, "demo-cloud");
    expect((await ensureSettings(dir, { portBase: await findPortBase() })).ports).toBeDefined();
    expect(await findOtherPorts(dir)).toEqual({});
    const { ports } = (await readSettings(dir))!;
    const server = createServer().listen(ports.dns, "127.0.0.1");
    await once(server, "listening");
    const { portBase } = await findOtherPorts(dir);
    server.close();
    expect(portBase).toBeGreaterThan(10_000);
    expect(portBase).not.toBe(ports.supabase);
    for (const [index] of portNames.entries()) expect(await isPortFree(portBase! + index)).toBe(true);
  });

  it("compiles itself anew after a change, and runs where it cannot write", async () => {
    let copy = path.join(home, "copy");
    const parts = [
      "stagesub",
      "package.json",
      "tsconfig.json",
      "Pulumi.yaml",
      "infra",
      "local",
      "policy",
      "scripts",
      "stacks",
    ];
    for (const part of parts) await cp(path.join(checkout, part), path.join(copy, part), { recursive: true });
    await symlink(path.join(checkout, "node_modules"), path.join(copy, "node_modules"));
    const help = async (...args: string[]) =>
      (await run([...args, "--help"], {}, { program: path.join(copy, "stagesub") }))[1];
    expect(await help()).toContain("one orchestra, with all");
    const edit = async (from: string, to: string) => {
      const file = path.join(copy, "scripts/commands.ts");
      await writeFile(file, (await readFile(file, "utf8")).replace(from, to));
    };
    await edit("one orchestra, with all", "one ORCHESTRA, with all");
    expect(await help()).toContain("one ORCHESTRA, with all");
    // -C names a folder of another checkout: its own program runs.
    expect((await run(["-C", path.join(copy, "stacks"), "--help"]))[1]).toContain("one ORCHESTRA");
    expect(await run(["-C", copy, "list", "--stack", "nowhere"])).toEqual([
      2,
      expect.stringContaining("Pulumi.nowhere.yaml"),
    ]);
    // Compiled files hold the place of the checkout.
    const moved = path.join(home, "moved");
    await rename(copy, moved);
    copy = moved;
    expect(await help("show")).toContain("Usage: stagesub show");
    expect(JSON.parse(await readFile(path.join(copy, ".compiled/current.json"), "utf8"))).toMatchObject({
      place: `${copy}/`,
    });
    await rm(path.join(copy, ".compiled"), { recursive: true });
    await writeFile(path.join(copy, ".compiled"), "in the way");
    expect(await help("show")).toContain("Usage: stagesub show");
  });
});
