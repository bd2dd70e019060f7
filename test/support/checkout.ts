import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { commandParts, copyProgram } from "../../scripts/bench/copyProgram.ts";
import { runStagesub } from "./runStagesub.ts";

/** A copy of the program that a test may edit: its own stack files, migrations and seeds, the same node_modules. */
export interface Checkout {
  dir: string;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Replaces `from`, which must be there, by `to`. */
  edit(file: string, from: string, to: string): Promise<void>;
  remove(): Promise<void>;
}

export async function copyCheckout(): Promise<Checkout> {
  const dir = await mkdtemp(path.join(tmpdir(), "stagesub-checkout-"));
  await copyProgram(dir, commandParts);
  const at = (file: string) => path.join(dir, file);
  const checkout: Checkout = {
    dir,
    read: (file) => readFile(at(file), "utf8"),
    write: (file, text) => writeFile(at(file), text),
    edit: async (file, from, to) => {
      const text = await checkout.read(file);
      if (!text.includes(from)) throw new Error(`${file} does not hold what the test wants to replace: ${from}`);
      await checkout.write(
        file,
        text.replace(from, () => to),
      );
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
  return checkout;
}

/** Copies the checkout with its program compiled, which takes a second of CPU, before several commands of it start at once. */
export async function copyCompiledCheckout(): Promise<Checkout> {
  const checkout = await copyCheckout();
  await runStagesub(checkout.dir, ["--version"]);
  return checkout;
}

/** The folder of package.json. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
