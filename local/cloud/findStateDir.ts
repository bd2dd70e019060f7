import path from "node:path";
import { fileURLToPath } from "node:url";
import { resolveFromCaller } from "./resolveFromCaller.ts";

/** Returns the state directory of the local cloud: `chosen`, else `STAGESUB_LOCAL_DIR`, else `.local` in the checkout. */
export function findStateDir(chosen: string | undefined = process.env["STAGESUB_LOCAL_DIR"]): string {
  const checkout = fileURLToPath(new URL("../..", import.meta.url));
  return chosen ? resolveFromCaller(chosen) : path.join(checkout, ".local");
}
