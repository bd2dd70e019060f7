import { readdirSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";

import { readSupabaseAccess } from "../../infra/api/apiAccess.ts";
import { listProjects } from "../../infra/api/supabaseApi.ts";
import { projectKeys } from "../../infra/plan/planProjects.ts";
import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { checkout, openStack, type OpenStack } from "../openStack.ts";
import { findOrphans } from "../orphans/findOrphans.ts";
import { formatOrphans } from "../orphans/formatOrphans.ts";
import { CommandError } from "./commandError.ts";
import { jsonOption, stackOption } from "./stackOption.ts";

/** `orphans`: projects that cost money and that no state knows. */
export function orphansCommand(): Command {
  return new Command("orphans")
    .description(
      "Lists Supabase projects that carry the stack's naming and that its state does not hold, with their status and what to do. " +
        "It changes nothing. Exit code 1 when there are any.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(showOrphans);
}

async function showOrphans({ stack: name, json }: { stack: string; json?: true }): Promise<void> {
  const stack = await openStack(name);
  const [config, state] = await Promise.all([
    ask<Record<string, { value?: string }>>(stack, "config", "--json", "--show-secrets"),
    ask<State>(stack, "stack", "export"),
  ]);
  const access = readSupabaseAccess((key) => config[key]?.value, stack.env);
  const { organization } = stack.config.supabase;
  const projects = (state.deployment.resources ?? []).filter(({ type }) => type === "supabase:index/project:Project");
  const report = findOrphans(await listProjects(access, organization), {
    stack: name,
    stacks: listStacks(),
    declared: projectKeys(stack.plan),
    held: new Map(projects.map(({ urn, id }) => [urn.split("::").at(-1)!, id])),
  });
  console.log(json ? JSON.stringify({ stack: name, organization, ...report }, null, 2) : formatOrphans(report, name));
  if (report.orphans.length > 0) process.exitCode = 1;
}

interface State {
  deployment: { resources?: { type: string; urn: string; id: string }[] };
}

async function ask<T>({ name, env }: OpenStack, ...args: string[]): Promise<T> {
  const run = await runPulumi({ args: [...args, "--stack", name], cwd: checkout, env, output: "capture" });
  if (run.code !== 0)
    throw new CommandError(`\`pulumi ${args.join(" ")} --stack ${name}\` failed: ${run.stderr.trim()}`);
  return JSON.parse(run.stdout) as T;
}

function listStacks(): string[] {
  const files = readdirSync(path.join(checkout, "stacks"));
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
}
