import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where the local cloud keeps its state: `chosen`, else `STAGESUB_LOCAL_DIR`, else `.local` in the checkout. A relative
 * path is meant from where the user called: npm changes to the checkout and tells where that was.
 */
export function findStateDir(chosen: string | undefined = process.env["STAGESUB_LOCAL_DIR"]): string {
  const checkout = fileURLToPath(new URL("../..", import.meta.url));
  return chosen ? path.resolve(process.env["INIT_CWD"] ?? process.cwd(), chosen) : path.join(checkout, ".local");
}
