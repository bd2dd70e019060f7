import type { OrchestraDatabaseState } from "./orchestraState.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import type { RegistryDatabaseFindings } from "../registry/registryDatabase.ts";
import { unrecorded } from "../schema/expectedSchema.ts";
import { shorten } from "../../util/text.ts";

/** One deviation of a database from the state in which the last run left it. */
export interface Drift {
  /** `missing: EmailTemplate welcome.sv` */
  text: string;
  /** Whether the next run corrects the deviation; otherwise it stays until somebody decides. */
  restored: boolean;
}

/** Describes every deviation in words. Pending migrations and edited templates and settings are no drift. */
export function listDrift({ appRole, missing, drift, differences, notCompared }: OrchestraDatabaseState): Drift[] {
  const restored = [
    ...missing.map((row) => `missing: ${row}`),
    ...(appRole === "" ? ["missing: the app's login role"] : []),
    ...drift.map((statement) => `rights: ${statement}`),
  ];
  return [
    ...restored.map((text) => ({ text, restored: true })),
    ...differences.map((difference) => ({
      text: describeDifference(difference),
      restored: difference.what === unrecorded,
    })),
    ...describeNotCompared(notCompared).map((text) => ({ text, restored: false })),
  ];
}

/** Describes the deviations of the main database: a run restores none of them but the record. */
export function listRegistryDrift({ differences, notCompared }: RegistryDatabaseFindings): string[] {
  return [...differences.map(describeDifference), ...describeNotCompared(notCompared)];
}

/** Returns one line with the reason, or none without a reason. */
export function describeNotCompared(reason: string | undefined): string[] {
  return reason === undefined ? [] : [`schema: not compared, because ${reason}`];
}

/** Longest definition shown, in characters: a view may be pages long. */
const atMost = 200;

/** Returns `index "User_name_idx": made by hand (CREATE INDEX …)`. */
export function describeDifference({ what, expected, found }: SchemaDifference): string {
  if (expected === null) return `${what}: made by hand${found ? ` (${shorten(found, atMost)})` : ""}`;
  if (found === null) return `${what}: missing; expected ${shorten(expected, atMost)}`;
  return `${what}: expected ${shorten(expected, atMost)}, found ${shorten(found, atMost)}`;
}
