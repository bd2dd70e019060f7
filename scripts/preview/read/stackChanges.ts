import type { Rollout } from "../../../infra/plan/planRollout.ts";
import type { MigrationReview } from "../../migrations/migrationReview.ts";
import type { Message } from "./messages.ts";
import type { Violation } from "./previewDigest.ts";
import type { Cost } from "./readCost.ts";
import type { DnsChange } from "./readDns.ts";
import type { MigrationChange } from "./readMigrationChanges.ts";
import type { OrchestraChange } from "./readOrchestraChanges.ts";
import type { OtherChange } from "./readOther.ts";
import type { PoolChange } from "./readPool.ts";

/** A preview in terms of orchestras and databases, as plain data: everything that `./stagesub plan` says. Holds no value of the state. */
export interface StackChanges {
  stack: string;
  /** `failed`: the preview failed, or refused the change; `refused`: it ran, and a rule refuses the change. */
  verdict: "nothing" | "changes" | "refused" | "failed";
  /** The exit code of `./stagesub plan`. */
  exitCode: ExitCode;
  /** Reasons why the change cannot be applied, each with what to do. */
  refusals: Message[];
  /** Facts that a reviewer must know before approval. */
  warnings: Message[];
  /** Other messages of the program. */
  notes: Message[];
  /** Rules of the policy pack that refuse or advise. */
  violations: Violation[];
  orchestras: OrchestraChange[];
  /** The number of orchestras that the stack file declares. */
  declared: number;
  pool?: PoolChange;
  migrations: MigrationChange[];
  /** The review of the files that the base branch lacks, on a PostgreSQL with generated rows; left out without `--base`. */
  review?: Pick<MigrationReview, "files" | "problems" | "data">;
  /** The order in which migrations reach the databases; left out if all are reached at once. */
  rollout?: Rollout;
  /** The main database: whether it is set up by this change, and its pending files. */
  mainDatabase: { made: boolean; migrations: MigrationChange[] };
  dns: DnsChange[];
  /** Orchestras and spare databases that get new database passwords. */
  rotations: string[];
  /** Orchestras whose e-mail templates or settings differ. */
  texts: string[];
  /** Databases with manual changes that would be repaired, as far as the last refresh saw them. */
  repairs: string[];
  cost?: Cost;
  /** Everything else, in Pulumi's own words. */
  other: OtherChange[];
  /** Pulumi's own count of resources. */
  counts: Partial<Record<string, number>>;
}

/** As Pulumi's: 0 no change, 7 changes, 2 configuration, 5 refused by policy or SQL rules, 1 anything else. */
export type ExitCode = 0 | 1 | 2 | 5 | 7;
