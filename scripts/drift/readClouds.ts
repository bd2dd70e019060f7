import { ApiAccessError, readApiAccess } from "../../infra/api/apiAccess.ts";
import { listDnsRecords } from "../../infra/api/cloudflareApi.ts";
import { listProjects } from "../../infra/api/supabaseApi.ts";
import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { CommandError } from "../orchestra/commandError.ts";
import { checkout, type OpenStack } from "../openStack.ts";
import type { Clouds } from "./checkFleet.ts";

/** Asks both clouds once each, and the stack's state which projects are its own. @throws CommandError without tokens or state */
export async function readClouds(stack: OpenStack): Promise<Clouds> {
  const [config, state] = await Promise.all([
    ask<Record<string, { value?: string }>>(stack, "config", "--json", "--show-secrets"),
    ask<State>(stack, "stack", "export"),
  ]);
  const values = Object.fromEntries(Object.entries(config).map(([key, { value = "" }]) => [key, value]));
  const access = readAccess(values, stack.env);
  const [projects, records] = await Promise.all([
    listProjects(access.supabase, stack.config.supabase.organization).catch((error: Error) => error),
    listDnsRecords(access.cloudflare, stack.plan.zoneId).catch((error: Error) => error),
  ]);
  const own = (state.deployment.resources ?? []).filter(({ type }) => type === "supabase:index/project:Project");
  return { projects, records, refs: new Map(own.map(({ urn, id }) => [urn.split("::").at(-1)!, id])) };
}

function readAccess(values: Record<string, string>, env: NodeJS.ProcessEnv) {
  try {
    return readApiAccess(values, env);
  } catch (error) {
    if (error instanceof ApiAccessError) throw new CommandError(error.message);
    throw error;
  }
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
