import type { CloudSettings } from "../settings.ts";
import { healthSchema, type Health } from "./health.ts";

/** Returns the health of the cloud that these settings describe, or `undefined` if none runs, or another program has its port. */
export async function askHealth(settings: CloudSettings): Promise<Health | undefined> {
  const answer = await askControl(settings, "GET", "/health").catch(() => undefined);
  if (!answer?.ok) return undefined;
  const parsed = healthSchema.safeParse(await answer.json().catch(() => undefined));
  return parsed.success ? parsed.data : undefined;
}

/** Makes one call to the control port. */
export async function askControl(
  settings: CloudSettings,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  return fetch(`http://127.0.0.1:${settings.ports.control}${path}`, {
    method,
    headers: { authorization: `Bearer ${settings.tokens.control}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
}
