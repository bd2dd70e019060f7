import { writeFile } from "node:fs/promises";
import { quoteForShell } from "../../infra/util/text.ts";

/** Writes an executable that becomes `node <bundle>`: with exec, so that signals and the exit code are the program's own. */
export async function writeLauncher(file: string, bundle: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\nexec node ${quoteForShell(bundle)} "$@"\n`, { mode: 0o755 });
}

/** Writes `pulumi-resource-pulumi-nodejs`, which runs the program's own `@pulumi/pulumi`: the engine starts it in its folder. */
export async function writeDynamicProviderLauncher(file: string): Promise<void> {
  const script = `entry=$(node -p 'require.resolve("@pulumi/pulumi/cmd/dynamic-provider")') && exec node "$entry" "$@"`;
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
