import { UserError } from "../../../infra/errors.ts";
import { type MigrationFolder, migrationFolders } from "../migrationReview.ts";
import { readProgram } from "../../../infra/util/runProgram.ts";

/** The files of a folder of migrations: file → its bytes, sorted by name. */
export type FolderContent = Map<string, Buffer>;

/** The base that a branch is compared with. */
export interface Base {
  /** The given ref, or the default: `origin/main`. */
  ref: string;
  /** The commit that `ref` stands for. */
  commit: string;
  /** The commit at which this branch left the base branch. */
  mergeBase: string;
  /** The folders at `commit`. */
  tip: Record<MigrationFolder, FolderContent>;
  /** The folders at `mergeBase`. */
  fork: Record<MigrationFolder, FolderContent>;
}

const defaultRefs = ["origin/main", "main"];

/**
 * Reads the migrations of the base branch from git, at its tip and where this branch left it. Fetches and checks out nothing.
 *
 * @param root folder that holds `migrations/`
 * @param wanted branch, tag or commit; default `origin/main`, or `main` where there is none
 * @throws {UserError} with the command that fetches what is missing
 */
export async function readBase(root: string, wanted?: string): Promise<Base> {
  const { ref, commit } = await findCommit(root, wanted === undefined ? defaultRefs : [wanted]);
  const mergeBase = await findMergeBase(root, ref, commit);
  const [tip, fork] = [await readFolders(root, commit), await readFolders(root, mergeBase)];
  return { ref, commit, mergeBase, tip, fork };
}

async function findCommit(root: string, refs: string[]): Promise<{ ref: string; commit: string }> {
  for (const ref of refs) {
    if (ref.startsWith("-") || ref === "")
      throw new UserError("base-unreadable", `Expected a branch, tag or commit, got "${ref}".`);
    const commit = await ask(root, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
    if (commit) return { ref, commit };
  }
  if ((await ask(root, ["rev-parse", "--git-dir"])) === undefined)
    throw new UserError(
      "base-unreadable",
      `Expected a git repository at ${root}: new migrations are those that the base branch lacks.`,
    );
  throw new UserError(
    "base-unreadable",
    `Expected ${refs.join(" or ")} in this clone, to compare the migrations with; found none. ${await howToFetch(root, refs[0]!)}`,
  );
}

async function findMergeBase(root: string, ref: string, commit: string): Promise<string> {
  const mergeBase = await ask(root, ["merge-base", commit, "HEAD"]);
  if (mergeBase) return mergeBase;
  if (!(await isShallow(root)))
    throw new UserError(
      "base-unreadable",
      `Expected a common commit of ${ref} and this branch, found none: their histories are unrelated.`,
    );
  throw new UserError(
    "base-unreadable",
    `Expected the commit at which this branch left ${ref}, but this clone is shallow and lacks it. ${await howToFetch(root, ref)}`,
  );
}

async function howToFetch(root: string, ref: string): Promise<string> {
  const deepen = (await isShallow(root)) ? "--unshallow " : "";
  const branch = ref.replace(/^origin\//, "");
  if (/^[0-9a-f]{7,64}$/.test(ref)) return `Fetch it: git fetch ${deepen}origin ${ref}`;
  const then = ref.startsWith("origin/") ? "" : `, then --base origin/${branch}`;
  return `Fetch it: git fetch ${deepen}origin +refs/heads/${branch}:refs/remotes/origin/${branch}${then}`;
}

async function isShallow(root: string): Promise<boolean> {
  return (await ask(root, ["rev-parse", "--is-shallow-repository"])) === "true";
}

/** Asks git for one line; undefined if git refuses. */
async function ask(root: string, args: string[]): Promise<string | undefined> {
  try {
    return (await runGit(root, args)).toString().trim().split("\n")[0];
  } catch (error) {
    if (UserError.is(error, "program-failed")) return undefined;
    throw error;
  }
}

/** Reads the folders of a commit. */
async function readFolders(root: string, commit: string): Promise<Record<MigrationFolder, FolderContent>> {
  const paths = migrationFolders.map((folder) => `migrations/${folder}/`);
  const lines = (await runGit(root, ["ls-tree", "-z", commit, "--", ...paths])).toString().split("\0");
  const entries = lines.flatMap((line) => {
    const [, blob, folder, file] = /^\d+ blob (\w+)\tmigrations\/(\w+)\/([^/]+)$/s.exec(line) ?? [];
    return !file || file.startsWith(".") ? [] : [{ folder: folder as MigrationFolder, file, blob: blob! }];
  });
  const blobs = await readBlobs(root, [...new Set(entries.map(({ blob }) => blob))]);
  const folders: Record<MigrationFolder, FolderContent> = { orchestra: new Map(), registry: new Map() };
  for (const { folder, file, blob } of entries) folders[folder].set(file, blobs.get(blob)!);
  return folders;
}

/** Reads many blobs with one process. Each comes as `<id> blob <size>`, a line break, its bytes, a line break. */
async function readBlobs(root: string, wanted: string[]): Promise<Map<string, Buffer>> {
  const output = await runGit(root, ["cat-file", "--batch"], wanted.map((id) => `${id}\n`).join(""));
  const blobs = new Map<string, Buffer>();
  for (let at = 0; at < output.length;) {
    const end = output.indexOf("\n", at);
    const [id, kind, size] = output.toString("utf8", at, end).split(" ");
    if (kind !== "blob")
      throw new UserError("base-unreadable", `Expected the file ${id} in this clone; git reports: ${kind}.`);
    blobs.set(id!, output.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return blobs;
}

/** Runs git and returns its output. @throws {UserError} program-missing, or program-failed with git's own words */
export async function runGit(cwd: string, args: string[], input?: string): Promise<Buffer> {
  // Messages in English, and never a question on the terminal.
  const env = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  // Files of migrations may hold any bytes.
  return Buffer.from(await readProgram("git", args, { cwd, env, input, encoding: "latin1" }), "latin1");
}
