import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A statement's fate. */
export type Play =
  /** Both connections are cut: it never arrives, nobody waits for it, or it is done and its answer is lost. */
  | "drop before"
  | "drop during"
  | "drop after"
  /** Not a byte passes any more, with the connections open. */
  | "silence"
  /** The server never sees it; the client gets this error, as a server words it. */
  | { sqlState: string; message: string }
  /** The server gets this one, which must be as simple or as extended as the other. */
  | { instead: string };

/** The play for a statement, by its text and its number over all connections from 0; `Terminate` is the goodbye. Undefined: it passes. */
export type Script = (statement: string, index: number) => Play | undefined;

/** Stands between a program and PostgreSQL on loopback, without TLS, and plays faults; until the test is over. */
export async function startScriptedProxy(serverPort: number, script: Script): Promise<number> {
  const sockets = new Set<Socket>();
  let index = 0;
  const proxy = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const server = connect({ port: serverPort, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, server]) sockets.add(socket.on("error", () => undefined));
    const cut = () => [client, server].forEach((socket) => socket.destroy());
    let play: Play | undefined;
    // In silence a goodbye is heard only after a while, as the network tells it.
    client.once("close", cut);
    client.once("end", () => (play === "silence" ? setTimeout(cut, 12_000).unref() : cut()));
    server.once("close", cut);
    readMessages(client, { startup: true }, (type, message) => {
      if (play === "silence") return;
      const statement = readStatement(type, message);
      if (statement !== undefined) play = script(statement, index++);
      if (play === "drop before") return cut();
      if (play === "silence") return;
      if (typeof play !== "object") server.write(message);
      else if ("instead" in play) {
        server.write(formatMessage("Q", `${play.instead}\0`));
        play = undefined;
      } else if (type === "Q" || type === "S") {
        client.write(formatError(play));
        play = undefined;
      }
      if (play === "drop during") cut();
    });
    readMessages(server, { startup: false }, (type, message) => {
      if (play === "drop after" && type === "Z") cut();
      else if (play !== "silence" && play !== "drop after") client.write(message);
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await once(proxy, "close");
  });
  return (proxy.address() as AddressInfo).port;
}

/** Calls for each whole message: https://www.postgresql.org/docs/17/protocol-message-formats.html. A client's first has no type. */
function readMessages(from: Socket, { startup }: { startup: boolean }, each: (type: string, message: Buffer) => void) {
  let bytes = Buffer.alloc(0);
  let head = startup ? 0 : 1;
  from.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= head + 4) {
      const length = head + bytes.readUInt32BE(head);
      if (bytes.length < length) return;
      const message = bytes.subarray(0, length);
      bytes = bytes.subarray(length);
      each(head === 0 ? "" : String.fromCharCode(message[0]!), message);
      head = 1;
    }
  });
}

/** Returns the SQL of a simple query, or of an extended one by its Parse; `Terminate` for the goodbye. */
function readStatement(type: string, message: Buffer): string | undefined {
  const [first, second] = message.subarray(5).toString("utf8").split("\0");
  return { Q: first, P: second, X: "Terminate" }[type];
}

function formatError({ sqlState, message }: { sqlState: string; message: string }): Buffer {
  const error = formatMessage("E", `SERROR\0VERROR\0C${sqlState}\0M${message}\0\0`);
  return Buffer.concat([error, formatMessage("Z", "T")]);
}

function formatMessage(type: string, body: string): Buffer {
  const payload = Buffer.from(body, "utf8");
  const head = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0]);
  head.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, payload]);
}
