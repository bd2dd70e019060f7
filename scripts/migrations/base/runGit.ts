import { readProgram } from "../../../infra/util/runProgram.ts";

/** Runs git and returns its output. @throws {UserError} program-missing, or program-failed with git's own words */
export async function runGit(cwd: string, args: string[], input?: string): Promise<Buffer> {
  // Messages in English, and never a question on the terminal.
  const env = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  // Files of migrations may hold any bytes.
  return Buffer.from(await readProgram("git", args, { cwd, env, input, encoding: "latin1" }), "latin1");
}
