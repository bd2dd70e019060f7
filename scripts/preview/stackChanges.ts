import type { Rollout } from "../../infra/plan/planRollout.ts";
import type { MigrationReview } from "../migrations/migrationReview.ts";
import type { Message } from "./groupMessages.ts";
import type { Violation } from "./previewDigest.ts";
import type { Cost } from "./readCost.ts";
import type { DnsChange } from "./readDns.ts";
import type { MigrationChange } from "./readMigrationChanges.ts";
import type { OrchestraChange } from "./readOrchestraChanges.ts";
import type { OtherChange } from "./readOther.ts";
import type { PoolChange } from "./readPool.ts";

/** The meaning of a preview in the terms of the business, as plain data: all that `npm run plan` says. No value comes from the state. */
export interface StackChanges {
  stack: string;
  /** `failed`: the preview could not be made, or refused the change; `refused`: it was made, and a rule refuses it. */
  verdict: "nothing" | "changes" | "refused" | "failed";
  /** The exit code of `npm run plan`. */
  exitCode: ExitCode;
  /** Reasons why the change cannot be made, each with what to do. */
  refusals: Message[];
  /** Facts to know before a yes. */
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
  /** The review of the files that the base branch lacks, on a PostgreSQL with generated rows; left out if none was asked for. */
  review?: Pick<MigrationReview, "files" | "problems" | "data">;
  /** The order in which they reach the databases; left out if all are reached at once. */
  rollout?: Rollout;
  /** Of the main database: made now, files that are pending. */
  mainDatabase: { made: boolean; migrations: MigrationChange[] };
  dns: DnsChange[];
  /** Orchestras and spare databases that get new database passwords. */
  rotations: string[];
  /** E-mail templates and settings: files that differ, and the orchestras that get them. */
  texts: string[];
  /** Manual changes that would be put right, as far as the last refresh saw them. */
  repairs: { id: string; what: string }[];
  cost?: Cost;
  /** Everything else, in Pulumi's own words. */
  other: OtherChange[];
  /** Pulumi's own count of resources. */
  counts: Partial<Record<string, number>>;
}

/** As Pulumi's: 0 no change, 7 changes, 2 configuration, 5 refused by policy or SQL rules, 1 anything else. */
export type ExitCode = 0 | 1 | 2 | 5 | 7;
