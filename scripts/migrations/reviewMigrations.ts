import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Migration, readMigrations, schemaFolder } from "../../infra/database/migrations/readMigrations.ts";
import { findDangers } from "../../infra/database/migrations/rules/findDangers.ts";
import { UserError } from "../../infra/errors.ts";
import { compareWithBase } from "./base/compareWithBase.ts";
import { sha256 } from "../../infra/util/digest.ts";
import { readBase, type FolderContent } from "./base/readBase.ts";
import type { MigrationSet } from "./database/migrate.ts";
import { withCluster } from "./database/withCluster.ts";
import { migrationFolders, type MigrationFolder, type MigrationReview, type ReviewProblem } from "./migrationReview.ts";
import { noDownForm, readDown } from "./readDown.ts";
import { runMigrations } from "./runMigrations.ts";

export interface ReviewOptions {
  /** Folder that holds `migrations/`, inside a git repository. */
  root: string;
  /** Branch, tag or commit; default `origin/main`, or `main`. */
  base?: string | undefined;
  /** Generated rows a table. Default 1,000. */
  rows?: number | undefined;
  /** Gets a line for each step. */
  log?: ((line: string) => void) | undefined;
  /** Ends the review; the server is stopped and its folder removed. */
  signal?: AbortSignal | undefined;
}

/** One folder as it will be once the branch is merged. */
interface MergedFolder {
  folder: MigrationFolder;
  content: FolderContent;
  /** The branch's new files. */
  added: string[];
}

/**
 * Reviews the migrations that a branch adds, as they are on disk: compares them with the base branch's, and runs each on a throw-away
 * PostgreSQL, in an empty database and in one with generated rows; the SQL rules check the statements. Without a new file, or where the comparison refuses the files, starts no
 * server.
 *
 * @throws {UserError} if the base cannot be read; problems of a migration are in the result
 */
export async function reviewMigrations(options: ReviewOptions): Promise<MigrationReview> {
  const { root, log, signal } = options;
  const { tip, fork, ...base } = await readBase(root, options.base);
  const review: MigrationReview = { base, files: [], problems: [], dangers: [], data: [] };
  const merged: MergedFolder[] = [];
  for (const folder of migrationFolders) {
    const here = await readFolder(path.join(root, "migrations", folder));
    const versions = { fork: digests(fork[folder]), tip: digests(tip[folder]), here: digests(here) };
    const { added, problems } = compareWithBase(folder, versions);
    review.problems.push(...problems);
    if (added.length === 0) continue;
    const content = new Map([...tip[folder], ...added.map((file) => [file, here.get(file)!] as const)]);
    merged.push({ folder, content, added });
  }
  for (const { folder, content, added } of merged)
    for (const file of added) {
      const text = content.get(file)!.toString();
      const down = readDown(text);
      if (down.kind === "missing")
        review.problems.push({ folder, file, rule: "no-down", says: down.says, instead: howToWriteDown });
      review.files.push({
        folder,
        file,
        down: down.kind === "none" ? down : { kind: down.kind },
        transaction: !/^-- no-transaction\s*$/m.test(text.split("\n", 1)[0]!),
      });
    }
  if (merged.length === 0 || review.problems.some(({ rule }) => rule !== "no-down")) return review;
  log?.(`${review.files.length} new: starting a throw-away PostgreSQL …`);
  await withCluster(signal, async (createDatabase, directory) => {
    for (const one of merged) {
      const set = await writeSet(path.join(directory, one.folder), one);
      if (Array.isArray(set)) review.problems.push(...set);
      else {
        review.dangers.push(...(await findDangers(set.all, (file) => one.added.includes(file))));
        await runMigrations({ set, createDatabase, rows: options.rows ?? 1_000, log }, review);
      }
    }
  });
  return review;
}

const howToWriteDown = `Write the SQL that undoes the file below a line "-- Down Migration"; if nothing can, write "${noDownForm}".`;

async function readFolder(directory: string): Promise<FolderContent> {
  const names = await readdir(directory).catch(() => []);
  const own = names.filter((name) => !name.startsWith(".") && name !== schemaFolder).sort();
  const files = own.map(async (name) => [name, await readFile(path.join(directory, name))] as const);
  return new Map(await Promise.all(files));
}

function digests(content: FolderContent): Map<string, string> {
  return new Map([...content].map(([file, bytes]) => [file, sha256(bytes)]));
}

/** Writes the files of the merged folder. */
async function writeSet(
  directory: string,
  { folder, content, added }: MergedFolder,
): Promise<MigrationSet | ReviewProblem[]> {
  await mkdir(directory);
  for (const [file, bytes] of content) await writeFile(path.join(directory, file), bytes);
  try {
    const all = readMigrations(directory).map((one) => ({ ...one, path: `migrations/${folder}/${one.file}` }));
    const isAdded = ({ file }: Migration) => added.includes(file);
    return { folder, directory, all, before: all.filter((one) => !isAdded(one)), added: all.filter(isAdded) };
  } catch (error) {
    if (!UserError.is(error, "migration-files")) throw error;
    const instead = "A preview would refuse it as well.";
    return (error.fields.files ?? []).map((problem) => ({ folder, ...problem, rule: "unreadable", instead }));
  }
}
