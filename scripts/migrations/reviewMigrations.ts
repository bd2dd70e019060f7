import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../infra/errors.ts";
import { readMigrations, schemaFolder, type Migration } from "../../infra/database/migrations/readMigrations.ts";
import { compareWithBase } from "./base/compareWithBase.ts";
import { digestOf, readBase, type FolderContent } from "./base/readBase.ts";
import type { MigrationSet } from "./database/migrate.ts";
import { withCluster } from "./database/withCluster.ts";
import { migrationFolders, type MigrationFolder, type MigrationReview, type ReviewProblem } from "./migrationReview.ts";
import { readDown } from "./readDown.ts";
import { runMigrations } from "./runMigrations.ts";

export type { MigrationReview } from "./migrationReview.ts";

export interface ReviewOptions {
  /** Folder that holds `migrations/`, inside a git repository. */
  root: string;
  /** Branch, tag or commit; default `origin/main`, or `main` where there is none. */
  base?: string | undefined;
  /** Rows a table of the copy with data. Default 1,000. */
  rows?: number | undefined;
  /** Gets a line a step. */
  log?: ((line: string) => void) | undefined;
  /** Ends the review; the server is stopped and its folder removed. */
  signal?: AbortSignal | undefined;
}

/**
 * Looks at the migrations that a branch adds: whether they come after the base branch's, which are as they were; and, on a
 * PostgreSQL of its own, what each does to an empty database and to a copy of the previous schema with data. The
 * files on disk are reviewed, committed or not. Without a new file, or where the files are refused, nothing is started.
 *
 * @throws {UserError} where the base cannot be read; what is wrong with a migration is in the result
 */
export async function reviewMigrations(options: ReviewOptions): Promise<MigrationReview> {
  const { root, log, signal } = options;
  const base = await readBase(root, options.base);
  const problems: ReviewProblem[] = [];
  const contents: { folder: MigrationFolder; content: FolderContent; added: string[] }[] = [];
  for (const folder of migrationFolders) {
    const here = await readFolder(path.join(root, "migrations", folder));
    const [fork, tip] = [base.fork[folder], base.tip[folder]];
    const comparison = compareWithBase(folder, { fork: digests(fork), tip: digests(tip), here: digests(here) });
    problems.push(...comparison.problems);
    const { added } = comparison;
    contents.push({
      folder,
      added,
      content: new Map([...tip, ...added.map((file) => [file, here.get(file)!] as const)]),
    });
  }
  const review: MigrationReview = {
    base: { ref: base.ref, commit: base.commit, mergeBase: base.mergeBase },
    files: [],
    problems,
    data: [],
  };
  const changed = contents.filter(({ added }) => added.length > 0);
  for (const { folder, content, added } of changed)
    for (const file of added) {
      const down = readDown(content.get(file)!.toString());
      if (down.kind === "missing")
        problems.push({ folder, file, rule: "no-down", says: down.says, instead: howToWriteDown });
      review.files.push({
        folder,
        file,
        down: down.kind === "none" ? down : { kind: down.kind },
        transaction: !/^-- no-transaction\s*$/m.test(content.get(file)!.toString().split("\n", 1)[0]!),
      });
    }
  if (changed.length === 0 || problems.some(({ rule }) => rule !== "no-down")) return review;
  log?.(`${review.files.length} new: starting a PostgreSQL to try them on …`);
  await withCluster(signal, async (createDatabase, folder) => {
    for (const one of changed) {
      const set = await writeSet(path.join(folder, one.folder), one);
      if (Array.isArray(set)) problems.push(...set);
      else await runMigrations({ set, createDatabase, rows: options.rows ?? 1_000, log }, review);
    }
  });
  return review;
}

const howToWriteDown =
  'Write the SQL that undoes it below a line "-- Down Migration", or, where nothing can: "-- Down Migration: none, because …".';

async function readFolder(directory: string): Promise<FolderContent> {
  const names = (await readdir(directory).catch(() => []))
    .filter((name) => !name.startsWith(".") && name !== schemaFolder)
    .sort();
  const files: [string, Buffer][] = [];
  for (const name of names) files.push([name, await readFile(path.join(directory, name))]);
  return new Map(files);
}

function digests(content: FolderContent): Map<string, string> {
  return new Map([...content].map(([file, bytes]) => [file, digestOf(bytes)]));
}

/** Writes the files that the base branch will have: its own at its tip, and this branch's new ones. */
async function writeSet(
  directory: string,
  { folder, content, added }: { folder: MigrationFolder; content: FolderContent; added: string[] },
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
