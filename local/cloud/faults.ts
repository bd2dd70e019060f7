import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";

const services = ["supabase", "cloudflare", "router", "dns", "app"] as const;

/** The time in which no list of Supabase's shows the project that was made behind the fault, in milliseconds. */
const unlistedMs = z.int().min(0).max(600_000);

const faultAction = z.discriminatedUnion("kind", [
  /**
   * Answers with this status and does nothing else; a 2xx with a made-up body is a lie. The router answers FATAL with `body` as its
   * message. With `when: "after"` the work is done first, and HTTP services give this answer all the same.
   */
  z.strictObject({
    kind: z.literal("status"),
    status: z.int().min(200).max(599),
    when: z.literal("after").optional(),
    unlistedMs: unlistedMs.optional(),
    body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** Waits, then goes on normally: at once when the fault is cleared, so that nothing takes effect long after its test. */
  z.strictObject({ kind: z.literal("delay"), ms: z.int().min(0).max(600_000) }),
  /** Cuts the connection: before anything is done, or after the work instead of its answer. */
  z.strictObject({ kind: z.literal("drop"), when: z.enum(["before", "after"]), unlistedMs: unlistedMs.optional() }),
]);

const faultSpec = z.strictObject({
  service: z.enum(services),
  /** HTTP method; for the router the listener, `session` or `transaction`; for DNS the record type. Default: any. */
  method: z.string().optional(),
  /** A regular expression on path and query; for the router on the user, such as `postgres.<ref>`; for DNS on the name. Default: any. */
  path: z.string().refine(isPattern, { error: "is not a regular expression" }).optional(),
  /** The number of times that the fault is played. Default: until it is cleared. */
  times: z.int().min(1).optional(),
  action: faultAction,
});

/** The parts of the local cloud that can be made to misbehave. */
export type FaultService = (typeof services)[number];
export type FaultAction = z.infer<typeof faultAction>;
export type FaultSpec = z.infer<typeof faultSpec>;
export type Fault = FaultSpec & { id: string };
/** A fault's action as it is to be played; a delay brings its own wait. */
export type TakenAction = Exclude<FaultAction, { kind: "delay" }> | { kind: "delay"; wait(): Promise<void> };

/** The fault switch, as a service sees it. Faults are set over the control port. */
export interface Faults {
  /** For HTTP services: middleware for every route: `app.use(faults.intercept("supabase"))`. */
  intercept(service: FaultService): MiddlewareHandler;
  /** For other services (router, DNS): returns the fault to play for this event, and counts it as played once. */
  take(service: FaultService, event: { method?: string; path?: string }): TakenAction | undefined;
}

/** The switch itself, which the control port works. Faults live in memory: a restart clears them. */
export interface FaultSwitch extends Faults {
  /** @throws with every problem of the specification. */
  add(spec: unknown): Fault;
  list(): Fault[];
  /** Clears one fault, or all; work that waits for a cleared one goes on. Returns the number of cleared faults. */
  clear(id?: string): number;
}

export function createFaultSwitch(): FaultSwitch {
  let faults: Fault[] = [];
  /** Waits by fault, including faults whose last time is being played. */
  const waiting = new Map<AbortController, string>();

  const wait = async (id: string, ms: number) => {
    const cut = new AbortController();
    waiting.set(cut, id);
    await sleep(ms, undefined, { signal: cut.signal }).catch(() => undefined);
    waiting.delete(cut);
  };
  const take: Faults["take"] = (service, event) => {
    const fault = faults.find((candidate) => candidate.service === service && fits(candidate, event));
    if (fault?.times !== undefined && --fault.times === 0) faults = faults.filter((other) => other !== fault);
    if (fault?.action.kind !== "delay") return fault?.action;
    const { id, action } = fault;
    return { kind: "delay", wait: () => wait(id, action.ms) };
  };

  return {
    take,
    intercept: (service) => play((event) => take(service, event)),
    add(spec) {
      const parsed = faultSpec.safeParse(spec);
      if (!parsed.success) throw new Error(`This is not a fault:\n${z.prettifyError(parsed.error)}`);
      const fault = { id: randomUUID(), ...parsed.data };
      faults.push(fault);
      return fault;
    },
    list: () => faults,
    clear(id) {
      const before = faults.length;
      for (const [cut, of] of waiting) if (id === undefined || of === id) cut.abort();
      faults = id === undefined ? [] : faults.filter((fault) => fault.id !== id);
      return before - faults.length;
    },
  };
}

function fits(fault: Fault, event: { method?: string; path?: string }): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== event.method?.toUpperCase()) return false;
  return fault.path === undefined || new RegExp(fault.path).test(event.path ?? "");
}

function play(take: (event: { method: string; path: string }) => TakenAction | undefined): MiddlewareHandler {
  return async (c, next) => {
    const url = new URL(c.req.url);
    const action = take({ method: c.req.method, path: url.pathname + url.search });
    if (action && "unlistedMs" in action) c.set("unlistedMs", action.unlistedMs);
    switch (action?.kind) {
      case undefined:
        return next();
      case "delay":
        await action.wait();
        return next();
      case "status":
        if (action.when !== "after") return answer(action);
        await next();
        c.res = answer(action);
        return;
      case "drop":
        if (action.when === "after") await next();
        return drop(c);
    }
  };
}

function answer({ status, body, headers }: FaultAction & { kind: "status" }): Response {
  // These statuses may carry no body at all.
  if (body === undefined || status === 204 || status === 304)
    return new Response(null, { status, headers: headers ?? {} });
  if (typeof body === "string") return new Response(body, { status, headers: headers ?? {} });
  return Response.json(body, { status, headers: headers ?? {} });
}

function drop(c: Context): Response {
  (c.env as Partial<HttpBindings>).incoming?.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
