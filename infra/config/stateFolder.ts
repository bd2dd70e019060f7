import fs from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";

/** Far more than an update writes: the state twice, a backup and a history of it, a few kilobytes for each resource. */
const enough = 64 * 1024 * 1024;

/** Where Pulumi keeps its state there is no room for it. */
export class StateFolderError extends Error {
  override readonly name = "StateFolderError";
}

/**
 * Refuses to begin on a full disk, where the state is kept in a folder: Pulumi (3.250) puts what it could write of the state in the
 * place of the whole, and of its backup beside it (gocloud.dev's `fileblob` closes, and so renames, a file whose write failed).
 *
 * @throws {StateFolderError}
 */
export async function refuseFullStateFolder(environment: NodeJS.ProcessEnv): Promise<void> {
  const folder = await findStateFolder(environment);
  if (folder === undefined) return;
  const disk = await fs.statfs(folder).catch(() => undefined);
  if (disk === undefined || disk.bavail * disk.bsize >= enough) return;
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  throw new StateFolderError(
    `Refusing to begin: expected ${megabytes(enough)} of free disk where Pulumi keeps the state (${folder}), found ` +
      `${megabytes(disk.bavail * disk.bsize)}. On a full disk Pulumi leaves its state cut off. Make room, then run again.`,
  );
}

/** The folder in which Pulumi keeps states (`.pulumi` lies in it); undefined where it keeps them elsewhere. */
export async function findStateFolder(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  return findFolder(environment["PULUMI_BACKEND_URL"] || (await readLogin(environment)));
}

/** The folder behind `file:///path?metadata=skip`, as Pulumi reads it; undefined for any other backend. */
function findFolder(backend: string): string | undefined {
  const place = /^file:\/\/([^?]*)/.exec(backend)?.[1];
  return place === undefined ? undefined : path.resolve(decodeURI(place).replace(/^~/, homedir()));
}

/** What `pulumi login` has left. */
async function readLogin(environment: NodeJS.ProcessEnv): Promise<string> {
  const home = environment["PULUMI_HOME"] || path.join(homedir(), ".pulumi");
  const text = await fs.readFile(path.join(home, "credentials.json"), "utf8").catch(() => "{}");
  return (JSON.parse(text) as { current?: string }).current ?? "";
}
