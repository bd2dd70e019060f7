import { delimiter, dirname, join } from "node:path";
import { Command } from "commander";

import { checkout } from "../infra/util/checkout.ts";
import { runProgram } from "../infra/util/runProgram.ts";
import { ensureNode } from "../local/toolchain/ensureNode.ts";
import { readMachine } from "../local/toolchain/machine.ts";
import { awaitInterruption } from "./cli/interruption.ts";

/** Returns `test-node`. */
export default function testNodeCommand(): Command {
  return new Command("test-node")
    .description(
      "Runs the tests with another Node than this machine's: from its package on npm, kept with the toolchain.",
    )
    .argument("<version>", "22, 24, 26 or an exact one such as 24.22.3")
    .argument("[vitest...]", "arguments for `vitest run`; left out: all of `npm test`", ["--project", "!faults"])
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText(
      "after",
      "\nExit codes: vitest's own; 1 without that Node, 2 for a wrong version.\nExample: ./stagesub test-node 24 --project unit test/unit/plan",
    )
    .action(test);
}

async function test(version: string, vitest: string[]): Promise<void> {
  const machine = readMachine(process.env);
  const node = await ensureNode(version, machine, (line) => console.error(line));
  const path = [dirname(node), process.env["PATH"] ?? ""].join(delimiter);
  // Ctrl-C reaches vitest as well, which ends by itself.
  awaitInterruption();
  const { code, startError } = await runProgram(
    node,
    [join(checkout, "node_modules/vitest/vitest.mjs"), "run", ...vitest],
    { cwd: checkout, env: { ...process.env, PATH: path }, show: "terminal" },
  );
  if (startError) throw startError;
  process.exitCode = code ?? 1;
}
