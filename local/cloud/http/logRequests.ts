import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";

/**
 * Writes one line into the cloud's log for each answered request: `supabase: POST /v1/projects 201`. Goes in front of the fault switch, so
 * that faults show as well. Logs no header and no body: those hold tokens and passwords.
 */
export function logRequests(service: string, log: (line: string) => void): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { pathname, search } = new URL(c.req.url);
    const cut = (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.destroyed;
    log(`${service}: ${c.req.method} ${pathname}${search} ${cut ? "connection dropped" : c.res.status}`);
  };
}
