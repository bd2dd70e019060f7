import Module, { createRequire } from "node:module";

/**
 * Loaded before the program (Pulumi.yaml, `nodeargs`). `@pulumi/pulumi` loads the TypeScript compiler and npm's dependency
 * resolver wherever it is imported, to turn functions into text. This program has none to turn (`providers/dynamicProvider.ts`),
 * so both are answered with an empty module: more than half a second less at each preview.
 */
const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve("@pulumi/pulumi"));
for (const name of ["typescript", "@npmcli/arborist"]) {
  const file = sdk.resolve(name);
  require.cache[file] = Object.assign(new Module(file), { filename: file, loaded: true });
}
