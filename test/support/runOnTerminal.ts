import { spawn } from "node:child_process";
import { once } from "node:events";

import type { Engine } from "./engine.ts";

/** Keys that a person types once the terminal shows a text. */
export interface Answer {
  to: string | RegExp;
  keys: string;
}

/** Runs a shell's line on a pseudo-terminal, whose output is what a person sees. */
export async function runOnTerminal(
  engine: Engine,
  columns: number,
  line: string,
  answer?: Answer,
): Promise<{ code: number; text: string }> {
  const terminal = `stty cols ${columns} rows 24 && set -o pipefail && ${line}`;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...engine.env,
    STAGESUB_LOCAL_DIR: engine.cloud.dir,
    SHELL: "/bin/bash",
    TERM: "xterm",
  };
  for (const name of ["CI", "NO_COLOR", "FORCE_COLOR"]) delete env[name];
  const child = spawn("script", ["-qec", terminal, "/dev/null"], { cwd: engine.checkout.dir, env });
  let text = "";
  let isAnswered = answer === undefined;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (isAnswered || text.search(answer!.to) < 0) return;
    isAnswered = true;
    child.stdin.write(answer!.keys);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? NaN, text };
}
