import { confirm, isCancel } from "@clack/prompts";

import { UserError } from "../../infra/errors.ts";

/** Asks on the terminal whether to go on. @throws {UserError} where there is no terminal */
export async function agree(message: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UserError(
      "not-confirmed",
      "Refusing to go on without being asked on a terminal. Nothing was done. Say so with --yes.",
    );
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}
