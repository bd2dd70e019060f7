import type { MigrationFolder, ReviewProblem } from "../migrationReview.ts";

/** One folder in three versions, each file → digest. */
export interface FolderVersions {
  /** The commit at which this branch left the base branch. */
  fork: ReadonlyMap<string, string>;
  /** The base branch's current commit. */
  tip: ReadonlyMap<string, string>;
  /** The files under review. */
  here: ReadonlyMap<string, string>;
}

export interface Comparison {
  /** Files that the base branch has never had, sorted. */
  added: string[];
  problems: ReviewProblem[];
}

type Refuse = (file: string, rule: ReviewProblem["rule"], says: string, instead: string) => void;

/**
 * Finds the new files, and refuses changes of the others: files on the base branch may be applied to databases already, where an edit would
 * go unnoticed. Pure.
 */
export function compareWithBase(folder: MigrationFolder, { fork, tip, here }: FolderVersions): Comparison {
  const problems: ReviewProblem[] = [];
  const refuse: Refuse = (file, rule, says, instead) => void problems.push({ folder, file, rule, says, instead });
  const added = [...here.keys()].filter((file) => !fork.has(file) && !tip.has(file)).sort();
  const based = [...fork.keys(), ...tip.keys()];
  const renamed = new Set<string>();
  for (const [file, digest] of fork) {
    const current = here.get(file);
    // The second condition: the base branch itself has changed or removed the file since then.
    if (current === digest || current === tip.get(file)) continue;
    if (current !== undefined) {
      refuse(
        file,
        "edited",
        `It is on the base branch and was edited (there ${short(digest)}, here ${short(current)}). Databases that have it would not get the edit.`,
        "Undo the edit and put the change into a new file.",
      );
      continue;
    }
    const successor = added.find((other) => here.get(other) === digest || nameOf(other) === nameOf(file));
    if (successor === undefined) {
      refuse(file, "removed", "It is on the base branch and is missing here.", "Restore it.");
      continue;
    }
    renamed.add(successor);
    const says = `It is on the base branch and is called ${successor} here. Databases that have it would run it again.`;
    refuse(file, "renamed", says, "Restore its name.");
  }
  for (const [file, digest] of tip) {
    const current = here.get(file);
    if (fork.has(file) || current === undefined || current === digest) continue;
    refuse(
      file,
      "edited",
      `Since this branch left the base branch, that has got a file of this name with other content (there ${short(digest)}, here ${short(current)}).`,
      `Merge the base branch, and move this branch's own content to ${withNumber(file, nextNumber([...based, ...added]))}.`,
    );
  }
  const own = added.filter((file) => !renamed.has(file));
  refuseLate(own, based, refuse);
  return { added: own, problems };
}

/** Refuses late files. A file that gets a later number also moves the files behind it, so that their order stays. */
function refuseLate(added: string[], base: string[], refuse: Refuse): void {
  const last = [...base].sort().at(-1);
  if (last === undefined) return;
  let next = nextNumber(base);
  for (const file of added) {
    const number = numberOf(file);
    // The reader of migrations refuses a name without a number.
    if (Number.isNaN(number)) continue;
    if (number >= next) {
      next = number + 1;
      continue;
    }
    const says =
      number <= numberOf(last)
        ? `It does not sort after ${last}, the last one on the base branch: a database that has that one would refuse it.`
        : "A file before it that must be renamed takes its number.";
    refuse(file, "order", says, `Rename it to ${withNumber(file, next++)}.`);
  }
}

function numberOf(file: string): number {
  return Number(/^(\d{4})_/.exec(file)?.[1]);
}

function nextNumber(files: string[]): number {
  return Math.max(0, ...files.map(numberOf).filter((number) => !Number.isNaN(number))) + 1;
}

function withNumber(file: string, number: number): string {
  return `${String(number).padStart(4, "0")}_${nameOf(file)}`;
}

/** Returns a file's name without its number. */
function nameOf(file: string): string {
  return file.replace(/^\d+_/, "");
}

function short(digest: string): string {
  return `${digest.slice(0, 12)}…`;
}
