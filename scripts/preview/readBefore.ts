import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { Plan } from "../../infra/plan/planStack.ts";
import { checkout } from "../stack/openStack.ts";
import { planStackText } from "../stack/stackFile.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";

/** Plans the stack file of a commit; undefined if there is none, or none that could be read today. */
export async function readBefore(stack: string, ref: string): Promise<Plan | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", ["show", `${ref}:./${nameStackFile(stack)}`], {
      cwd: checkout,
    });
    return planStackText(stack, stdout);
  } catch {
    return undefined;
  }
}
