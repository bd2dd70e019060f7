import { readFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { root } from "../support/checkout.ts";
import { useEngine } from "../support/engine.ts";
import { startProcess } from "../support/startProcess.ts";

/** A command of the page that does not end with 0 as it is printed, or needs something else in a place of its own. */
interface Deviation {
  /** Its exit code. */
  code?: number;
  /** A text that its output must have. */
  says?: string;
}

const deviations: Record<string, Deviation> = {
  "./stagesub plan -s local": { code: 7, says: "umea" },
  "./stagesub list -s local": { says: "vasteras" },
  "./stagesub verify malmo gavle -s local": { says: "one-time password" },
  "./stagesub rotate gavle vasteras -s local": { says: "app_local_gavle_2" },
  "pulumi refresh --preview-only --diff -s local": { says: "unchanged" },
  "pulumi destroy -s local": { code: 1, says: "because it is protected" },
};

const page = await readFile(path.join(root, "docs/operations.md"), "utf8");
const fence = /^```\w*\n([^]*?)^```/gm;
/** The commands of the page, in its order. */
const commands = [...page.matchAll(fence)].flatMap(([, block]) =>
  block!.split("\n").flatMap((line) => (line.startsWith("$ ") ? [line.slice(2)] : [])),
);

/**
 * Every command of docs/operations.md, in the page's order, each as it is printed there, on a stack of the local cloud; only the stack's name
 * is put in, and Pulumi is answered yes. It does not prove the samples below the commands.
 */
describe("daily operations", () => {
  const engine = useEngine({ orchestras: ["gavle", "malmo", "vasteras"], spares: 1 });
  const run = async (command: string) => {
    const line = command
      .replaceAll("-s production", "-s local")
      .replace(/^pulumi up\b/, "pulumi up --yes --skip-preview")
      .replace(/^pulumi destroy\b/, "pulumi destroy --yes");
    const started = startProcess("/bin/sh", {
      args: ["-c", line],
      cwd: engine.checkout.dir,
      env: { ...process.env, ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir },
    });
    engine.hear(command, () => started.output());
    return started.ended;
  };

  it("names no command in its prose that it does not show at work", () => {
    const shown = new Set(commands.flatMap((command) => command.split(" | ")).map(nameOf));
    const prose = page.replace(fence, "");
    const named = [...prose.matchAll(/`((?:\.\/stagesub|pulumi|node|npm) [^`<]+)`/g)].map(([, command]) =>
      nameOf(command!),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !shown.has(name))).toEqual([]);
  });

  it("names no deviation of a command that it no longer has", () => {
    expect(Object.keys(deviations).filter((command) => !commands.includes(command))).toEqual([]);
  });

  it("begins with a stack that is up", async () => {
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
  });

  it.each(commands)("%s", async (command) => {
    const { code, output } = await run(command);
    const { code: expected = 0, says } = deviations[command] ?? {};
    expect(code, output).toBe(expected);
    if (says !== undefined) expect(output).toContain(says);
  });

  it("leaves a stack in which another run has nothing to do, and malmo's page as it was", async () => {
    const { code, output } = await engine.up("--refresh", "--expect-no-changes");
    expect(code, output).toBe(0);
    const { code: verified, stdout, stderr } = await engine.orchestra("verify", "malmo", "vasteras", "umea");
    expect(verified, stdout + stderr).toBe(0);
  });
});

/** Returns the part of a command that says what it does: "./stagesub list", "pulumi config". */
function nameOf(command: string): string {
  return command.split(" ").slice(0, 2).join(" ");
}
