import { connect } from "node:net";
import { z } from "zod";

export const healthSchema = z.object({
  status: z.enum(["starting", "healthy", "failing", "stopping"]),
  /** The supervisor's process. */
  pid: z.int(),
  services: z.array(z.object({ name: z.string(), port: z.int(), healthy: z.boolean() })),
});

/** The control port's report on the cloud. */
export type Health = z.infer<typeof healthSchema>;

/** Tells whether anything listens on this port of 127.0.0.1. Sends no request: that would use up a fault that a test has set. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: 2_000 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
