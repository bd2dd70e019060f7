import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

import { onTestFinished } from "vitest";

import type { Certificate } from "./certificates.ts";

/** A proxy that speaks TLS for a database, as Supabase's pooler does. */
export interface TlsFront {
  port: number;
  /** Returns all bytes that clients have sent inside TLS, as one text. */
  received(): string;
}

/**
 * Starts a proxy on loopback before the PostgreSQL at `upstream`, until the test ends. To PostgreSQL's question for TLS it answers
 * yes, and then shows the certificate.
 */
export async function startTlsFront(upstream: number, { key, cert }: Certificate): Promise<TlsFront> {
  let received = "";
  const port = await listen((socket) =>
    // The question is one packet of eight bytes: https://www.postgresql.org/docs/17/protocol-flow.html#PROTOCOL-FLOW-SSL
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, { isServer: true, key, cert });
      const database = connect(upstream, "127.0.0.1");
      for (const end of [secure, database]) end.on("error", () => (secure.destroy(), database.destroy()));
      secure.on("data", (data: Buffer) => (received += data.toString("latin1")));
      secure.pipe(database).pipe(secure);
    }),
  );
  return { port, received: () => received };
}

/** Starts a server on a free port of loopback, until the test ends. */
export async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
