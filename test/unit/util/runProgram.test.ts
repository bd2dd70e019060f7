import { describe, expect, it } from "vitest";

import { readProgram, runProgram } from "../../../infra/util/runProgram.ts";

const env = { PATH: process.env["PATH"] };
const sh = (script: string, options: Partial<Parameters<typeof runProgram>[2]> = {}) =>
  runProgram("sh", ["-c", script], { env, ...options });

describe("runProgram", () => {
  it("returns both streams, apart and as they came, and the lines of each", async () => {
    const lines: string[] = [];
    const onLine = (line: string, stream: string) => lines.push(`${stream}: ${line}`);
    const result = await sh('printf "å\n"; sleep 0.2; printf "b\nc" >&2; exit 3', { onLine });
    expect(result).toEqual({ code: 3, stdout: "å\n", stderr: "b\nc", output: "å\nb\nc" });
    expect(lines).toEqual(["stdout: å", "stderr: b", "stderr: c"]);
  });

  it("gives the program its input, and minds no program that does not read it", async () => {
    expect((await sh("cat", { input: "hush" })).stdout).toBe("hush");
    expect(await sh("true", { input: "x".repeat(1_000_000) })).toMatchObject({ code: 0 });
    expect(await sh("cat")).toMatchObject({ code: 0, stdout: "" });
  });

  it("keeps every byte with latin1", async () => {
    const { stdout } = await sh("printf '\\303\\377\\000a'", { encoding: "latin1" });
    expect([...Buffer.from(stdout, "latin1")]).toEqual([0xc3, 0xff, 0, 0x61]);
  });

  it("shows the environment that it was given and nothing else", async () => {
    expect((await sh("echo ${HOME:-none} $WORD", { env: { ...env, WORD: "x" } })).stdout).toBe("none x\n");
  });

  it("interrupts the program and returns once that has tidied up, also if the interruption came before", async () => {
    const script = "trap 'echo tidy; exit 4' INT; echo started; while :; do sleep 0.05; done";
    const interruption = new AbortController();
    const result = await sh(script, { interruption: interruption.signal, onLine: () => interruption.abort() });
    expect(result).toMatchObject({ code: 4, stdout: "started\ntidy\n" });
    expect(await sh("exec sleep 30", { interruption: AbortSignal.abort() })).toMatchObject({ code: null });
  });

  it("sends the signal that is chosen by the reason, or none", async () => {
    const interruption = new AbortController();
    const reasons: unknown[] = [];
    const result = await sh("echo started; sleep 0.2; echo done", {
      interruption: interruption.signal,
      chooseSignal: (reason) => void reasons.push(reason),
      onLine: () => interruption.abort("SIGINT"),
    });
    expect([result.stdout, reasons]).toEqual(["started\ndone\n", ["SIGINT"]]);
  });

  it("starts the program in this process's group, where a terminal's Ctrl-C reaches it, or in one of its own", async () => {
    const leads = "ps -o pgid= -p $$ | grep -qw $$";
    expect(await sh(leads)).toMatchObject({ code: 1 });
    expect(await sh(leads, { ownGroup: true })).toMatchObject({ code: 0 });
  });

  it("ends a program that prints more than memory should hold", async () => {
    expect(await sh("yes")).toMatchObject({ code: null });
  });

  it("says why a program did not start, or with its own words that it failed", async () => {
    expect(await runProgram("no-such-program", [], { env })).toMatchObject({
      code: null,
      output: "spawn no-such-program ENOENT",
    });
    await expect(readProgram("no-such-program", [], { env, cwd: "/" })).rejects.toMatchObject({
      code: "program-missing",
      message: "Expected no-such-program to start in /: spawn no-such-program ENOENT.",
    });
    await expect(readProgram("sh", ["-c", "echo no >&2; exit 1"], { env })).rejects.toMatchObject({
      code: "program-failed",
      message: "sh failed: no",
    });
  });
});
