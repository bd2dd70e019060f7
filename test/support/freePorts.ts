import { randomInt } from "node:crypto";
import { isPortFree } from "../../local/cloud/ports.ts";

/**
 * Finds free ports below the range from which the kernel serves outgoing connections (32768 and up on Linux), so that nobody
 * takes one by chance between this call and its use.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(10_240, 32_000);
    if (await isPortFree(port)) ports.add(port);
  }
  return [...ports];
}
