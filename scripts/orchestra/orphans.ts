import { readApiAccess } from "../../infra/cloud/apiAccess.ts";
import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { projectKeys } from "../../infra/plan/planOrchestras.ts";
import { readHeldProjects } from "../stack/holdings.ts";
import { type OpenStack, openStack } from "../stack/openStack.ts";
import { listStackFiles } from "../stack/stackFile.ts";
import { findOrphans, formatOrphans, type OrphanReport } from "../fleet/findOrphans.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";

/** Returns `orphans`: lists projects that cost money and that no state holds. */
export default function orphansCommand(): StackCommand {
  return new StackCommand("orphans")
    .description(
      "Lists Supabase projects that carry the stack's naming and that its state does not hold, with their status and what to do. " +
        "It changes nothing. Exit code 1 when there are any.",
    )
    .withOutput()
    .action(showOrphans);
}

async function showOrphans({ stack: name, ...options }: StackOptions): Promise<void> {
  const stack = await openStack(name);
  const report = await readOrphans(stack);
  const { organization } = stack.config.supabase;
  print(options, { stack: name, organization, ...report }, (width) => formatOrphans(report, name, width));
  if (report.orphans.length > 0) process.exitCode = 1;
}

/** Compares the organization's projects with those that the stack's state holds. */
export async function readOrphans(stack: OpenStack): Promise<OrphanReport> {
  const access = readApiAccess(["supabase"], (key) => stack.values[key], stack.env).supabase;
  return findOrphans(await listProjects(access, stack.config.supabase.organization), {
    stack: stack.name,
    stacks: listStackFiles(),
    declared: projectKeys(stack.plan),
    held: await readHeldProjects(stack),
  });
}
