import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";

import { UserError } from "../../infra/errors.ts";
import { withTempFolder } from "../../infra/util/withTempFolder.ts";
import { askPulumi } from "./openStack.ts";

/** A stack with the text of its file, which holds or names its key; the file itself stays as it is. */
export interface KeyedStack {
  name: string;
  text: string;
  /** The environment in which `pulumi` is run, see `stackEnvironment`. */
  env: NodeJS.ProcessEnv;
}

/** Encrypts a value for `secure:` in the stack file. The value reaches `pulumi` on its standard input alone. */
export async function encryptValue(stack: KeyedStack, value: string): Promise<string> {
  return withScratchFile(stack, async (file, run) => {
    await run(["config", "set", "--secret", "stagesub:value"], value);
    const cipher: unknown = parseDocument(await readFile(file, "utf8")).getIn(["config", "stagesub:value", "secure"]);
    if (typeof cipher === "string") return cipher;
    throw new UserError(
      "program-failed",
      "Expected `pulumi config set --secret` to encrypt a value, found none in the file it wrote.",
    );
  });
}

/** Decrypts one key of the configuration; undefined if the file lacks it. Secret. */
export async function decryptKey(stack: KeyedStack, key: string): Promise<string | undefined> {
  return withScratchFile(stack, async (_file, run) => {
    const values = JSON.parse(await run(["config", "--json", "--show-secrets"])) as Record<string, { value: string }>;
    return values[key]?.value;
  });
}

type Run = (args: string[], input?: string) => Promise<string>;

/** Pulumi writes flow maps anew in any file that it changes, so it gets a copy of the stack file. No secret is in that in clear. */
function withScratchFile<T>(stack: KeyedStack, work: (file: string, run: Run) => Promise<T>): Promise<T> {
  return withTempFolder("stagesub-config", async (folder) => {
    const file = path.join(folder, `Pulumi.${stack.name}.yaml`);
    await writeFile(file, stack.text, { mode: 0o600 });
    return work(file, (args, input) => askPulumi(stack, [...args, "--config-file", file, "--non-interactive"], input));
  });
}
