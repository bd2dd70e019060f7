import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { askHealth } from "./control/askControl.ts";
import { defaultPortBase, portNames, type Ports, readSettings } from "./settings.ts";
import { UserError } from "../../infra/errors.ts";

/**
 * Checks that these ports are free.
 *
 * @throws when any is taken, naming each and the flag that moves them.
 */
export async function checkPorts(ports: Partial<Ports>): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isPortFree(port))) taken.push(`port ${port} (${name})`);
  }
  if (taken.length === 0) return;
  throw new UserError(
    "local-cloud-failed",
    `The local cloud cannot start: on 127.0.0.1 another program listens on ${taken.join(", ")}. ` +
      `Stop that program, or move the ports with --port-base.`,
  );
}

/**
 * Returns another first port for a cloud that does not run, if another program listens on one of its ports: a demonstration moves to free
 * ports where `start` refuses.
 */
export async function findOtherPorts(dir: string): Promise<{ portBase?: number }> {
  const settings = await readSettings(dir);
  if (settings && (await askHealth(settings))) return {};
  const first = settings?.ports.supabase ?? defaultPortBase;
  const free = await Promise.all(portNames.map((_, index) => isPortFree(first + index)));
  return free.every(Boolean) ? {} : { portBase: await findPortBase() };
}

/** Returns the first of as many consecutive free ports as a cloud has, below those that the kernel lends to outgoing connections. */
export async function findPortBase(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const base = randomInt(10_240, 32_000);
    const free = await Promise.all(portNames.map((_, index) => isPortFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new UserError(
    "local-cloud-failed",
    `Found no ${portNames.length} consecutive free ports on 127.0.0.1 between 10240 and 32000.`,
  );
}

/** Tells whether nothing listens on this port of 127.0.0.1, over TCP or UDP. */
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
