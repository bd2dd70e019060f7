/** What `runtime.options` asks of the program's process. */
export interface RuntimeOptions {
  /** Arguments for node itself, before the program. */
  nodeArguments: string[];
  environment: Record<string, string>;
}

/**
 * Reads `runtime.options` of Pulumi.yaml or PulumiPolicy.yaml as the official host does: `nodeargs` (split as a shell would), `typescript`
 * (default true: `@pulumi/pulumi` loads ts-node) and `tsconfig`. Others, such as `packagemanager`, are not about running.
 *
 * @param file its name, for messages
 */
export function parseRuntimeOptions(
  options: Record<string, unknown>,
  file: string,
): RuntimeOptions | { problem: string } {
  const { typescript = true, nodeargs = "", tsconfig = "" } = options;
  if (typeof typescript !== "boolean") return wrongType(file, "typescript", "true or false", typescript);
  if (typeof nodeargs !== "string") return wrongType(file, "nodeargs", "text", nodeargs);
  if (typeof tsconfig !== "string") return wrongType(file, "tsconfig", "text", tsconfig);
  return {
    nodeArguments: splitArguments(nodeargs),
    environment: {
      ...(typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
      ...(tsconfig !== "" && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
    },
  };
}

function wrongType(file: string, option: string, expected: string, value: unknown): { problem: string } {
  return { problem: `runtime.options.${option} in ${file}: expected ${expected}, got ${JSON.stringify(value)}` };
}

function splitArguments(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
