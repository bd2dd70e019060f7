import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { isCertificateError } from "../util/foreignErrors.ts";
import { isLoopback } from "../util/isLoopback.ts";
import { onOneLine } from "../util/text.ts";

/** An API's address, and the caller's token. */
export interface ApiAccess {
  /** Such as "https://api.supabase.com". */
  baseUrl: string;
  /** Bearer token. Secret. */
  token: string;
}

export interface ApiCall extends ApiAccess {
  /** The API's owner, for messages: "Supabase". */
  service: string;
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path and query, such as "/v1/projects". */
  path: string;
  /** Sent as JSON. */
  body?: Record<string, string>;
  /** The time for all attempts, in milliseconds. Default 90,000. */
  patienceMs?: number | undefined;
  /** The time for one attempt, in milliseconds. Default 15,000. */
  attemptMs?: number;
}

/** The longest pauses between two attempts, in milliseconds: an API that says when to come back counts calls per minute. */
const longestPauseMs = { asked: 60_000, own: 20_000 };

/**
 * Makes one call and returns its JSON answer; undefined for a 404. Waits as long as the API asks after too many calls, and repeats the
 * request after an error of the server or a broken connection: the request must be safe to repeat.
 *
 * @throws {UserError} with the status and the remedy
 */
export async function callApi(call: ApiCall): Promise<unknown> {
  const { patienceMs = 90_000 } = call;
  requireSafeEndpoint(call);
  const started = Date.now();
  const deadline = started + patienceMs;
  const kind = kindOf(call);
  await sleep(Math.max(0, Math.min(openAgain.get(kind) ?? 0, deadline) - Date.now()));
  for (let attempt = 0; ; attempt++) {
    const outcome = await askOnce(call, (ms) => openAgain.set(kind, Date.now() + Math.min(ms, longestPauseMs.asked)));
    if ("answer" in outcome) return outcome.answer;
    const { asked, own } = longestPauseMs;
    const pause = outcome.pauseMs === undefined ? Math.min(500 * 2 ** attempt, own) : Math.min(outcome.pauseMs, asked);
    const end = outcome.isUnknown ? Math.min(deadline, started + unknownPatienceMs) : deadline;
    if (!outcome.again || Date.now() + pause > end) throw outcome.error;
    await sleep(pause);
  }
}

/**
 * Kind of call → the time when the API takes the next one, once its last answer said that none is left (`X-RateLimit-Remaining: 0`).
 * Supabase counts 120 calls a minute per user, project or organization, and endpoint: a look at a fleet stays below it without being
 * refused.
 */
const openAgain = new Map<string, number>();

/** Returns a call without its query, and without its project's ref. */
function kindOf({ baseUrl, method, path }: ApiCall): string {
  return `${method} ${baseUrl}${path.replace(/\?.*/, "").replace(/\/[a-z]{20}(?=\/|$)/, "/{ref}")}`;
}

/** Refuses an endpoint that would receive the token without TLS or a checked certificate; http:// to this machine is exempt. */
function requireSafeEndpoint({ service, baseUrl }: ApiCall): void {
  const refuse = (message: string) => new UserError("endpoint-refused", message);
  if (!URL.canParse(baseUrl))
    throw refuse(`Expected ${service}'s endpoint as a URL such as https://api.example.com, got text that is none.`);
  const { protocol, hostname, host } = new URL(baseUrl);
  if (isLoopback(hostname) && protocol === "http:") return;
  if (protocol !== "https:")
    throw refuse(
      `Refusing to send the ${service} token to ${protocol}//${host} in clear: expected an https:// endpoint (http:// only for 127.0.0.1 or localhost).`,
    );
  // Node's own switch, which `fetch` obeys: https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0")
    throw refuse(
      `Refusing to send the ${service} token while NODE_TLS_REJECT_UNAUTHORIZED=0 turns the checking of certificates off. Unset it; ` +
        "an authority of your own is trusted through NODE_EXTRA_CA_CERTS=<file>.",
    );
}

/** The time for an origin that has never answered: more likely its address is wrong, or this machine has no network. */
const unknownPatienceMs = 8_000;

/** Origins that have answered. On this machine one that never did is not slow but stopped, and a wait would not help. */
const heard = new Set<string>();

type Outcome =
  { answer: unknown } | { error: UserError; again: boolean; pauseMs?: number | undefined; isUnknown?: boolean };

async function askOnce(call: ApiCall, onExhausted: (ms: number) => void): Promise<Outcome> {
  const { service, baseUrl, token, method, path, body, attemptMs = 15_000 } = call;
  const request = `${service}: ${method} ${path.replace(/\?.*/, "")}`;
  let response: Response;
  let text: string;
  try {
    const type = body && { "content-type": "application/json" };
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", ...type };
    const signal = AbortSignal.timeout(attemptMs);
    response = await fetch(baseUrl.replace(/\/$/, "") + path, {
      ...{ method, headers, signal },
      ...(body && { body: JSON.stringify(body) }),
    });
    heard.add(new URL(baseUrl).origin);
    text = await response.text();
  } catch (error) {
    const { cause = {}, message } = error as Error & { cause?: { code?: string; message?: string } };
    const { origin, hostname } = new URL(baseUrl);
    const isUntrusted = isCertificateError(cause);
    const isUnknown = !heard.has(origin);
    const isStopped = cause.code === "ECONNREFUSED" && isLoopback(hostname) && isUnknown;
    const remedy = isStopped
      ? `Nothing listens at ${origin} on this machine. Start the local cloud: ./stagesub local start`
      : isUntrusted
        ? `The certificate of ${origin} could not be verified, so the token was not sent: check the endpoint and this machine's clock; an authority of your own is trusted through NODE_EXTRA_CA_CERTS=<file>.`
        : `Check that ${origin} can be reached from here, and run again.`;
    const reason = cause.code ?? cause.message ?? message;
    return {
      error: new UserError("api-unreachable", `${request} got no answer (${reason}). ${remedy}`),
      again: !isUntrusted && !isStopped,
      isUnknown,
    };
  }
  const { status, headers } = response;
  const refusal = (reason: string) =>
    new UserError("api-refused", `${request} answered ${status}${reason}`, { status });
  if (headers.get("x-ratelimit-remaining") === "0") onExhausted(readPause(headers) ?? 0);
  if (status === 404) return { answer: undefined };
  if (!response.ok) {
    const pauseMs = status === 429 ? readPause(headers) : undefined;
    return {
      error: refusal(`${quote(text, token)}. ${remedyFor(status)}`),
      again: status === 429 || status >= 500,
      pauseMs,
    };
  }
  try {
    return { answer: text === "" ? undefined : (JSON.parse(text) as unknown) };
  } catch {
    return { error: refusal(", but not with JSON. Check what stands between here and the API."), again: false };
  }
}

/** Quotes the API's reason: one line, without the token should the API repeat it. */
function quote(text: string, token: string): string {
  const line = onOneLine(readReason(text).replaceAll(token, "[token]"), 200);
  return line === "" ? "" : `: ${line}`;
}

/** Reads the reason: Supabase answers `{ "message" }`, Cloudflare `{ "errors": [{ "code", "message" }] }`, a proxy anything else. */
function readReason(text: string): string {
  try {
    const { message, errors } = JSON.parse(text) as {
      message?: unknown;
      errors?: { code?: number; message?: string }[];
    };
    if (typeof message === "string") return message;
    if (Array.isArray(errors)) return errors.map((error) => `${error.message} (${error.code})`).join(", ");
    return text;
  } catch {
    return text;
  }
}

function remedyFor(status: number): string {
  if (status === 401) return "Expected a valid token; make a new one and set it.";
  if (status === 403) return "The token lacks a right for this; docs/security.md lists what it needs.";
  if (status === 429) return "Too many calls; wait a few minutes and run again.";
  return status >= 500
    ? "The service has trouble of its own; run again later."
    : "Check the stack file against the account.";
}

/**
 * Reads the wait that the API asks for, in milliseconds: `Retry-After` in seconds or as a date, or Supabase's `X-RateLimit-Reset` in
 * seconds.
 */
function readPause(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? headers.get("x-ratelimit-reset") ?? "";
  const pause = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(pause) ? undefined : Math.max(0, pause);
}
