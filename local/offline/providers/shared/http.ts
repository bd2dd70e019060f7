import { setTimeout as sleep } from "node:timers/promises";

export interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: object;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Returns the wait before the next attempt, in milliseconds; undefined ends the attempts. */
export type RetryPolicy = (attempt: { number: number; method: string; answer?: HttpAnswer }) => number | undefined;

/** Sends a request, and again as the policy says. Throws the last transport error. */
export async function sendHttp(request: HttpRequest, retry: RetryPolicy, signal: AbortSignal): Promise<HttpAnswer> {
  for (let number = 0; ; number++) {
    const outcome = await attempt(request, signal);
    signal.throwIfAborted();
    const wait = retry({ number, method: request.method, ...("status" in outcome ? { answer: outcome } : {}) });
    if (wait === undefined) {
      if ("status" in outcome) return outcome;
      throw new Error(`${request.method} "${request.url}"`, { cause: outcome.failure });
    }
    await sleep(wait, undefined, { signal });
  }
}

/** Returns the milliseconds that a `Retry-After` header asks for (seconds or an HTTP date); undefined without one. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after");
  if (!value) return undefined;
  const seconds = Number(value);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return wait >= 0 ? wait : undefined;
}

async function attempt(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer | { failure: unknown }> {
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers, ...(request.body ? { "Content-Type": "application/json" } : {}) },
      ...(request.body ? { body: JSON.stringify(request.body) } : {}),
      signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    // Node's fetch hides what happened ("ECONNREFUSED") behind "fetch failed".
    return { failure: error instanceof Error && error.cause ? error.cause : error };
  }
}
