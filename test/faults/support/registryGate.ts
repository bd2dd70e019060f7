import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * The point at which a registration is cut off: as it first names the orchestra, at its COMMIT, or once the server has committed
 * and before its answer is heard.
 */
export type Cut = "before" | "at COMMIT" | "after COMMIT";

export interface RegistryGate {
  port: number;
  /** The cut of each orchestra; the others pass. */
  cuts: Record<string, Cut>;
  /** Lets nobody in any more, until told otherwise. */
  shut: boolean;
  close(): Promise<void>;
}

/** Stands before the main database on loopback, without TLS, and cuts registrations off. */
export async function startRegistryGate(serverPort: number): Promise<RegistryGate> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    if (gate.shut) return void client.on("error", () => undefined).destroy();
    const database = connect({ port: serverPort, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, database]) sockets.add(socket.on("error", () => undefined));
    client.once("close", () => database.destroy());
    database.once("close", () => client.destroy());

    let said = "";
    let isDeaf = false;
    client.on("data", (bytes: Buffer) => {
      said += bytes.toString("latin1");
      const cut = findCut(said, gate.cuts);
      const commits = said.includes("COMMIT");
      if (cut === "before" || (cut === "at COMMIT" && commits)) return void client.destroy();
      isDeaf ||= cut === "after COMMIT" && commits;
      database.write(bytes);
    });
    database.on("data", (bytes: Buffer) => {
      if (!isDeaf) client.write(bytes);
      else if (bytes.includes("COMMIT")) client.destroy();
    });
  });
  const gate: RegistryGate = {
    ...{ port: 0, cuts: {}, shut: false },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  gate.port = (server.address() as AddressInfo).port;
  return gate;
}

function findCut(said: string, cuts: Record<string, Cut>): Cut | undefined {
  const [, registration] = said.split("LOCK TABLE stagesub.registration");
  return Object.entries(cuts).find(([orchestra]) => registration?.includes(orchestra))?.[1];
}
