import { execFile } from "node:child_process";
import path from "node:path";

/** The result of a command. */
export interface CommandRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `./stagesub …` of a checkout, without a terminal. */
export function runStagesub(dir: string, args: string[], env: Record<string, string> = {}): Promise<CommandRun> {
  return new Promise((resolve) => {
    const options = { cwd: dir, env: { ...process.env, ...env } };
    execFile(path.join(dir, "stagesub"), args, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}
