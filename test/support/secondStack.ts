import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import type { Engine, Run } from "./engine.ts";

/**
 * Makes another stack in the same backend, local cloud and main database: the engine's own, with `lund` in malmo's place.
 *
 * @returns `pulumi …` on that stack
 */
export async function makeSecondStack(
  { checkout, env, hear }: Engine,
  name: string,
): Promise<(...args: string[]) => Promise<Run>> {
  const text = await checkout.read("stacks/Pulumi.local.yaml");
  const renamed = text.replaceAll("malmo", "lund").replaceAll("Malmö", "Lunds");
  await checkout.write(`stacks/Pulumi.${name}.yaml`, renamed);
  const run = async (...args: string[]) => {
    const options = { cwd: checkout.dir, env: { ...process.env, ...env } };
    const { code, output } = await runPulumi([...args, "--non-interactive"], options);
    hear(`pulumi ${args.join(" ")}`, output);
    return { code, output };
  };
  const { code, output } = await run("stack", "init", name, "--no-select", "--secrets-provider", "passphrase");
  if (code !== 0) throw new Error(output);
  return (...args) => run(...args, "--stack", name);
}
