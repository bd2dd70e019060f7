import type { MigrationFolder, ReviewProblem } from "../migrationReview.ts";

/** One folder in three places, each file → digest. */
export interface FolderVersions {
  /** The commit at which this branch left the base branch. */
  fork: ReadonlyMap<string, string>;
  /** The base branch as it is now. */
  tip: ReadonlyMap<string, string>;
  /** The files under review. */
  here: ReadonlyMap<string, string>;
}

export interface Comparison {
  /** Files that the base branch has never had, sorted. */
  added: string[];
  problems: ReviewProblem[];
}

/**
 * Finds the new files, and refuses changes of the others: files on the base branch may be applied to databases already, where an
 * edit would never be seen. Pure.
 */
export function compareWithBase(folder: MigrationFolder, { fork, tip, here }: FolderVersions): Comparison {
  const problem = (file: string, rule: ReviewProblem["rule"], says: string, instead: string): ReviewProblem => ({
    folder,
    file,
    rule,
    says,
    instead,
  });
  const added = [...here.keys()].filter((file) => !fork.has(file) && !tip.has(file)).sort();
  const renamed = new Map<string, string>();
  const problems: ReviewProblem[] = [];
  for (const [file, digest] of fork) {
    // This branch is not to blame for files that the base branch itself has changed or removed since then.
    if (here.get(file) === digest || here.get(file) === tip.get(file)) continue;
    if (here.has(file)) {
      problems.push(
        problem(
          file,
          "edited",
          `It is on the base branch and was edited (there ${short(digest)}, here ${short(here.get(file)!)}). Where it is applied nobody would see the edit.`,
          "Undo the edit and put the change into a new file.",
        ),
      );
      continue;
    }
    const now = added.find((other) => here.get(other) === digest || rest(other) === rest(file));
    if (now !== undefined) renamed.set(now, file);
    problems.push(
      now === undefined
        ? problem(file, "removed", "It is on the base branch and is gone here.", "Bring it back.")
        : problem(
            file,
            "renamed",
            `It is on the base branch and is called ${now} here. Where it is applied, it would run again.`,
            "Give it its name back.",
          ),
    );
  }
  for (const [file, digest] of tip) {
    if (fork.has(file) || !here.has(file) || here.get(file) === digest) continue;
    problems.push(
      problem(
        file,
        "edited",
        `The base branch has got a file of this name since this branch left it, with other content (there ${short(digest)}, here ${short(here.get(file)!)}).`,
        `Merge the base branch; what is this branch's own goes into ${withNumber(file, nextNumber([...fork.keys(), ...tip.keys(), ...added]))}.`,
      ),
    );
  }
  const own = added.filter((file) => !renamed.has(file));
  return { added: own, problems: [...problems, ...findLate(own, [...fork.keys(), ...tip.keys()], problem)] };
}

/** Finds late files. A file that gets a later number also moves the files behind it, so that their order stays. */
function findLate(
  added: string[],
  base: string[],
  problem: (file: string, rule: "order", says: string, instead: string) => ReviewProblem,
): ReviewProblem[] {
  const last = [...base].sort().at(-1);
  if (last === undefined) return [];
  let next = nextNumber(base);
  // The reader of migrations refuses names that are no migration's.
  return added
    .filter((file) => !Number.isNaN(numberOf(file)))
    .flatMap((file) => {
      const number = numberOf(file);
      const isLate = number <= numberOf(last);
      if (number >= next) {
        next = number + 1;
        return [];
      }
      const says = isLate
        ? `It does not sort after ${last}, the last one on the base branch: a database that has that one would refuse it.`
        : "Its number is taken by a file before it that must get a later one.";
      return [problem(file, "order", says, `Rename it to ${withNumber(file, next++)}.`)];
    });
}

function numberOf(file: string): number {
  return Number(/^(\d{4})_/.exec(file)?.[1]);
}

function nextNumber(files: string[]): number {
  return Math.max(0, ...files.map(numberOf).filter((number) => !Number.isNaN(number))) + 1;
}

function withNumber(file: string, number: number): string {
  return `${String(number).padStart(4, "0")}_${rest(file)}`;
}

/** Returns the name without its number. */
function rest(file: string): string {
  return file.replace(/^\d+_/, "");
}

function short(digest: string): string {
  return `${digest.slice(0, 12)}…`;
}
