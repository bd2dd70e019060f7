import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { openRecordStore, prepareRecordTables } from "../cloudflare/recordStore.ts";
import type { CloudContext, StartService } from "../context.ts";
import { replyTo, type ReadRecords } from "./replyTo.ts";

/** Starts a DNS server that answers with the Cloudflare API's current records, over UDP and TCP on one port. */
export const startDnsServer: StartService = async (context) => {
  const port = context.settings.ports.dns;
  await prepareRecordTables(context.store);
  const answer = createResponder(context);
  const udp = await serveUdp(port, answer);
  const tcp = await serveTcp(port, answer).catch(async (error: unknown) => {
    await closeUdp(udp);
    throw error;
  });
  return {
    name: "dns",
    port,
    async close() {
      await Promise.all([closeUdp(udp), tcp.close()]);
    },
  };
};

type Respond = (message: Buffer, transport: "udp" | "tcp") => Promise<Buffer | undefined>;

function createResponder(context: CloudContext): Respond {
  const records = openRecordStore(context.store);
  const readRecords: ReadRecords = async ({ type, name }) => {
    const fault = context.faults.take("dns", { method: type, path: name });
    if (fault?.kind === "drop") return "silence";
    if (fault?.kind === "status") throw new Error("A fault was asked for.");
    if (fault) await fault.wait();
    return records.list();
  };
  return (message, transport) => replyTo(message, transport, readRecords);
}

async function serveUdp(port: number, respond: Respond): Promise<UdpSocket> {
  const socket = createSocket("udp4");
  socket.on("message", (message, client) => {
    void respond(message, "udp")
      .then((reply) => reply && socket.send(reply, client.port, client.address))
      // A client that left, or a server that is closing.
      .catch(() => undefined);
  });
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  socket.on("error", () => undefined);
  return socket;
}

async function closeUdp(socket: UdpSocket): Promise<void> {
  await new Promise<void>((resolve) => socket.close(resolve));
}

async function serveTcp(port: number, respond: Respond): Promise<{ close(): Promise<void> }> {
  const clients = new Set<Socket>();
  const server: Server = createServer((client) => {
    clients.add(client);
    client.setTimeout(10_000, () => client.destroy());
    client.on("close", () => clients.delete(client));
    client.on("error", () => client.destroy());
    readMessages(client, (message) => {
      void respond(message, "tcp")
        .then((reply) => (reply ? client.write(withLength(reply)) : client.destroy()))
        .catch(() => client.destroy());
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.destroy();
      }),
  };
}

/** Reads messages from a stream, however it is cut: over TCP, each message is led by its length in two bytes. */
function readMessages(client: Socket, receive: (message: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  client.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2) {
      const end = 2 + pending.readUInt16BE(0);
      if (pending.length < end) return;
      receive(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  });
}

function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
