import { Command } from "commander";

import { pc } from "./cli/colours.ts";
import { runStagesub } from "./cli/runStep.ts";
import { ensureStack } from "../local/cloud/ensureStack.ts";
import { findStateDir } from "../local/cloud/findStateDir.ts";
import { findOtherPorts } from "../local/cloud/ports.ts";
import { localEnvironment } from "../local/cloud/localEnvironment.ts";
import { startLocalCloud } from "../local/cloud/supervise/startLocalCloud.ts";
import { ensureToolchain } from "../local/toolchain/ensureToolchain.ts";
import { runPulumi } from "../local/toolchain/runPulumi.ts";
import { UserError } from "../infra/errors.ts";
import { checkout } from "../infra/util/checkout.ts";

/** Returns `demo`. */
export default function demoCommand(): Command {
  return new Command("demo")
    .description(
      "The main job, whole, on the local cloud: toolchain, cloud, `pulumi up` of stacks/Pulumi.local.yaml, a look at every orchestra " +
        "from outside, and a second `up` that changes nothing. Exit code 0 only if all of it holds. Run it again at will.",
    )
    .action(demo);
}

async function demo(): Promise<void> {
  const log = (line: string) => console.log(pc.dim(`   ${line}`));
  const stateDir = findStateDir();
  const toolchain = await phase("Toolchain", () => ensureToolchain({ log }));
  const { pulumi, version, source, languageHost, providers } = toolchain;
  log(`pulumi ${version} (${source}), language host ${languageHost}, providers ${providers}`);
  const settings = await phase("Local cloud", async () =>
    startLocalCloud({ dir: stateDir, log, ...(await findOtherPorts(stateDir)) }),
  );
  const local = localEnvironment(settings, toolchain);
  const env = { ...process.env, ...local };
  await ensureStack(stateDir, pulumi, local, checkout);
  const up = ["up", "--stack", "local", "--yes", "--skip-preview", "--suppress-outputs"];
  await phase("pulumi up", () => requireSuccess("pulumi up", runPulumi(up, { cwd: checkout, env, show: "terminal" })));
  await phase("Seen from outside", verifyEach);
  const again = [...up, "--expect-no-changes"];
  await phase("pulumi up, once more", () =>
    requireSuccess("the second pulumi up", runPulumi(again, { cwd: checkout, env, show: "terminal" })),
  );
  const malmo = local["STAGESUB_APP_URL"]?.replace("{host}", "malmo.stagesub.localhost");
  console.log(`
Open an orchestra:  ${malmo}  (who signs in: pulumi stack output administrators --show-secrets -s local)
Add one:            eval "$(./stagesub local env)", a few lines in stacks/Pulumi.local.yaml, then pulumi preview -s local
End it:             ./stagesub local stop  (its state stays; ./stagesub local reset forgets it)`);
}

async function verifyEach(): Promise<void> {
  const env = process.stdout.isTTY && process.stdout.hasColors() ? { FORCE_COLOR: "1" } : {};
  const { code } = await runStagesub(["verify", "--stack", "local", "--wait", "0"], { output: "inherit", env });
  if (code !== 0) throw new UserError("step-failed", "Not all orchestras are what they should be: see above.");
}

async function phase<T>(name: string, work: () => Promise<T>): Promise<T> {
  console.log(pc.bold(`\n${name}`));
  const started = Date.now();
  const result = await work();
  console.log(pc.dim(`   ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`));
  return result;
}

async function requireSuccess(what: string, run: Promise<{ code: number; stderr: string }>): Promise<void> {
  const { code, stderr } = await run;
  if (code !== 0)
    throw new UserError("program-failed", `${what} ended with exit code ${code}.${stderr && `\n${stderr}`}`);
}
