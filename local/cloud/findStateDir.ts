import path from "node:path";

import { checkout } from "../../infra/util/checkout.ts";

/** Returns the state directory of the local cloud: `chosen`, else `STAGESUB_LOCAL_DIR`, else `.local` in the checkout. */
export function findStateDir(chosen: string | undefined = process.env["STAGESUB_LOCAL_DIR"]): string {
  return chosen ? path.resolve(chosen) : path.join(checkout, ".local");
}
