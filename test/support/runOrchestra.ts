import { execFile } from "node:child_process";

/** The result of a command. */
export interface CommandRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run orchestra -- …` of a checkout, without a terminal and without npm. */
export function runOrchestra(dir: string, args: string[], env: Record<string, string> = {}): Promise<CommandRun> {
  return runScript("orchestra", dir, args, env);
}

/** Runs `npm run <name> -- …` of a checkout: scripts/<name>.ts. */
export function runScript(
  name: string,
  dir: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<CommandRun> {
  const call = ["--import", "tsx", `scripts/${name}.ts`, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, call, { cwd: dir, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}
