import { Command } from "commander";
import pLimit from "p-limit";

import { pc } from "./cli/colours.ts";
import { ensureStack } from "../local/cloud/ensureStack.ts";
import { findStateDir } from "../local/cloud/findStateDir.ts";
import { findOtherPorts } from "../local/cloud/ports.ts";
import { localEnvironment } from "../local/cloud/localEnvironment.ts";
import { startLocalCloud } from "../local/cloud/supervise/startLocalCloud.ts";
import { ensureToolchain } from "../local/toolchain/ensureToolchain.ts";
import { runPulumi } from "../local/toolchain/runPulumi.ts";
import { UserError } from "../infra/errors.ts";
import { checkout } from "../infra/util/checkout.ts";
import { openStack } from "./stack/openStack.ts";
import { readFleet } from "./fleet/readFleet.ts";
import { formatResults, isHealthy } from "./fleet/verify/checkResult.ts";
import { openNameServers } from "./fleet/verify/checkName.ts";
import { verifyOrchestra } from "./fleet/verify/verifyOrchestra.ts";
import { verifyTargets } from "./fleet/verify/verifyTarget.ts";

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
  const stack = await openStack("local");
  const dns = stack.env["STAGESUB_LOCAL_DNS"]!;
  const servers = openNameServers(stack.plan.domain, { zone: dns, public: dns });
  const context = { servers, fleet: await readFleet(stack), deadline: Date.now() };
  const results = await pLimit(10).map(
    verifyTargets(stack),
    async (target) => [target.id, await verifyOrchestra(target, context)] as const,
  );
  console.log(formatResults(new Map(results)));
  if (!results.every(([, checks]) => isHealthy(checks)))
    throw new UserError("step-failed", "Not all orchestras are what they should be: see above.");
}

async function phase<T>(name: string, work: () => Promise<T>): Promise<T> {
  console.log(pc.bold(`\n${name}`));
  const started = Date.now();
  const result = await work();
  console.log(pc.dim(`   ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`));
  return result;
}

async function requireSuccess<T extends { code: number; stderr: string }>(what: string, run: Promise<T>): Promise<T> {
  const result = await run;
  if (result.code !== 0)
    throw new UserError(
      "program-failed",
      `${what} ended with exit code ${result.code}.${result.stderr && `\n${result.stderr}`}`,
    );
  return result;
}
