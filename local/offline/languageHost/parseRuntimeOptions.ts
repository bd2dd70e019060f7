/** The settings that `runtime.options` gives to the program's process. */
export interface RuntimeOptions {
  /** Arguments for node itself. */
  nodeArguments: string[];
}

/**
 * Reads `runtime.options` of Pulumi.yaml or PulumiPolicy.yaml. Takes less than the official host: no ts-node, no package manager but npm,
 * and `nodeargs` only where quotes, escapes and comments, which google/shlex would read, cannot occur.
 */
export function parseRuntimeOptions(options: Record<string, unknown>): RuntimeOptions | { problem: string } {
  const { typescript, nodeargs = "", packagemanager = "npm", ...others } = options;
  const isPlain = typeof nodeargs === "string" && !/["'\\]|(^|\s)#/.test(nodeargs);
  if (typescript === false && packagemanager === "npm" && isPlain && Object.keys(others).length === 0)
    return { nodeArguments: nodeargs.split(/\s+/).filter(Boolean) };
  return {
    problem:
      "Expected the runtime options typescript: false, packagemanager: npm (or none) and nodeargs without quotes, backslashes and comments, " +
      `got ${JSON.stringify(options)}: this language host takes no others. Change them, or install Pulumi's own (https://www.pulumi.com/docs/install/).`,
  };
}
