import path from "node:path";
import { fileURLToPath } from "node:url";
import { resolveFromCaller } from "./resolveFromCaller.ts";

/**
 * Where the local cloud keeps its state: `chosen`, else `STAGESUB_LOCAL_DIR`, else `.local` in the checkout.
 */
export function findStateDir(chosen: string | undefined = process.env["STAGESUB_LOCAL_DIR"]): string {
  const checkout = fileURLToPath(new URL("../..", import.meta.url));
  return chosen ? resolveFromCaller(chosen) : path.join(checkout, ".local");
}
