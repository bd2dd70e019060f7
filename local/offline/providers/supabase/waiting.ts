import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, ProviderError } from "../shared/providerError.ts";
import type { SupabaseClient } from "./supabaseClient.ts";

/** Waits until the project is ACTIVE_HEALTHY; fails at once on a status that cannot lead there. */
export async function waitForProject(client: SupabaseClient, ref: string, limit: number, signal: AbortSignal) {
  const poll = async (): Promise<string | undefined> => {
    const request = {
      method: "GET",
      path: `/${ref}`,
      failure: "failed to get project status",
      accepts: [200],
      signal,
    } as const;
    const { body } = await client.send(request);
    const { status } = body as { status: string };
    if (status === healthy) return undefined;
    if (!pendingStatuses.has(status)) throw new Error(`project ${ref} in terminal state: ${status}`);
    return status;
  };
  await waitUntil(poll, healthy, limit, signal).catch((error: unknown) => {
    throw new ProviderError(
      "Project Not Ready",
      `Project ${ref} did not become active within timeout: ${messageOf(error)}`,
    );
  });
}

/**
 * Waits until every service of the project is healthy; the Data API counts only if it is on. The official provider reports a pending answer
 * to Terraform's helper as no answer, and the helper gives up at the 21st: after two and a half minutes, whatever `timeouts` says.
 */
export async function waitForServices(client: SupabaseClient, ref: string, limit: number, signal: AbortSignal) {
  let polls = 0;
  const poll = async (): Promise<string | undefined> => {
    const rest = await hasDataApi(client, ref, signal);
    const query = services.filter((service) => rest || service !== "rest").map((service) => `services=${service}`);
    const path = `/${ref}/health?${query.join("&")}`;
    const failure = "failed to get health information for project services";
    const { body } = await client.send({ method: "GET", path, failure, accepts: [200], signal });
    const states = body as { name: string; status: string; error?: string }[];
    const broken = states
      .filter(({ status }) => status === "UNHEALTHY")
      .map(({ name, error }) => ({ name, reason: reasonOf(error) }))
      .filter(({ name, reason }) => !isPassing(name, reason));
    if (broken.length > 0) {
      throw new Error(broken.map(({ name, reason }) => `unhealthy service ${name}: ${reason}`).join("\n"));
    }
    if (states.every(({ status }) => status === healthy)) return undefined;
    if (++polls > 20) throw new Error(`couldn't find resource (${polls} retries)`);
    return "COMING_UP";
  };
  await waitUntil(poll, healthy, limit, signal).catch((error: unknown) => {
    const detail = `Project ${ref} services did not become active within timeout: ${messageOf(error)}`;
    throw new ProviderError("Project Services Unhealthy", detail);
  });
}

/** Polls until `poll` returns undefined, as Terraform's helper does: at once, then after 0.2 s, doubling up to 10 s. */
export async function waitUntil(
  poll: () => Promise<string | undefined>,
  target: string,
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  const end = Date.now() + limit;
  for (let wait = 0; ; wait = wait === 0 ? 200 : Math.min(wait * 2, 10_000)) {
    await sleep(wait, undefined, { signal });
    const state = await poll();
    if (state === undefined) return;
    if (Date.now() < end) continue;
    const spent = `${limit / 1000}s`;
    throw new Error(
      `timeout while waiting for state to become '${target}' (last state: '${state}', timeout: ${spent})`,
    );
  }
}

const healthy = "ACTIVE_HEALTHY";
const pendingStatuses = new Set(
  "ACTIVE_UNHEALTHY RESTORING COMING_UP UPGRADING PAUSING RESIZING RESTARTING UNKNOWN".split(" "),
);
const services = ["auth", "db", "db_postgres_user", "pg_bouncer", "pooler", "realtime", "rest", "storage"];

async function hasDataApi(client: SupabaseClient, ref: string, signal: AbortSignal): Promise<boolean> {
  const failure = `Unable to fetch PostgREST config for project ${ref}`;
  const { body } = await client.send({ method: "GET", path: `/${ref}/postgrest`, failure, accepts: [200], signal });
  return (body as { db_schema: string }).db_schema.trim() !== "";
}

/**
 * Tells whether a complaint belongs to a project's first seconds: the pooler does not know it yet, or its health could not be asked for.
 */
function isPassing(service: string, reason: string): boolean {
  const unasked = `Failed to retrieve project's ${service} service health`;
  return reason === unasked || (service === "pooler" && reason === "not found");
}

/** Reads a service's complaint, which the API wraps as JSON in text, `{"error":"not found"}`, but not always. */
function reasonOf(error: string | undefined): string {
  if (error === undefined) return "unknown reason";
  try {
    return (JSON.parse(error) as { error?: string }).error ?? "";
  } catch {
    return error;
  }
}
