import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkout } from "../../infra/util/checkout.ts";
import { PULUMI_VERSION, readPlugins } from "../../local/toolchain/versions.ts";
import { fakeMachine, type FakeMachine, goScript, pulumiScript } from "./toolchainHarness.ts";

// Real processes, real files and a loopback server, with scripts in place of `pulumi`, `go` and Pulumi's installer. That Go builds the real
// CLI and that the engine accepts it is for the engine tests to show; that Pulumi's servers and installer do so was read, not seen.

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function useMachine(overrides?: Parameters<typeof fakeMachine>[0]): FakeMachine {
  const machine = fakeMachine(overrides);
  cleanups.push(() => machine.remove());
  return machine;
}

/** Starts a loopback stand-in for Pulumi's download host; without an answer, it says 503. */
async function serveInstaller(answer?: string): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.writeHead(answer === undefined ? 503 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/install.sh`, requests };
}

function installPulumi(machine: FakeMachine, script: string): string {
  machine.install("pulumi-language-nodejs", "");
  machine.install("pulumi-resource-pulumi-nodejs", "");
  return machine.install("pulumi", script);
}

/** Puts official plugins, by name, into the home of this machine's user. */
function installPlugins(machine: FakeMachine, names: string[]): void {
  for (const { name, version } of readPlugins().filter((plugin) => names.includes(plugin.name))) {
    machine.install(
      `pulumi-resource-${name}`,
      "",
      join(machine.home, ".pulumi", "plugins", `resource-${name}-v${version}`),
    );
  }
}

const both = ["terraform-provider", "cloudflare"];

describe("a Pulumi on PATH", () => {
  it("serves with the user's own home and leaves no trace where both official plugins are there", async () => {
    const machine = useMachine();
    const pulumi = installPulumi(machine, pulumiScript("3.300.1"));
    installPlugins(machine, both);
    const toolchain = await machine.ensure();
    expect(toolchain).toMatchObject({
      pulumi,
      version: "3.300.1",
      source: "path",
      languageHost: "official",
      providers: "official",
    });
    expect(toolchain.environment).toEqual({
      PATH: machine.machine.path.join(":"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    expect(existsSync(machine.cache)).toBe(false);
    expect(machine.lines).toEqual([]);
  });

  it.each([
    ["older than what the program needs", "3.226.9", "is version 3.226.9; expected 3.x from 3.227.0 on"],
    ["of another major version", "4.0.0", "is version 4.0.0; expected 3.x from 3.227.0 on"],
  ])("is passed over when it is %s", async (_claim, version, reason) => {
    const machine = useMachine();
    const pulumi = installPulumi(machine, pulumiScript(version));
    machine.install("go", goScript(PULUMI_VERSION));
    expect((await machine.ensure()).source).toBe("build");
    expect(machine.lines[0]).toBe(`Not using the Pulumi on PATH: ${pulumi} ${reason}.`);
  });

  it("is passed over without its language host, and says which file is missing", async () => {
    const machine = useMachine();
    const pulumi = machine.install("pulumi", pulumiScript("3.250.0"));
    machine.install("pulumi-resource-pulumi-nodejs", "");
    machine.install("go", goScript(PULUMI_VERSION));
    expect((await machine.ensure()).source).toBe("build");
    expect(machine.lines[0]).toBe(
      `Not using the Pulumi on PATH: ${pulumi} lacks pulumi-language-nodejs, expected beside it or on PATH.`,
    );
  });

  it("is passed over when it does not run", async () => {
    const machine = useMachine();
    const pulumi = installPulumi(machine, "echo cannot execute >&2; exit 126");
    machine.install("go", goScript(PULUMI_VERSION));
    expect((await machine.ensure()).source).toBe("build");
    expect(machine.lines[0]).toBe(`Not using the Pulumi on PATH: ${pulumi} does not run: cannot execute.`);
  });
});

describe("Pulumi's own install", () => {
  it("is made once, in the folder that Pulumi's npm package uses too, and the engine fetches the providers", async () => {
    const { url, requests } = await serveInstaller("#!/bin/sh\n");
    const machine = useMachine({ installer: url });
    const [first, second] = await Promise.all([machine.ensure(), machine.ensure()]);
    expect(first).toMatchObject({
      pulumi: join(machine.home, ".pulumi/versions", PULUMI_VERSION, "bin/pulumi"),
      version: PULUMI_VERSION,
      source: "install",
      languageHost: "official",
      providers: "official",
    });
    expect(first.environment).toEqual({
      PATH: [dirname(first.pulumi), ...machine.machine.path].join(":"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    expect(second).toEqual(first);
    expect(machine.lines.filter((line) => line.startsWith("Installing Pulumi"))).toHaveLength(1);
    expect(requests).toHaveLength(2);
  });

  it("that is there already serves without being asked for", async () => {
    const machine = useMachine();
    installPlugins(machine, both);
    await machine.machine.install(join(machine.home, ".pulumi/versions", PULUMI_VERSION));
    expect((await machine.ensure()).source).toBe("install");
    expect(existsSync(machine.cache)).toBe(false);
  });

  it("that fails is shown with what the installer said, and no other way is taken", async () => {
    const { url } = await serveInstaller("#!/bin/sh\n");
    const machine = useMachine({ installer: url });
    machine.install("go", goScript(PULUMI_VERSION));
    machine.machine.install = () => Promise.reject(new Error("curl: (18) transfer closed"));
    const refusal = await machine.ensure().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "program-missing" });
    expect((refusal as Error).message).toContain(
      "Pulumi's installer failed: curl: (18) transfer closed\nRun this again",
    );
    expect(machine.countCalls("go")).toBe(0);
  });

  it("counts as out of reach where a login page answers in its place", async () => {
    const { url } = await serveInstaller("<html>Welcome to the hotel</html>");
    const machine = useMachine({ installer: url });
    machine.install("go", goScript(PULUMI_VERSION));
    expect((await machine.ensure()).source).toBe("build");
    expect(machine.lines[0]).toContain("expected Pulumi's install script, got something else");
  });

  it("is decided within seconds where a firewall swallows what is asked", async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => server.close().closeAllConnections());
    const machine = useMachine({ installer: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
    machine.install("go", goScript(PULUMI_VERSION));
    expect((await machine.ensure()).source).toBe("build");
    expect(readFileSync(join(machine.cache, "unreachable.txt"), "utf8")).toContain("timeout");
  });

  it("is not asked for again within the day, unless told to", async () => {
    const { url, requests } = await serveInstaller();
    const machine = useMachine({ installer: url });
    machine.install("go", goScript(PULUMI_VERSION));
    const first = await machine.ensure();
    expect(requests).toHaveLength(1);
    expect(await machine.ensure()).toEqual(first);
    expect(requests).toHaveLength(1);
    await machine.ensure({ refresh: true });
    expect(requests).toHaveLength(2);
    utimesSync(join(machine.cache, "unreachable.txt"), new Date(0), new Date(Date.now() - 25 * 3_600_000));
    await machine.ensure();
    expect(requests).toHaveLength(3);
    expect(machine.countCalls("go")).toBe(1);
  });
});

describe("a build from Go modules", () => {
  it("puts our language host and launcher beside the CLI, and happens once", async () => {
    const machine = useMachine();
    machine.install("go", goScript(PULUMI_VERSION));
    const toolchain = await machine.ensure();
    expect(toolchain).toMatchObject({
      version: PULUMI_VERSION,
      source: "build",
      languageHost: "own",
      providers: "own",
    });
    const bin = dirname(toolchain.pulumi);
    expect(readdirSync(bin).sort()).toEqual(["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);
    expect(toolchain.environment).toEqual({
      PATH: [bin, ...machine.machine.path].join(":"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_HOME: expect.stringContaining(machine.cache) as string,
    });
    expect(await machine.ensure()).toEqual(toolchain);
    expect(machine.countCalls("go")).toBe(1);
  });

  it("leaves nothing in the cache that points into the checkout", async () => {
    const machine = useMachine();
    machine.install("go", goScript(PULUMI_VERSION));
    await machine.ensure();
    for (const entry of readdirSync(machine.cache, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile()) expect(readFileSync(file, "utf8").includes(checkout), file).toBe(false);
    }
  });

  it("is never mistaken for the user's own Pulumi by a shell that evaluated its environment", async () => {
    const machine = useMachine();
    machine.install("go", goScript(PULUMI_VERSION));
    const first = await machine.ensure();
    const { readMachine } = await import("../../local/toolchain/machine.ts");
    const again = readMachine({ ...machine.machine.environment, ...first.environment });
    expect(again.path).toEqual(machine.machine.path);
    expect(again.pulumiHome).toBe(join(machine.home, ".pulumi"));
  });

  it("says in one line what to install where no way is open", async () => {
    const machine = useMachine();
    const refusal = await machine.ensure().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "program-missing" });
    expect(machine.lines).toEqual([]);
    expect((refusal as Error).message).toMatchInlineSnapshot(
      `"No way to a Pulumi CLI: none fits on PATH, Pulumi's own is out of reach (http://127.0.0.1:65535: ECONNREFUSED), and there is no Go to build it. Install Pulumi 3.227.0 or later (https://www.pulumi.com/docs/install/) or Go (https://go.dev/dl/), and run this again."`,
    );
  });

  it("shows the end of what Go said when it fails", async () => {
    const machine = useMachine();
    machine.install("go", "echo 'go: go.mod requires go >= 1.25.11 (running go 1.21; GOTOOLCHAIN=local)' >&2; exit 1");
    await expect(machine.ensure()).rejects.toThrow(
      "go.mod requires go >= 1.25.11 (running go 1.21; GOTOOLCHAIN=local)",
    );
    expect(readdirSync(join(machine.cache, "tmp"))).toEqual([]);
  });

  it("that is interrupted ends Go and leaves the cache whole", async () => {
    const machine = useMachine();
    machine.install("go", goScript(PULUMI_VERSION, "exec sleep 30"));
    const interruption = new AbortController();
    const ensuring = machine.ensure({ signal: interruption.signal });
    await expect.poll(() => machine.countCalls("go"), { timeout: 10_000 }).toBe(1);
    interruption.abort();
    await expect(ensuring).rejects.toThrow("aborted");
    expect(readdirSync(machine.cache).sort()).toEqual(["tmp", "unreachable.txt"]);
    expect(readdirSync(join(machine.cache, "tmp"))).toEqual([]);
  });

  it("is waited for by a second call at the same time", async () => {
    const machine = useMachine();
    machine.install("go", goScript(PULUMI_VERSION, "sleep 1"));
    const [first, second] = await Promise.all([machine.ensure(), machine.ensure()]);
    expect(second).toEqual(first);
    expect(machine.countCalls("go")).toBe(1);
    expect(machine.lines).toContain("Another run is preparing the toolchain; waiting for it …");
  });

  it("goes on after a run that was killed while it held the lock", async () => {
    const machine = useMachine();
    machine.install("go", goScript(PULUMI_VERSION));
    mkdirSync(machine.cache, { recursive: true });
    writeFileSync(join(machine.cache, "lock"), "4711 dead");
    utimesSync(join(machine.cache, "lock"), new Date(0), new Date(Date.now() - 11_000));
    expect((await machine.ensure()).source).toBe("build");
  });

  it("makes room: what no call has used for a week goes when something new is made", async () => {
    const machine = useMachine();
    machine.install("go", goScript(PULUMI_VERSION));
    await machine.ensure();
    const [unused, recent, kept] = ["home-0123456789ab", "bin-0123456789ab-programs-0123456789ab", "node-24-linux-x64"];
    for (const name of [unused, recent, kept]) mkdirSync(join(machine.cache, name));
    const old = new Date(Date.now() - 8 * 24 * 3_600_000);
    for (const name of [unused, kept]) utimesSync(join(machine.cache, name), old, old);
    const before = readdirSync(machine.cache);
    // The next thing that is made anew.
    rmSync(
      join(
        machine.cache,
        before.find((name) => name.startsWith("bin-") && name !== recent)!,
      ),
      { recursive: true },
    );
    await machine.ensure();
    expect(readdirSync(machine.cache)).toEqual(before.filter((name) => name !== unused));
  });

  it("pins the version that the rest of the toolchain speaks of", () => {
    const module = readFileSync(join(checkout, "local/offline/go/go.mod"), "utf8");
    expect(module).toContain(`require github.com/pulumi/pulumi/pkg/v3 v${PULUMI_VERSION}\n`);
  });
});

describe("provider plugins", () => {
  it("of our own never go into the user's home, also when one official plugin is there", async () => {
    const machine = useMachine();
    installPulumi(machine, pulumiScript("3.276.0"));
    installPlugins(machine, ["cloudflare"]);
    const before = readdirSync(machine.home, { recursive: true });
    const { providers, environment } = await machine.ensure();
    expect(providers).toBe("own");
    expect(environment["PULUMI_HOME"]).toContain(machine.cache);
    expect(environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]).toBe("true");
    const after = readdirSync(machine.home, { recursive: true, encoding: "utf8" });
    expect(after.filter((file) => !file.startsWith(".cache"))).toEqual(before);
  });

  it("that are half installed in the user's home do not count", async () => {
    const machine = useMachine();
    installPulumi(machine, pulumiScript("3.276.0"));
    installPlugins(machine, both);
    const { version } = readPlugins().find(({ name }) => name === "cloudflare") ?? { version: "" };
    writeFileSync(join(machine.home, ".pulumi", "plugins", `resource-cloudflare-v${version}.partial`), "");
    expect((await machine.ensure()).providers).toBe("own");
  });
});
