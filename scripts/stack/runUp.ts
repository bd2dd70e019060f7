import { runStep, type StepRun } from "../cli/runStep.ts";
import { stackEnvironment } from "./openStack.ts";

/**
 * Runs `pulumi up` without a question; policies refuse here too, and a failed orchestra stops no other. Without a plan it has no preview of
 * its own: the caller has just made one.
 *
 * @param plan a saved plan, previewed once more: nothing is changed if that preview differs from it
 */
export async function runUp(stack: string, plan?: string): Promise<StepRun> {
  const env = { ...(await stackEnvironment(stack)), PULUMI_CONTINUE_ON_ERROR: "true" };
  return runStep("pulumi", upArguments(stack, plan), { output: "inherit", env });
}

/** Returns the arguments of such a `pulumi up`. */
export function upArguments(stack: string, plan?: string): string[] {
  const args = ["up", "--yes", "--non-interactive", "--stack", stack, "--policy-pack", "policy"];
  return [...args, ...(plan ? ["--plan", plan] : ["--skip-preview"])];
}
