/** The folders under `migrations/`. */
export const migrationFolders = ["orchestra", "registry"] as const;

/** `orchestra`: every orchestra's database. `registry`: the main database. */
export type MigrationFolder = (typeof migrationFolders)[number];

/** The effects and problems of a branch's new migrations, as plain data. */
export interface MigrationReview {
  base: {
    /** As it was asked for: `origin/main`. */
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
  /** The rows of the copy with data before the new files ran; empty if nothing ran. */
  data: FilledTable[];
}

export interface ReviewProblem {
  folder: MigrationFolder;
  /** `0012_nickname.sql` */
  file: string;
  /** In the file, from 1; left out where it is about the file as a whole. */
  line?: number;
  /**
   * - `edited`, `renamed`, `removed`: a file that the base branch has is not as it was
   * - `order`: a new file does not sort after all of the base branch's
   * - `unreadable`: the reader of migrations refuses a file's name or form
   * - `no-down`: neither a way back nor a reason why there is none
   * - `down-fails`, `down-differs`: up, down, up does not come back to the same schema
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
  /** Sentences that say what is wrong. */
  says: string;
  /** A sentence that says what to do. */
  instead: string;
  /** Why the file accepts it, in its own words: `-- accept: fails-on-data: <reason>`. */
  accepted?: string;
}

export interface ReviewedMigration {
  folder: MigrationFolder;
  file: string;
  /** The way back. */
  down: { kind: "sql" } | { kind: "none"; because: string } | { kind: "missing" };
  /** Whether it runs in the one transaction of all pending files; else alone, marked `-- no-transaction`. */
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
   * Per table that was there before, the strongest lock; from the strongest. All are held until the end of the transaction that
   * runs every pending file. For a file outside a transaction: the lock of its statement in PostgreSQL's manual.
   */
  locks: { table: string; mode: LockMode; stops: string }[];
  /** Tables whose every row was written anew, with their rows before and after (none left: it was truncated). */
  rewritten: { table: string; rows: number; left: number }[];
  /** Dropped tables, and their number of rows. */
  dropped: { table: string; rows: number }[];
  /** Rows that its statements added, changed and removed; rewriting counts as none of them. */
  changed: { table: string; inserted: number; updated: number; deleted: number }[];
}

/** As PostgreSQL's manual names them, from the weakest. */
export type LockMode =
  | "ACCESS SHARE"
  | "ROW SHARE"
  | "ROW EXCLUSIVE"
  | "SHARE UPDATE EXCLUSIVE"
  | "SHARE"
  | "SHARE ROW EXCLUSIVE"
  | "EXCLUSIVE"
  | "ACCESS EXCLUSIVE";

export interface FilledTable {
  folder: MigrationFolder;
  /** `public."User"` */
  table: string;
  rows: number;
  /** The reason for fewer rows than were asked for. */
  why?: string;
}

/** Whether the branch may not go on. */
export function isRefused({ problems }: MigrationReview): boolean {
  return problems.some(({ accepted }) => accepted === undefined);
}
