import { UserError } from "../../infra/errors.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { isLocal, stackEnvironment } from "../stack/openStack.ts";
import { listStackFiles } from "../stack/stackFile.ts";

/**
 * Returns the stacks that the patterns name and that Pulumi's backend holds, by name. Says on standard error which ones it leaves out.
 *
 * @throws {UserError} for a pattern that names no stack file, and where no stack is left
 */
export async function chooseStacks(patterns: readonly string[]): Promise<string[]> {
  const wanted = matchStacks(patterns, listStackFiles());
  const held = await listHeldStacks(wanted);
  const missing = wanted.filter((stack) => !held.has(stack));
  const advice = `found no stack in Pulumi's backend for ${missing.join(", ")}. Make it: ./stagesub init ${missing[0]}`;
  if (missing.length === wanted.length) throw new UserError("stack-unknown", `Expected stacks, ${advice}`);
  if (missing.length > 0) console.error(`Left out: ${advice}`);
  return wanted.filter((stack) => held.has(stack));
}

/** Returns the names that at least one pattern matches: `*` stands for any text, `?` for one character. Pure. */
export function matchStacks(patterns: readonly string[], stacks: readonly string[]): string[] {
  const matched = patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    const found = stacks.filter((stack) => new RegExp(`^${source}$`).test(stack));
    if (found.length > 0) return found;
    throw new UserError(
      "stack-unknown",
      `Expected stack files that ${JSON.stringify(pattern)} matches, found none. There are: ${stacks.join(", ") || "none"}.`,
    );
  });
  return stacks.filter((stack) => matched.some((found) => found.includes(stack)));
}

/** Asks each backend once: the local cloud's, and the one that you are logged in to. */
async function listHeldStacks(stacks: readonly string[]): Promise<ReadonlySet<string>> {
  const first = [true, false].flatMap((local) => stacks.find((stack) => isLocal(stack) === local) ?? []);
  const lists = first.map(async (stack) => {
    const options = { cwd: checkout, env: await stackEnvironment(stack) };
    const held = JSON.parse(await readPulumi(["stack", "ls", "--json"], options)) as { name: string }[];
    return held.map(({ name }) => name.slice(name.lastIndexOf("/") + 1));
  });
  return new Set((await Promise.all(lists)).flat());
}
