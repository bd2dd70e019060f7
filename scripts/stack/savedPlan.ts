import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { UserError } from "../../infra/errors.ts";
import { sha256 } from "../../infra/util/digest.ts";
import { withTempFolder } from "../../infra/util/withTempFolder.ts";
import { writePrivateFile } from "../cli/writePrivateFile.ts";
import { askPulumi, readStackText, stackEnvironment } from "./openStack.ts";

/** The key under which a saved plan holds its {@link Origin}; Pulumi passes over it. */
const originKey = "stagesub";

/** The facts that a plan was made from: the SHA-256 of stack file and state. Pulumi checks neither before it starts the program, and the stack's name never. */
const originSchema = z.object({ stack: z.string(), stackFile: z.string(), state: z.string() });
type Origin = z.infer<typeof originSchema>;

const savedPlanSchema = z.looseObject({ manifest: z.object({ time: z.string() }), [originKey]: originSchema });

/** Reads the facts that a plan is made from, before its preview: a change during the preview then makes the plan outdated. */
export async function readOrigin(stack: string, env: NodeJS.ProcessEnv): Promise<Origin> {
  const state = await askPulumi({ name: stack, env }, ["stack", "export"]);
  return { stack, stackFile: sha256(readStackText(stack)), state: sha256(state) };
}

/** Gives `work` a private path for Pulumi's plan, which holds people's names, and removes it afterwards. */
export function withPlanFile<T>(work: (file: string) => Promise<T>): Promise<T> {
  return withTempFolder("stagesub-plan", (folder) => work(path.join(folder, "plan.json")));
}

/** Keeps Pulumi's plan in `file`, readable for its owner alone, together with its origin. Its secrets are encrypted, as in the state. */
export async function keepPlan(pulumiPlan: string, file: string, origin: Origin): Promise<void> {
  const plan = JSON.parse(await readFile(pulumiPlan, "utf8")) as object;
  await writePrivateFile(file, `${JSON.stringify({ ...plan, [originKey]: origin }, null, 2)}\n`);
}

/** Removes an earlier plan, which must not pass for the one that is about to be made. @throws {UserError} for any other file */
export async function dropPlan(file: string): Promise<void> {
  if (!existsSync(file)) return;
  await parsePlan(file, "Refusing to replace");
  await rm(file);
}

/**
 * Checks that a saved plan is of this stack, and that stack file and state are still those that the plan was made from.
 *
 * @throws {UserError} plan-file, plan-outdated
 */
export async function requireCurrentPlan(file: string, stack: string): Promise<void> {
  const { manifest, [originKey]: saved } = await parsePlan(file, "Refusing to apply");
  const again = `Make another: ./stagesub plan -s ${stack} --save ${file}`;
  if (saved.stack !== stack)
    throw new UserError(
      "plan-outdated",
      `Refusing to apply ${file} to the stack ${stack}: it is a plan of the stack ${saved.stack}. ${again}`,
    );
  const current = await readOrigin(stack, await stackEnvironment(stack));
  const changes = [
    ...(current.stackFile === saved.stackFile ? [] : ["the stack file was edited"]),
    ...(current.state === saved.state ? [] : ["another run changed the state"]),
  ];
  if (changes.length === 0) return;
  throw new UserError(
    "plan-outdated",
    `Refusing to apply ${file}: expected the stack ${stack} as it was at ${manifest.time.slice(0, 19)}Z, when the plan was made; ` +
      `since then ${changes.join(" and ")}. ${again}`,
  );
}

async function parsePlan(file: string, refusal: string): Promise<z.infer<typeof savedPlanSchema>> {
  try {
    return savedPlanSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? "another file";
    throw new UserError(
      "plan-file",
      `${refusal} ${file}: expected a plan that \`./stagesub plan --save\` wrote, found ${found}.`,
    );
  }
}
