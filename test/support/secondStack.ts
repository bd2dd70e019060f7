import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import type { Engine, Run } from "./engine.ts";
import { runStagesub } from "./runStagesub.ts";

/** `pulumi …` on another stack in the same backend and local cloud. */
export type SecondStack = (...args: string[]) => Promise<Run>;

/** Makes another stack beside the engine's own, as people do: the same orchestras and pool, with a domain and a main database of its own. */
export async function initSecondStack(engine: Engine, name: string): Promise<SecondStack> {
  const env = { ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir };
  const { code, stdout, stderr } = await runStagesub(engine.checkout.dir, ["init", name, "--from", "local"], env);
  engine.hear(`init ${name}`, stdout + stderr);
  if (code !== 0) throw new Error(stderr);
  return (...args) => run(engine, ...args, "--stack", name);
}

/** Makes another stack in the same main database too: the engine's own, with `lund` in malmo's place. */
export async function makeSecondStack(engine: Engine, name: string): Promise<SecondStack> {
  const text = await engine.checkout.read("stacks/Pulumi.local.yaml");
  const renamed = text.replaceAll("malmo", "lund").replaceAll("Malmö", "Lunds");
  await engine.checkout.write(`stacks/Pulumi.${name}.yaml`, renamed);
  const init = ["stack", "init", name, "--no-select", "--secrets-provider", "passphrase"];
  const { code, output } = await run(engine, ...init);
  if (code !== 0) throw new Error(output);
  return (...args) => run(engine, ...args, "--stack", name);
}

async function run({ checkout, env, hear }: Engine, ...args: string[]): Promise<Run> {
  const options = { cwd: checkout.dir, env: { ...process.env, ...env } };
  const { code, output } = await runPulumi([...args, "--non-interactive"], options);
  hear(`pulumi ${args.join(" ")}`, output);
  return { code, output };
}
