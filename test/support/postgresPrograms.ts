import path from "node:path";
import { beforeAll } from "vitest";
import { ensurePostgresPrograms } from "../../local/toolchain/ensurePostgresPrograms.ts";
import { readMachine } from "../../local/toolchain/machine.ts";

/** Puts PostgreSQL's programs behind PATH, as the toolchain's environment does. */
export function usePostgresPrograms(): void {
  beforeAll(async () => {
    const folder = await ensurePostgresPrograms(readMachine(process.env), { log: () => undefined });
    process.env["PATH"] = `${process.env["PATH"]}${path.delimiter}${folder}`;
  });
}
