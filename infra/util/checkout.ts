import { fileURLToPath } from "node:url";

/** The folder of Pulumi.yaml. */
export const checkout = fileURLToPath(new URL("../..", import.meta.url));
