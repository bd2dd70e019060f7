import type { Rule } from "./rule.ts";
import { allowedRegion } from "./rules/allowedRegion.ts";
import { automaticTtl } from "./rules/automaticTtl.ts";
import { closedDatabases } from "./rules/closedDatabases.ts";
import { hiddenSecrets } from "./rules/hiddenSecrets.ts";
import { properNames } from "./rules/properNames.ts";
import { protectedData } from "./rules/protectedData.ts";

/** Every rule of the pack; each of them is mandatory. */
export const rules: readonly Rule[] = [
  protectedData,
  hiddenSecrets,
  closedDatabases,
  allowedRegion,
  properNames,
  automaticTtl,
];
