import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

/** The moment at which a proxy lets nothing more through. */
export interface Halt {
  /** Counted over all connections from 0: simple queries, and extended ones by their Parse. */
  statement: number;
  /** `before`: the server never gets it. `after`: it has done it, and its answer reaches nobody. */
  when: "before" | "after";
}

export interface StatementProxy {
  port: number;
  /** Returns the number of statements so far. */
  seen(): number;
  /** Resolves at the halt; from then on not a byte passes. */
  halted: Promise<void>;
  close(): Promise<void>;
}

/** Stands between a program and PostgreSQL on loopback, without TLS, and stops all traffic at one statement. */
export async function startStatementProxy(serverPort: number, halt: Halt): Promise<StatementProxy> {
  let seen = 0;
  let reached = () => {};
  const halted = new Promise<void>((resolve) => (reached = resolve));
  let isHalted = false;
  const stop = () => {
    isHalted = true;
    reached();
  };

  const sockets = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: serverPort, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, server]) sockets.add(socket.on("error", () => undefined));
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
    // Several statements may be on their way at once. The first answer is to the login.
    let [sent, answered] = [0, -1];
    let awaited = Infinity;
    forward(client, server, { startup: true }, (type) => {
      if (isHalted) return false;
      if (type !== "Q" && type !== "P") return true;
      sent++;
      if (seen++ !== halt.statement) return true;
      if (halt.when === "before") stop();
      awaited = sent;
      return !isHalted;
    });
    forward(server, client, { startup: false }, (type) => {
      const mayPass = !isHalted && answered + 1 < awaited;
      if (type === "Z" && ++answered >= awaited) stop();
      return mayPass;
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    seen: () => seen,
    halted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, "close");
    },
  };
}

/** Passes whole messages on, as long as `mayPass` says so. The client's first one has no type. */
function forward(from: Socket, to: Socket, { startup }: { startup: boolean }, mayPass: (type: string) => boolean) {
  let bytes = Buffer.alloc(0);
  let isFirst = startup;
  from.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const head = isFirst ? 0 : 1;
      if (bytes.length < head + 4) return;
      const length = head + bytes.readUInt32BE(head);
      if (bytes.length < length) return;
      const type = isFirst ? "" : String.fromCharCode(bytes[0]!);
      if (mayPass(type)) to.write(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
      isFirst = false;
    }
  });
}
