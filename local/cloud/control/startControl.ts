import { Hono } from "hono";
import type { Service } from "../context.ts";
import type { FaultSwitch } from "../faults.ts";
import { isBearer } from "../http/bearer.ts";
import { listen } from "../http/listen.ts";
import type { Health } from "./health.ts";

export interface ControlOptions {
  port: number;
  token: string;
  faults: FaultSwitch;
  health(): Promise<Health>;
  /** Called on a request over HTTP, after the answer is sent. */
  stop(): void;
}

/**
 * Starts the control port: `GET /health`, `POST /stop`, and the fault switch: `GET /faults`, `POST /faults` with a `FaultSpec`, `DELETE
 * /faults` for all, `DELETE /faults/<id>` for one. Every call carries the control token of settings.json as a bearer token.
 */
export async function startControl(options: ControlOptions): Promise<Service> {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!isBearer(c.req.header("authorization"), options.token)) return c.json({ message: "Unauthorized" }, 401);
    return next();
  });
  app.get("/health", async (c) => c.json(await options.health()));
  app.post("/stop", (c) => {
    setImmediate(() => options.stop());
    return c.json({ stopping: true }, 202);
  });

  app.get("/faults", (c) => c.json(options.faults.list()));
  app.post("/faults", async (c) => {
    const spec: unknown = await c.req.json().catch(() => undefined);
    return c.json(options.faults.add(spec), 201);
  });
  app.delete("/faults", (c) => c.json({ cleared: options.faults.clear() }));
  app.delete("/faults/:id", (c) => {
    const cleared = options.faults.clear(c.req.param("id"));
    return cleared ? c.json({ cleared }) : c.json({ message: "There is no such fault" }, 404);
  });
  // The only errors here are those of a fault's specification.
  app.onError((error, c) => c.json({ message: error.message }, 400));
  return listen("control", options.port, app);
}
