import { createSocket } from "node:dgram";
import { createServer } from "node:net";

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
