import path from "node:path";

import { runProgram } from "../../infra/util/runProgram.ts";

/** The result of a command. */
export interface CommandRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `./stagesub …` of a checkout, without a terminal. */
export async function runStagesub(dir: string, args: string[], env: Record<string, string> = {}): Promise<CommandRun> {
  const options = { cwd: dir, env: { ...process.env, ...env } };
  const { code, stdout, stderr } = await runProgram(path.join(dir, "stagesub"), args, options);
  return { code: code ?? NaN, stdout, stderr };
}
