import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { Command } from "commander";

import { ensureNode } from "../local/toolchain/ensureNode.ts";
import { readMachine } from "../local/toolchain/machine.ts";
import { UserError } from "../infra/errors.ts";

await new Command("npm run test:node --")
  .description(
    "Runs the tests with another Node than this machine's: from its package on npm, kept with the toolchain.",
  )
  .argument("<version>", "22, 24, 26 or an exact one such as 24.22.3")
  .argument("[vitest...]", "arguments for `vitest run`; left out: all of `npm test`", ["--project", "!faults"])
  .allowUnknownOption()
  .passThroughOptions()
  .addHelpText(
    "after",
    "\nExit codes: vitest's own, 0 only if every test passes; 1 where that Node cannot be had.\nExample: npm run test:node -- 24 --project unit test/unit/plan",
  )
  .action(test)
  .parseAsync();

async function test(version: string, vitest: string[]): Promise<void> {
  const machine = readMachine(process.env);
  try {
    const node = await ensureNode(version, machine, (line) => console.error(line));
    const path = [dirname(node), process.env["PATH"] ?? ""].join(delimiter);
    const child = spawn(node, ["node_modules/vitest/vitest.mjs", "run", ...vitest], {
      stdio: "inherit",
      env: { ...process.env, PATH: path },
    });
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", reject).once("close", (code) => resolve(code ?? 1));
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
