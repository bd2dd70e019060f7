import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Ports } from "./settings.ts";

/**
 * @throws when any of these ports is taken, naming each and the flag that moves it.
 */
export async function checkPorts(ports: Partial<Ports>): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isPortFree(port))) taken.push(`port ${port} (${name}; --${name}-port chooses another)`);
  }
  if (taken.length === 0) return;
  throw new Error(
    `The local cloud cannot start: on 127.0.0.1 another program listens on ${taken.join(", ")}. ` +
      `Stop that program, or move all ports with --port-base.`,
  );
}

/** Whether nobody listens on this port of 127.0.0.1, over TCP or UDP. */
export async function isPortFree(port: number): Promise<boolean> {
  const [tcp, udp] = await Promise.all([tryTcp(port), tryUdp(port)]);
  return tcp && udp;
}

function tryTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function tryUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}
