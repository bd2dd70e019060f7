import type { SqlDanger } from "../../infra/database/migrations/rules/findDangers.ts";
import { sources } from "../../infra/database/sources.ts";
import type { LockMode } from "./database/lockModes.ts";

/** The folders under `migrations/`. */
export const migrationFolders = ["orchestra", "registry"] as const;

/** `orchestra`: every orchestra's database. `registry`: the main database. */
export type MigrationFolder = (typeof migrationFolders)[number];

/** The path of each folder. */
export const migrationDirectories: Record<MigrationFolder, string> = {
  orchestra: sources.orchestraMigrations,
  registry: sources.registryMigrations,
};

/** The effects and problems of a branch's new migrations. */
export interface MigrationReview {
  base: {
    /** As given: `origin/main`. */
    ref: string;
    /** The commit that `ref` stands for. */
    commit: string;
    /** The commit at which this branch left the base branch. */
    mergeBase: string;
  };
  /** The new files, in the order in which they run. */
  files: ReviewedMigration[];
  /** Problems that refuse the branch, except those with `accepted`. */
  problems: ReviewProblem[];
  /** Statements of the new files that the SQL rules refuse or warn of; empty if nothing ran. */
  dangers: SqlDanger[];
  /** The generated rows before the new files ran; empty if nothing ran. */
  data: FilledTable[];
}

export interface ReviewProblem {
  folder: MigrationFolder;
  /** `0012_nickname.sql` */
  file: string;
  /** In the file, from 1; left out for a problem of the whole file. */
  line?: number;
  /**
   * - `edited`, `renamed`, `removed`: a change of a file of the base branch
   * - `order`: a new file does not sort after all of the base branch's
   * - `unreadable`: the reader of migrations refuses a file's name or form
   * - `no-down`: neither a down migration nor a reason why there is none
   * - `down-fails`, `down-differs`: up, down, up does not return to the same schema
   * - `fails-on-empty`, `fails-on-data`: it does not run
   */
  rule:
    | "edited"
    | "renamed"
    | "removed"
    | "order"
    | "unreadable"
    | "no-down"
    | "down-fails"
    | "down-differs"
    | "fails-on-empty"
    | "fails-on-data";
  /** The problem, in sentences. */
  says: string;
  /** The remedy, in a sentence. */
  instead: string;
  /** The file's own reason to accept it: `-- accept: fails-on-data: <reason>`. */
  accepted?: string;
}

export interface ReviewedMigration {
  folder: MigrationFolder;
  file: string;
  down: { kind: "sql" } | { kind: "none"; because: string } | { kind: "missing" };
  /** Whether it runs in the one transaction of all pending files. A file marked `-- no-transaction` runs alone. */
  transaction: boolean;
  /** Duration on a database without rows, in milliseconds; left out if the file did not run to its end. */
  emptyMs?: number;
  /** Effects on the copy with data; left out if the file did not run to its end. */
  onData?: MigrationEffects;
}

/** The effects of one file. Tables are written as `format('%I.%I')` writes them: `public."User"`. */
export interface MigrationEffects {
  /** In milliseconds, without COMMIT. */
  ms: number;
  /**
   * The strongest lock on each previous table, sorted from the strongest. All last until the end of the transaction that runs every pending
   * file. For a file outside a transaction: the lock of its statement in PostgreSQL's manual.
   */
  locks: { table: string; mode: LockMode; stops: string }[];
  /** Tables whose every row was rewritten, with their rows before and after (none left: truncated). */
  rewritten: { table: string; rows: number; left: number }[];
  /** Dropped tables, and their number of rows. */
  dropped: { table: string; rows: number }[];
  /** Rows that its statements added, changed and removed, without rewrites. */
  changed: { table: string; inserted: number; updated: number; deleted: number }[];
}

export interface FilledTable {
  folder: MigrationFolder;
  /** `public."User"` */
  table: string;
  rows: number;
  /** The reason for fewer rows than were asked for. */
  why?: string;
}

/** Tells whether a problem or a dangerous statement refuses the branch. */
export function isRefused({ problems, dangers }: Pick<MigrationReview, "problems" | "dangers">): boolean {
  return problems.some(({ accepted }) => accepted === undefined) || dangers.some(({ refused }) => refused);
}
