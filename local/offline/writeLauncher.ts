import { writeFile } from "node:fs/promises";

/** Writes an executable that becomes `node <bundle>`: with exec, so that signals and the exit code are the program's own. */
export async function writeLauncher(file: string, bundle: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\nexec node ${quote(bundle)} "$@"\n`, { mode: 0o755 });
}

/**
 * Writes `pulumi-resource-pulumi-nodejs`, which runs the program's own `@pulumi/pulumi`: the engine starts it in its folder.
 * One process finds and becomes it: every `up` waits for this start. That process turns no function into text, so the SDK's
 * TypeScript compiler and dependency resolver, most of the time of its start, are answered with an empty module.
 */
export async function writeDynamicProviderLauncher(file: string): Promise<void> {
  const find = `let entry;
try {
  entry = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
} catch {
  console.error(\`no @pulumi/pulumi in or above \${process.cwd()}; run npm ci there\`);
  process.exit(1);
}
const { createRequire, Module } = require("module");
const sdk = createRequire(entry);
for (const name of ["typescript", "@npmcli/arborist"]) {
  const file = sdk.resolve(name);
  require.cache[file] = Object.assign(new Module(file), { filename: file, loaded: true });
}
require(entry);`;
  // The word after the script stands where a program's name does, so that its arguments begin where it looks for them.
  await writeFile(file, `#!/bin/sh\nexec node -e ${quote(find)} pulumi-resource-pulumi-nodejs "$@"\n`, { mode: 0o755 });
}

/** Makes one word of a shell command from any text. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
