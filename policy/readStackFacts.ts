import { fileURLToPath } from "node:url";

import { nameStackFile, readSourceFile } from "../infra/config/parseSource.ts";
import { readStackFile } from "../infra/config/readStackFile.ts";

/** The facts of a stack's file that the rules use. */
export interface StackFacts {
  /** Whether its orchestras' names lead to this machine alone, and it says `stagesub:supabase.protect: false`. */
  isDisposable: boolean;
  /** Keys of the databases that orchestras hold: their ids, or the pool databases that they claim. */
  held: ReadonlySet<string>;
  /** Keys of the databases whose orchestra is retired and released: `protect: false` among its lines. */
  released: ReadonlySet<string>;
}

interface Declared {
  database?: unknown;
  state?: unknown;
  protect?: unknown;
}

/**
 * Reads the facts from `stacks/Pulumi.<stack>.yaml`, which the program has checked before.
 *
 * @throws where there is no such file: without it nothing is excused, and the preview fails
 */
export function readStackFacts(stack: string, checkout = fileURLToPath(new URL("..", import.meta.url))): StackFacts {
  const file = readSourceFile(stack, checkout);
  if (file === undefined) throw new Error(`Expected ${nameStackFile(stack)}, found none.`);
  const { values } = readStackFile(stack, file);
  const read = (key: string): unknown => JSON.parse(values[`stagesub:${key}`] ?? "{}");
  const orchestras = Object.entries(read("orchestras") as Record<string, Declared>);
  const keyOf = (id: string, { database }: Declared): string =>
    typeof database === "string" && database !== "adopted" ? database : id;
  const released = orchestras.filter(([, { state, protect }]) => state === "retired" && protect === false);
  return {
    isDisposable:
      (values["stagesub:domain"] ?? "").endsWith(".localhost") &&
      (read("supabase") as { protect?: unknown }).protect === false,
    held: new Set(orchestras.map(([id, declared]) => keyOf(id, declared))),
    released: new Set(released.map(([id, declared]) => keyOf(id, declared))),
  };
}
