import { connect, type Socket } from "node:net";
import { projectOwner } from "../cluster/projects.ts";
import type { Faults, TakenAction } from "../faults.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { dropAfterFirstAnswer } from "./dropAfterFirstAnswer.ts";
import { findTenant, unknownTenant, unknownTenantMs } from "./tenant.ts";
import { formatFatal, formatStartupPacket, parseFirstPacket, type FirstPacket } from "./startupPacket.ts";

export type PoolMode = "session" | "transaction";

/** Tells whether a project exists and is ACTIVE_HEALTHY. */
export type ProjectGate = (ref: string) => Promise<boolean>;

export interface Route {
  /** The cluster's port on 127.0.0.1. */
  clusterPort: number;
  isOpen: ProjectGate;
  faults: Pick<Faults, "take">;
  log(line: string): void;
}

type Startup = FirstPacket & { kind: "startup" };

/** The time for a client to identify itself, in milliseconds; PostgreSQL's authentication_timeout is a minute too. */
const startupTimeout = 60_000;

/**
 * Serves one client: answers requests for encryption with "no", reads the start-up packet, rewrites its user and
 * database, and from there passes bytes both ways. Authentication runs end to end between the client and the cluster.
 * Never rejects.
 */
export async function routeConnection(client: Socket, mode: PoolMode, route: Route): Promise<void> {
  // A reset connection is normal; "close" follows and cleans up.
  client.on("error", () => undefined);
  client.setTimeout(startupTimeout, () => client.destroy());
  try {
    const first = await readFirstPacket(client);
    if (!first) return;
    client.setTimeout(0);
    switch (first.packet.kind) {
      case "cancel":
        // Keys of running queries come from the one cluster behind the router, so the cluster knows what to cancel.
        return await join(client, route, first.bytes);
      case "startup":
        return await openSession(client, mode, route, first.packet);
      case "invalid":
        return refuse(client, "08P01", first.packet.reason);
      case "encryption":
        return;
    }
  } catch (error) {
    route.log(`router: ${mode}: ${(error as Error).message}`);
    refuse(client, "08006", "the local cloud's router cannot reach its PostgreSQL cluster");
  }
}

async function openSession(client: Socket, mode: PoolMode, route: Route, packet: Startup): Promise<void> {
  const user = packet.parameters.get("user") ?? "";
  const fault = route.faults.take("router", { method: mode, path: user });
  if (fault && !(await playBefore(client, user, fault))) return;

  const tenant = findTenant(packet.parameters);
  if ("refusal" in tenant) return refuse(client, "XX000", tenant.refusal);
  const { role, ref } = tenant;
  // A project that is still coming up is as unknown as a project that does not exist.
  if (!(await route.isOpen(ref))) {
    await sleep(unknownTenantMs);
    return refuse(client, "XX000", unknownTenant(`${role}.${ref}`));
  }
  const database = packet.parameters.get("database") ?? user;
  const parameters = new Map(packet.parameters);
  parameters.delete("options");
  parameters.set("user", role === "postgres" ? projectOwner(ref) : role);
  // Any other database was made by the project's owner: the cluster lets nobody else in.
  parameters.set("database", database === "postgres" ? ref : database);
  await join(client, route, formatStartupPacket(packet.version, parameters), fault);
}

/** Plays a fault before the session; returns whether the session may go on. */
async function playBefore(client: Socket, user: string, fault: TakenAction): Promise<boolean> {
  switch (fault.kind) {
    case "delay":
      await fault.wait();
      return true;
    case "status":
      refuse(client, "XX000", typeof fault.body === "string" ? fault.body : unknownTenant(user));
      return false;
    case "drop":
      if (fault.when === "before") client.destroy();
      return fault.when === "after";
  }
}

/** Connects to the cluster, sends these bytes first, and ties the two connections together until either closes. */
async function join(client: Socket, route: Route, first: Buffer, fault?: TakenAction): Promise<void> {
  if (client.destroyed) return;
  const server = connect({ port: route.clusterPort, host: "127.0.0.1", noDelay: true });
  await new Promise<void>((resolve, reject) => server.once("connect", resolve).once("error", reject));
  server.on("error", () => undefined);
  server.once("close", () => client.destroy());
  client.once("close", () => server.destroy());
  if (client.destroyed) return void server.destroy();
  server.write(first);
  client.pipe(server);
  if (fault?.kind === "drop") dropAfterFirstAnswer(server, client);
  else server.pipe(client);
}

/** Reads up to the first packet that asks for something; `undefined` when the client left. Bytes after it stay in the socket. */
async function readFirstPacket(client: Socket): Promise<{ packet: FirstPacket; bytes: Buffer } | undefined> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const found = parseFirstPacket(bytes);
    if (found?.packet.kind === "encryption") {
      // Data sent together with the request could come from someone else: PostgreSQL refuses it too.
      if (bytes.length > found.length)
        return { packet: { kind: "invalid", reason: "data after an encryption request" }, bytes };
      client.write("N");
      bytes = Buffer.alloc(0);
    } else if (found) {
      if (bytes.length > found.length) client.unshift(bytes.subarray(found.length));
      return { packet: found.packet, bytes: bytes.subarray(0, found.length) };
    }
    const more = await readChunk(client);
    if (!more) return undefined;
    bytes = Buffer.concat([bytes, more]);
  }
}

function readChunk(client: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (chunk?: Buffer) => {
      client.off("readable", read).off("close", leave).off("end", leave);
      resolve(chunk);
    };
    const leave = () => settle();
    const read = () => {
      const chunk = client.read() as Buffer | null;
      if (chunk) settle(chunk);
    };
    client.on("readable", read).on("close", leave).on("end", leave);
    read();
  });
}

/** Sends the reason and hangs up, at the latest five seconds later if the client does not. */
function refuse(client: Socket, code: string, message: string): void {
  client.end(formatFatal(code, message));
  client.resume();
  client.setTimeout(5_000);
}
