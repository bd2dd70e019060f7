import type { OrchestraDatabaseState } from "./orchestraState.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import type { RegistryDatabaseFindings } from "../registry/registryDatabase.ts";
import { unrecorded } from "../schema/expectedSchema.ts";
import { shorten } from "../../util/text.ts";

/** One thing in a database that is not as the last run left it. */
export interface Drift {
  /** `missing: EmailTemplate welcome.sv` */
  text: string;
  /** Whether the next run puts it right; else it stays until somebody decides. */
  restored: boolean;
}

/** What is not as it was left, in words. Pending migrations and what people edited in templates and settings are none of it. */
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

/** The same for the main database: a run restores none of it but the record. */
export function listRegistryDrift({ differences, notCompared }: RegistryDatabaseFindings): string[] {
  return [...differences.map(describeDifference), ...describeNotCompared(notCompared)];
}

/** One line with the reason, where there is one. */
export function describeNotCompared(reason: string | undefined): string[] {
  return reason === undefined ? [] : [`schema: not compared, because ${reason}`];
}

/** A view may be pages long. */
const atMost = 200;

/** `index "User_name_idx": made by hand (CREATE INDEX …)` */
export function describeDifference({ what, expected, found }: SchemaDifference): string {
  if (expected === null) return `${what}: made by hand${found ? ` (${shorten(found, atMost)})` : ""}`;
  if (found === null) return `${what}: missing; expected ${shorten(expected, atMost)}`;
  return `${what}: expected ${shorten(expected, atMost)}, found ${shorten(found, atMost)}`;
}
