import { createServer, type Socket } from "node:net";
import type { Service } from "../context.ts";
import { routeConnection, type PoolMode, type Route } from "./routeConnection.ts";

/**
 * Stands for Supabase's pooler on one port: takes `<role>.<ref>` to the database of project `<ref>`.
 *
 * The router is a plain pass-through in both modes: on the transaction port, too, a client keeps one server connection to itself. Features
 * that a transaction pooler forbids (session locks, LISTEN, prepared statements by name) therefore work here: this cloud does not prove
 * that a program avoids them.
 */
export async function startRouter(mode: PoolMode, port: number, route: Route): Promise<Service> {
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    clients.add(client);
    client.once("close", () => clients.delete(client));
    void routeConnection(client, mode, route);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    name: mode,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.destroy();
      }),
  };
}
