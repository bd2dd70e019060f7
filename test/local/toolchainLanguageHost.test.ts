import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { credentials, status } from "@grpc/grpc-js";
import languageService from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isAlive } from "../../infra/util/isAlive.ts";
import { bundlePrograms } from "../../local/offline/bundlePrograms.ts";

// The bundle that the toolchain makes is spoken to as the engine does it, over gRPC. In place of `@pulumi/pulumi/cmd/run` stands a script
// that writes down how it was called; that the engine and the real runner get along with the host is for the engine tests to show.

let bundles: string;
let root: string;
let host: ChildProcessWithoutNullStreams | undefined;
let client: InstanceType<typeof languageService.LanguageRuntimeClient>;

beforeAll(async () => {
  bundles = mkdtempSync(join(tmpdir(), "stagesub-language-host-"));
  await bundlePrograms(bundles);
});
afterAll(async () => {
  await endHost();
  rmSync(bundles, { recursive: true, force: true });
});

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "stagesub-program-")));
  if (host) return;
  host = spawn(process.execPath, [join(bundles, "language-host.mjs"), "engine:1"]);
  const [port] = (await once(createInterface(host.stdout), "line")) as [string];
  client = new languageService.LanguageRuntimeClient(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Ends the host if it still runs; the next test gets another. */
async function endHost(): Promise<void> {
  client.close();
  if (host?.exitCode === null && host.signalCode === null) {
    const ended = once(host, "exit");
    host.kill("SIGKILL");
    await ended;
  }
  host = undefined;
}

/** Gives the program a stand-in for Pulumi's runner, as JavaScript. */
function installRunner(script: string): void {
  const folder = join(root, "node_modules/@pulumi/pulumi/cmd/run");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.js"), script);
}

const RECORD = `require("fs").writeFileSync(process.env.RECORD ?? process.argv[process.argv.indexOf("--root-directory") + 1] + "/record.json",
  JSON.stringify({ node: process.execArgv, argv: process.argv.slice(2), config: process.env.PULUMI_CONFIG,
    secretKeys: process.env.PULUMI_CONFIG_SECRET_KEYS, pid: process.pid }));`;

interface Record {
  node: string[];
  argv: string[];
  config: string;
  secretKeys: string;
  pid: number;
}

function readRecord(): Record {
  return JSON.parse(readFileSync(join(root, "record.json"), "utf8")) as Record;
}

type Options = { [option: string]: struct.JavaScriptValue };

function makeRequest(options: Options = { typescript: false }) {
  const info = new language.ProgramInfo()
    .setRootDirectory(root)
    .setProgramDirectory(join(root, "infra"))
    .setEntryPoint("index.ts")
    .setOptions(struct.Struct.fromJavaScript(options));
  const request = new language.RunRequest()
    .setInfo(info)
    .setMonitorAddress("127.0.0.1:2")
    .setProject("stagesub")
    .setStack("local")
    .setOrganization("organization")
    .setParallel(8)
    .setConfigsecretkeysList(["stagesub:databaseUrl"]);
  request.getConfigMap().set("stagesub:domain", "stagesub.localhost").set("stagesub:databaseUrl", "hush");
  return request;
}

async function run(request = makeRequest()): Promise<{ error: string; bail: boolean }> {
  mkdirSync(join(root, "infra"), { recursive: true });
  return new Promise((resolve, reject) => {
    client.run(request, (error, response) => (error ? reject(error) : resolve(response.toObject())));
  });
}

describe("a run", () => {
  it("calls the program's own runner with the engine's addresses, and config only in the environment", async () => {
    installRunner(RECORD);
    expect(await run()).toEqual({ error: "", bail: false });
    const { argv, config, secretKeys } = readRecord();
    expect(argv.join(" ")).toBe(
      `--monitor 127.0.0.1:2 --engine engine:1 --organization organization --project stagesub --root-directory ${root} ` +
        `--stack local --pwd ${root}/infra --parallel 8 index.ts`,
    );
    // Sorted, and with the keys of old SDKs, as the official host writes them.
    expect(config).toBe('{"stagesub:config:databaseUrl":"hush","stagesub:config:domain":"stagesub.localhost"}');
    expect(JSON.parse(secretKeys)).toEqual(["stagesub:databaseUrl"]);
  });

  it("of a preview says so", async () => {
    installRunner(RECORD);
    await run(makeRequest().setDryrun(true));
    expect(readRecord().argv).toContain("--dry-run");
  });

  it("passes nodeargs to node as whole words, Pulumi.yaml's own too", async () => {
    installRunner(RECORD);
    await run(makeRequest({ typescript: false, nodeargs: " --no-warnings  --title=a#b" }));
    expect(readRecord().node).toEqual(["--no-warnings", "--title=a#b"]);
    const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as { runtime: { options: Options } };
    expect(await run(makeRequest(runtime.options))).toEqual({ error: "", bail: false });
    expect(readRecord().node).toEqual([]);
  });

  it("bails out silently when the user has already seen the error", async () => {
    installRunner("process.exit(32)");
    expect(await run()).toEqual({ error: "", bail: true });
  });

  it("names the exit code of a program that failed in another way", async () => {
    installRunner("process.exit(3)");
    expect(await run()).toEqual({ error: "Program exited with non-zero exit code: 3", bail: false });
  });

  it("says what to do where the program's dependencies are not installed", async () => {
    expect((await run()).error).toBe(
      "It looks like the Pulumi SDK has not been installed. Have you run pulumi install?",
    );
  });

  it.each<Options>([
    {},
    { typescript: "false" },
    { typescript: true },
    { typescript: false, nodeargs: ["--import=tsx/esm"] },
    { typescript: false, nodeargs: "--title='two words'" },
    { typescript: false, nodeargs: "--title=two\\ words" },
    { typescript: false, nodeargs: "--import #lean-sdk" },
    { typescript: false, packagemanager: "bun" },
    { typescript: false, tsconfig: "tsconfig.json" },
  ])("is refused for the options %j, which the official host may read otherwise", async (options) => {
    installRunner(RECORD);
    expect((await run(makeRequest(options))).error).toContain(`comments, got {`);
  });
});

describe("a policy pack", () => {
  const folder = () => join(root, "policy");

  /** Gives the pack a stand-in for Pulumi's runner. */
  function installPackRunner(script: string): void {
    const runner = join(root, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
    mkdirSync(runner, { recursive: true });
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(runner, "index.js"), script);
  }

  function startPack(kind = "analyzer", options: Options = { typescript: false }) {
    const info = new language.ProgramInfo()
      .setRootDirectory(folder())
      .setProgramDirectory(folder())
      .setEntryPoint(".")
      .setOptions(struct.Struct.fromJavaScript(options));
    const request = new language.RunPluginRequest()
      .setInfo(info)
      .setKind(kind)
      .setPwd(root)
      .setArgsList(["127.0.0.1:3"])
      .setEnvList([`PATH=${process.env["PATH"]}`, "WORD=first=1", "WORD=a=b"]);
    const call = client.runPlugin(request);
    const heard = { stdout: "", stderr: "", code: undefined as number | undefined };
    call.on("data", (response: InstanceType<typeof language.RunPluginResponse>) => {
      if (response.hasStdout()) heard.stdout += Buffer.from(response.getStdout_asU8()).toString();
      if (response.hasStderr()) heard.stderr += Buffer.from(response.getStderr_asU8()).toString();
      if (response.hasExitcode()) heard.code = response.getExitcode();
    });
    const ended = new Promise<typeof heard>((resolve, reject) =>
      call.once("error", reject).once("end", () => resolve(heard)),
    );
    return { call, heard, ended };
  }

  it("runs in its own folder with the engine's arguments and environment, and its words and exit code reach the engine", async () => {
    installPackRunner(
      `console.log(JSON.stringify([process.argv.slice(2), process.cwd(), process.env.WORD, process.env.HOME])); console.error("hm"); process.exit(3)`,
    );
    // `nodeargs` reach the pack and not node, as under the official host.
    const options = { typescript: false, nodeargs: "--title=pack" };
    const { stdout, stderr, code } = await startPack("analyzer", options).ended;
    expect(JSON.parse(stdout)).toEqual([["--title=pack", "127.0.0.1:3", folder()], folder(), "a=b", null]);
    expect([stderr, code]).toEqual(["hm\n", 3]);
  });

  it("ends when the engine lets go of it", async () => {
    installPackRunner(`console.log(process.pid); setTimeout(() => {}, 60_000)`);
    const { call, heard, ended } = startPack();
    await expect.poll(() => heard.stdout, { timeout: 10_000 }).not.toBe("");
    call.cancel();
    await expect(ended).rejects.toMatchObject({ code: status.CANCELLED });
    await expect.poll(() => isAlive(Number(heard.stdout)), { timeout: 10_000 }).toBe(false);
  });

  it("without its dependencies, with wrong options or of another kind is refused in words", async () => {
    mkdirSync(folder());
    await expect(startPack().ended).rejects.toMatchObject({
      details: `It looks like the Pulumi SDK has not been installed. Have you run npm install in ${folder()}?`,
    });
    await expect(startPack("analyzer", { nodeargs: 7 }).ended).rejects.toMatchObject({
      details: expect.stringContaining('got {"nodeargs":7}: this language host takes no others') as string,
    });
    await expect(startPack("converter").ended).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });
});

describe("a program that runs on", () => {
  afterEach(endHost);
  const HANG = `${RECORD} setTimeout(() => {}, 60_000);`;

  async function startHanging(): Promise<{ pid: number; running: Promise<unknown> }> {
    installRunner(HANG);
    const running = run().catch((error: unknown) => error);
    await expect.poll(() => readRecord().pid, { timeout: 10_000 }).toBeGreaterThan(0);
    return { pid: readRecord().pid, running };
  }

  it("ends when the engine cancels", async () => {
    const { pid, running } = await startHanging();
    await promisify(client.cancel.bind(client) as (request: empty.Empty, done: (error: unknown) => void) => void)(
      new empty.Empty(),
    );
    expect(await running).toEqual({ error: "Program was ended by SIGINT", bail: false });
    expect(isAlive(pid)).toBe(false);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends, and the host with it, at %s", async (signal) => {
    const { pid } = await startHanging();
    host!.kill(signal);
    expect(await once(host!, "exit")).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
  });

  it("ends, and the host with it, when the CLI that started them is gone", async () => {
    const { pid } = await startHanging();
    host!.stdin.end();
    expect(await once(host!, "exit")).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
  });

  it("is killed when it ignores the interrupt", async () => {
    installRunner(`process.on("SIGINT", () => {}); ${HANG}`);
    const running = run();
    await expect.poll(() => readRecord().pid, { timeout: 10_000 }).toBeGreaterThan(0);
    client.cancel(new empty.Empty(), () => undefined);
    expect(await running).toEqual({ error: "Program was ended by SIGKILL", bail: false });
  });
});

describe("the host", () => {
  it("answers UNIMPLEMENTED to what only the official one can", async () => {
    const error = await new Promise<unknown>((resolve) => {
      client.generatePackage(new language.GeneratePackageRequest(), resolve);
    });
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
  });
});
