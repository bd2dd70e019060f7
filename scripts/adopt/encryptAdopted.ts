import pLimit from "p-limit";

import { addAdopted, type AdoptedEntry } from "../stack/editStackFile.ts";
import { UserError } from "../../infra/errors.ts";
import { nameStackFile } from "../../infra/config/parseSource.ts";
import { decryptKey, encryptValue, type KeyedStack } from "../stack/stackSecrets.ts";

/**
 * Encrypts URLs for a stack's file and proves that its key opens them; writes nothing. Entries that the file holds already, with the same
 * URLs, stay as they are.
 *
 * @returns the edit that puts all of them into the file's text
 * @throws {UserError} when it holds other URLs under one of the keys
 */
export async function encryptAdopted(
  stack: KeyedStack,
  entries: readonly AdoptedEntry[],
): Promise<(text: string) => string> {
  const held = await readAdopted(stack);
  const missing = entries.filter((entry) => !isHeld(entry, held, stack.name));
  const limit = pLimit(atOnce);
  const encrypt = (value: string) => limit(() => encryptValue(stack, value));
  const ciphers = await Promise.all(
    missing.map(async ({ key, url, direct }) => {
      const [app, owner] = await Promise.all([encrypt(url), encrypt(direct)]);
      return { key, url: app, direct: owner };
    }),
  );
  const insert = (text: string) => ciphers.reduce(addAdopted, text);
  if (missing.length > 0) await proveReadable({ ...stack, text: insert(stack.text) }, missing);
  return insert;
}

/** Returns the same edit with texts in place of ciphers, to check what the file would say. */
export function insertStandIns(keys: readonly string[]): (text: string) => string {
  return (text) => keys.map((key) => ({ key, url: "v1:url", direct: "v1:direct" })).reduce(addAdopted, text);
}

/** Each `pulumi` takes half a second, most of it waiting. */
const atOnce = 4;

/** Reads `stagesub:adopted` of a stack's file, decrypted. Secret. */
async function readAdopted(stack: KeyedStack): Promise<Record<string, Partial<Omit<AdoptedEntry, "key">>>> {
  const json = await decryptKey(stack, "stagesub:adopted");
  return json === undefined ? {} : ((JSON.parse(json) ?? {}) as Awaited<ReturnType<typeof readAdopted>>);
}

function isHeld(entry: AdoptedEntry, held: Awaited<ReturnType<typeof readAdopted>>, stack: string): boolean {
  const found = held[entry.key];
  if (found === undefined) return false;
  if (found.url === entry.url && found.direct === entry.direct) return true;
  // The existing entry may be the only place where a password stands.
  throw new UserError(
    "adoption-refused",
    `Refusing to overwrite stagesub:adopted.${entry.key} in ${nameStackFile(stack)}: it holds other URLs (not shown). ` +
      `Remove that entry if nobody needs it: pulumi config rm --path stagesub:adopted.${entry.key} -s ${stack}`,
  );
}

/** A file that came without its key would hold what nobody can open. */
async function proveReadable(stack: KeyedStack, entries: readonly AdoptedEntry[]): Promise<void> {
  const held = await readAdopted(stack);
  if (entries.every((entry) => held[entry.key] !== undefined && isHeld(entry, held, stack.name))) return;
  throw new UserError(
    "adoption-refused",
    `Expected what was encrypted for ${nameStackFile(stack.name)} to open again with the stack's key; it did not. Nothing was written.`,
  );
}
