import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkout } from "../../infra/util/checkout.ts";

// Each workaround of infra/sdk.ts and infra/sdkStart.cjs is tried twice in a process of its own: without it the SDK still does the wrong thing, else the workaround
// can go; with it the SDK does not.

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Writes a program into an empty folder, and returns the folder. */
function writeProgram(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "stagesub-sdk-"));
  folders.push(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "program.ts"), script);
  return folder;
}

/** Runs node, with tsx, in the checkout; resolves with all that it printed. */
function runNode(args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx/esm", ...args], { cwd: checkout }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

const imports = `import * as pulumi from ${JSON.stringify(createRequire(import.meta.url).resolve("@pulumi/pulumi"))};
import { refusal, silenceDebugMessages, withoutStackTraces } from ${JSON.stringify(join(checkout, "infra/sdk.ts"))};`;

/** As a program writes it: infra/sdkStart.cjs. */
const early = JSON.stringify(join(checkout, "infra/sdkStart.cjs"));

/** Registers one resource against a made-up engine, which answers with a secret. */
const register = `class Vault extends pulumi.CustomResource {
  declare readonly word: pulumi.Output<string>;
  constructor() { super("test:index:Vault", "vault", { word: undefined }); }
}
await pulumi.runtime.setMocks({ newResource: () => ({ id: "1", state: { word: "hush-hush" } }), call: () => ({}) });`;

describe("the SDK", () => {
  it.each([
    ["writes each answer of the engine into debug messages", "", true],
    ["is silent about them with silenceDebugMessages", "silenceDebugMessages();", false],
  ])("%s", async (_claim, workaround, isHeard) => {
    const folder = writeProgram(`${imports}
      const heard: string[] = [];
      ${register}
      Object.assign(pulumi.log, { debug: (message: string) => { heard.push(message); return Promise.resolve(); } });
      ${workaround}
      const vault = new Vault();
      await new Promise((resolve) => vault.word.apply(resolve));
      console.log(heard.join("").includes("hush-hush"));`);
    expect(await runNode([join(folder, "program.ts")])).toBe(`${isHeard}\n`);
  });

  it.each([
    ["takes dozens of stack traces for each resource", "new Vault()", /^[2-9]\d|^\d{3}/],
    ["takes none with withoutStackTraces", "withoutStackTraces(() => new Vault())", /^0$/],
  ])("%s", async (_claim, made, expected) => {
    const folder = writeProgram(`${imports}
      ${register}
      let frames = 0;
      Error.prepareStackTrace = (_error, trace) => { if (Error.stackTraceLimit !== Infinity) frames += trace.length; return ""; };
      ${made};
      Error.prepareStackTrace = undefined;
      console.log(frames);`);
    expect((await runNode([join(folder, "program.ts")])).trim()).toMatch(expected);
  });

  // The runner calls this function for each error that ends a program, also for a kind that it shows without its stack.
  it.each([
    ["inspects the stack of an error that is shown without one", "new pulumi.RunError('no')", true],
    ["has none to inspect in a refusal", "refusal('no')", false],
  ])("%s", async (_claim, made, isInspected) => {
    const runner = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run/error");
    const folder = writeProgram(`${imports}
      const { createRequire } = await import("node:module");
      const { inspect } = await import("node:util");
      const { defaultErrorMessage } = createRequire(import.meta.url)(${JSON.stringify(runner)});
      const error = ${made};
      Object.defineProperty(error, inspect.custom, { value: () => "inspected" });
      console.log(defaultErrorMessage(error));`);
    expect(await runNode([join(folder, "program.ts")])).toBe(isInspected ? "inspected\n" : "no\n");
  });

  it.each([
    ["loads the TypeScript compiler at once", "", "true"],
    ["loads it once it serialises a function, with sdkStart", `require(${early});`, "false, then true"],
  ])("%s", async (_claim, workaround, expected) => {
    const folder = writeProgram(`import { createRequire } from "node:module";
      const require = createRequire(${JSON.stringify(join(checkout, "infra/main.js"))});
      const isLoaded = () => Object.keys(require.cache).some((file) => file.endsWith("typescript/lib/typescript.js"));
      ${workaround}
      const pulumi = require("@pulumi/pulumi");
      if (isLoaded()) console.log("true");
      else {
        const { text } = await pulumi.runtime.serializeFunction(() => 1);
        console.log("false, then " + isLoaded());
      }`);
    expect(await runNode([join(folder, "program.ts")])).toBe(`${expected}\n`);
  });

  it("has the engine start the provider of dynamic resources, with sdkStart", async () => {
    const folder = writeProgram(`import { createRequire } from "node:module";
      const require = createRequire(${JSON.stringify(join(checkout, "infra/main.js"))});
      const { Server, ServerCredentials } = require("@grpc/grpc-js");
      const { ResourceMonitorService } = require("@pulumi/pulumi/proto/resource_grpc_pb");
      const engine = new Server();
      engine.addService(ResourceMonitorService, {
        invoke: ({ request }) => { console.log(request.getTok().split(":")[0], request.getProvider() === ""); process.exit(); },
      });
      const port = await new Promise((resolve) =>
        engine.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, bound) => resolve(bound)));
      process.env.PULUMI_NODEJS_MONITOR = "127.0.0.1:" + port;
      require(${early});`);
    expect(await runNode([join(folder, "program.ts")])).toBe("pulumi-nodejs true\n");
  });
});
