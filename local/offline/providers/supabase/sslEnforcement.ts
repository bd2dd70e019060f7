import { messageOf, ProviderError } from "../shared/providerError.ts";
import type { SupabaseClient } from "./supabaseClient.ts";
import { waitForServices, waitUntil } from "./waiting.ts";

/** Reads whether TLS is enforced; undefined if the project is gone or cannot enforce TLS. */
export async function readSslEnforcement(client: SupabaseClient, ref: string, signal: AbortSignal) {
  const failure = "Unable to read SSL enforcement config";
  const request = { path: `/${ref}/ssl-enforcement`, failure, accepts: [200, 400, 404, 406], signal };
  const { status, body } = await client.send({ method: "GET", ...request });
  if (status === 400 && !isUnsupported(body)) {
    throw new ProviderError("Client Error", `${failure}, got status 400: ${JSON.stringify(body)}`);
  }
  return status === 200 ? (body as Answer).currentConfig.database : undefined;
}

/** Sets whether TLS is enforced, waits until that holds, and then for the services that a change restarts. */
export async function writeSslEnforcement(
  client: SupabaseClient,
  ref: string,
  wanted: boolean,
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  const path = `/${ref}/ssl-enforcement`;
  const failure = "Unable to update SSL enforcement config";
  const request = { path, body: { requestedConfig: { database: wanted } }, failure, accepts: [200, 400], signal };
  const { status, body } = await client.send({ method: "PUT", ...request });
  if (status === 400) {
    const unsupported =
      "SSL enforcement is not supported on this project. Upgrade your plan or check your project type.";
    const detail = isUnsupported(body) ? unsupported : `${failure}, got status 400: ${JSON.stringify(body)}`;
    throw new ProviderError("Client Error", detail);
  }
  if (holds(body, wanted)) return;

  const poll = async (): Promise<string | undefined> => {
    const answer = await client.send({
      method: "GET",
      path,
      failure: "failed polling SSL enforcement",
      accepts: [200],
      signal,
    });
    return holds(answer.body, wanted) ? undefined : "SSL_ENFORCEMENT_PENDING";
  };
  await waitUntil(poll, "SSL_ENFORCEMENT_APPLIED", limit, signal).catch((error: unknown) => {
    const detail = `SSL enforcement did not converge for project ${ref}: ${messageOf(error)}`;
    throw new ProviderError("SSL Enforcement Timeout", detail);
  });
  await waitForServices(client, ref, limit, signal);
}

interface Answer {
  currentConfig: { database: boolean };
  appliedSuccessfully: boolean;
}

function holds(body: unknown, wanted: boolean): boolean {
  const { currentConfig, appliedSuccessfully } = body as Answer;
  return appliedSuccessfully && currentConfig.database === wanted;
}

function isUnsupported(body: unknown): boolean {
  return JSON.stringify(body ?? "").includes("not allowed to configure SSL enforcements");
}
