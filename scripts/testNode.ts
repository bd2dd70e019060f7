import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { Command } from "commander";

import { ensureNode } from "../local/toolchain/ensureNode.ts";
import { readMachine } from "../local/toolchain/machine.ts";
import { awaitInterruption } from "./cli/interruption.ts";
import { runCommand } from "./cli/runCommand.ts";

const program = new Command("npm run test:node --")
  .description(
    "Runs the tests with another Node than this machine's: from its package on npm, kept with the toolchain.",
  )
  .argument("<version>", "22, 24, 26 or an exact one such as 24.22.3")
  .argument("[vitest...]", "arguments for `vitest run`; left out: all of `npm test`", ["--project", "!faults"])
  .allowUnknownOption()
  .passThroughOptions()
  .addHelpText(
    "after",
    "\nExit codes: vitest's own, 0 only if every test passes; 1 where that Node cannot be had, 2 for what is no version.\nExample: npm run test:node -- 24 --project unit test/unit/plan",
  )
  .action(test);
await runCommand(() => program);

async function test(version: string, vitest: string[]): Promise<void> {
  const machine = readMachine(process.env);
  const node = await ensureNode(version, machine, (line) => console.error(line));
  const path = [dirname(node), process.env["PATH"] ?? ""].join(delimiter);
  // Ctrl-C reaches vitest as well, which ends by itself.
  awaitInterruption();
  const child = spawn(node, ["node_modules/vitest/vitest.mjs", "run", ...vitest], {
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve(code ?? 1));
  });
}
