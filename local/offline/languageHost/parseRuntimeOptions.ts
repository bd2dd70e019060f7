import { splitArguments } from "./splitArguments.ts";

/** The settings that `runtime.options` gives to the program's process. */
export interface RuntimeOptions {
  /** Arguments for node itself. */
  nodeArguments: string[];
  environment: Record<string, string>;
}

const packageManagers = ["auto", "npm", "yarn", "pnpm", "bun"];

/**
 * Reads `runtime.options` of Pulumi.yaml or PulumiPolicy.yaml, and refuses, in the official host's own words, the same values that it
 * refuses: `nodeargs`, `typescript` (default true: `@pulumi/pulumi` loads ts-node), `tsconfig`, `production` and `packagemanager`. Other
 * options are ignored.
 */
export function parseRuntimeOptions(options: Record<string, unknown>): RuntimeOptions | { problem: string } {
  for (const [option, expected, name = option] of [
    ["typescript", "boolean"],
    ["tsconfig", "string", "tsconfigpath"],
    ["nodeargs", "string"],
    ["production", "boolean"],
    ["packagemanager", "string"],
  ] as const) {
    const value = options[option];
    if (value !== undefined && typeof value !== expected) return { problem: `${name} option must be a ${expected}` };
  }
  const { typescript = true, nodeargs = "", tsconfig = "", packagemanager = "auto" } = options as Options;
  if (!packageManagers.includes(packagemanager)) {
    const got = JSON.stringify(packagemanager);
    return { problem: `packagemanager option must be one of auto, npm, yarn, pnpm or bun, got ${got}` };
  }
  const split = splitArguments(nodeargs);
  if ("problem" in split) return split;
  return {
    nodeArguments: split.words,
    environment: {
      ...(typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
      ...(tsconfig !== "" && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
    },
  };
}

interface Options {
  typescript?: boolean;
  tsconfig?: string;
  nodeargs?: string;
  packagemanager?: string;
}
