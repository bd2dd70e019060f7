import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { UserError } from "../../../infra/errors.ts";

/** Runs git and returns its output. @throws {UserError} program-missing, or program-failed with git's own words */
export async function runGit(cwd: string, args: string[], input?: string): Promise<Buffer> {
  // A hundred megabytes: far more than all migrations together.
  const running = promisify(execFile)("git", args, { cwd, encoding: "buffer", maxBuffer: 100 * 2 ** 20, env });
  running.child.stdin?.on("error", () => undefined).end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: Buffer };
    if (code === "ENOENT")
      throw new UserError("program-missing", `Expected git on PATH, and a folder ${cwd}; one of them is missing.`);
    throw new UserError("program-failed", String(stderr ?? error).trim());
  }
}

/** Messages in English, and never a question on the terminal. */
const env = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
