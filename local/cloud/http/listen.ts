import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Service } from "../context.ts";

/** Serves `app` on 127.0.0.1 and resolves once it answers. Closing drops open connections: clients keep theirs alive. */
export async function listen(name: string, port: number, app: Pick<Hono, "fetch">): Promise<Service> {
  const server = createAdaptorServer({ fetch: app.fetch, createServer }) as Server;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    name,
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
