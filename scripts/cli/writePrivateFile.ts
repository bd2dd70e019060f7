import { randomBytes } from "node:crypto";
import { chmod, lstat, open, rename, rm } from "node:fs/promises";

import { UserError } from "../../infra/errors.ts";

/**
 * Writes a file that only its owner may read (mode 600), whole or not at all: a new file takes the old one's place, so that an old
 * one's wider mode or open readers do not matter.
 *
 * @throws {UserError} where something is in the way that is no plain file
 */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const there = await lstat(file).catch(() => undefined);
  if (there && !there.isFile())
    throw new UserError(
      "file-access",
      `Refusing to replace ${file}: expected a plain file or nothing, found a ${there.isDirectory() ? "folder" : "link or device"}. Name another file.`,
    );
  const draft = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(draft, 0o600);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new UserError("file-access", `Cannot write ${file}: ${(error as Error).message}`);
  }
}
