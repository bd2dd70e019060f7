import { setTimeout as sleep } from "node:timers/promises";

import { deleteDnsRecord, type DnsRecordFound, listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { readApiAccess } from "../../infra/cloud/apiAccess.ts";
import { type ApiAccess, callApi } from "../../infra/cloud/callApi.ts";
import { commentFor } from "../../infra/cloud/recordComment.ts";
import { listProjects, type SupabaseProject } from "../../infra/cloud/supabaseApi.ts";
import { readStackFile } from "../../infra/config/readStackFile.ts";
import { projectKeys, projectName } from "../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { readSettings, readStackText, stackEnvironment } from "../stack/openStack.ts";
import { UserError } from "../../infra/errors.ts";
import { planStackText } from "../stack/stackFile.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";

/** The throw-away orchestras: one with a project of its own, one that claims a pool database. */
export const [own, claimed] = ["throwaway", "throwaway-claim"];

/** Number of the only pool database, which the second one claims. */
export const spare = 1;

/** The real accounts of a stack, and what a run makes in them. Holds tokens. */
export interface Accounts {
  /** The stack whose accounts they are. */
  of: string;
  /** The run's own stack. */
  stack: string;
  /** Configuration that the run's stack file copies from the stack's. */
  config: Record<string, unknown>;
  plan: Plan;
  zoneId: string;
  access: Record<"supabase" | "cloudflare", ApiAccess>;
  env: NodeJS.ProcessEnv;
  /** Names of the projects and of the DNS records that a run makes. */
  projects: string[];
  hosts: string[];
}

/** Projects and records that an earlier run left in the accounts. */
export interface Leftovers {
  projects: SupabaseProject[];
  records: DnsRecordFound[];
}

const copied = ["stagesub:domain", "stagesub:app", "stagesub:cloudflare", "stagesub:supabase"];
const credentials = ["supabase:accessToken", "supabase:endpoint", "cloudflare:apiToken", "cloudflare:baseUrl"];

/**
 * Reads a stack's file and tokens; neither its state nor its main database is opened.
 *
 * @throws {UserError}
 */
export async function readAccounts(of: string): Promise<Accounts> {
  const stack = `${of}-accept`;
  const text = readStackText(of);
  const { values } = readStackFile(of, { path: nameStackFile(of), text });
  const env = await stackEnvironment(of);
  const told = credentials.some((key) => key in values) ? await readSettings({ name: of, env }) : {};
  const access = readApiAccess(["supabase", "cloudflare"], (key) => told[key]?.value, env);
  const config = Object.fromEntries(
    copied.flatMap((key) => (values[key] === undefined ? [] : [[key, parse(values[key])]])),
  );
  // Retiring and deleting are to be proven under the protection that a stack has by default.
  delete (config["stagesub:supabase"] as { protect?: boolean }).protect;
  const plan = planStackText(of, text);
  const projects = [own, `pool-${spare}`].map((key) => projectName(stack, key));
  const taken = projectKeys(plan).map((key) => projectName(of, key));
  const both = projects.find((name) => taken.includes(name));
  if (both !== undefined)
    throw new UserError(
      "name-taken",
      `Refusing to use the name ${both} for a throw-away project: ${of} declares one of that name.`,
    );
  const { zoneId } = config["stagesub:cloudflare"] as { zoneId: string };
  const hosts = [own, claimed].map((id) => `${id}.${plan.domain}`);
  return { of, stack, config, plan, zoneId, access, env, projects, hosts };
}

/** Looks for what carries the run's names: projects by their whole name, records by the maker in their comment. */
export async function findLeftovers({ stack, plan, zoneId, access, projects }: Accounts): Promise<Leftovers> {
  const comments = [own, claimed].map((id) => commentFor(id, stack));
  const [all, records] = await Promise.all([
    listProjects(access.supabase, plan.supabase.organization),
    listDnsRecords(access.cloudflare, zoneId),
  ]);
  return {
    projects: all.filter(({ name, status }) => projects.includes(name) && !["GOING_DOWN", "REMOVED"].includes(status)),
    records: records.filter(({ comment }) => comments.includes(comment)),
  };
}

/**
 * Deletes what a run left, by the APIs alone, which needs no state. Waits until the lists no longer have it.
 *
 * @param isCutOff something may have been made just now that the lists do not have yet
 * @throws {UserError} with what could not be deleted, and why
 */
export async function takeAway(
  accounts: Accounts,
  { say, isCutOff = false }: { say: (text: string) => void; isCutOff?: boolean },
): Promise<void> {
  const { zoneId, access } = accounts;
  let reasons: string[] = [];
  for (let look = 0; look <= mostLooks; look++) {
    if (look > 0) await sleep(pauseMs);
    const left = await findLeftovers(accounts);
    const names = describeLeftovers(left);
    if (names.length === 0 && (!isCutOff || look > 0)) return;
    if (look === mostLooks)
      throw new UserError("leftovers", `Not taken away: ${names.join(", ")}. ${reasons.join(" ")}`);
    if (look === 0) for (const name of names) say(`taking away ${name}`);
    const outcomes = await Promise.allSettled([
      ...left.projects.map(({ ref }) =>
        callApi({ ...access.supabase, service: "Supabase", method: "DELETE", path: `/v1/projects/${ref}` }),
      ),
      ...left.records.map(({ id }) => deleteDnsRecord(access.cloudflare, zoneId, id)),
    ]);
    reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [(outcome.reason as Error).message] : []));
  }
}

const pauseMs = 5_000;
/** Five minutes: Supabase deletes no project that is still coming up. */
const mostLooks = 60;

export function describeLeftovers({ projects, records }: Leftovers): string[] {
  return [
    ...projects.map(({ name, ref, status }) => `project ${name} (${ref}, ${status})`),
    ...records.map(({ name, id }) => `record ${name} (${id})`),
  ];
}

function parse(value: string): unknown {
  return value.startsWith("{") ? JSON.parse(value) : value;
}
