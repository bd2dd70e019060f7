import type { OrchestraDatabaseState } from "./orchestraState.ts";
import type { SchemaDifference } from "./schema/compareSchemas.ts";
import type { RegistryDatabaseFindings } from "./registryDatabase.ts";
import { unrecorded } from "./schema/expectedSchema.ts";

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
    ...(notCompared === undefined ? [] : [{ text: `schema: not compared, because ${notCompared}`, restored: false }]),
  ];
}

/** The same for the main database: a run restores none of it but the record. */
export function listRegistryDrift({ differences, notCompared }: RegistryDatabaseFindings): string[] {
  return [
    ...differences.map(describeDifference),
    ...(notCompared === undefined ? [] : [`schema: not compared, because ${notCompared}`]),
  ];
}

/** `index "User_name_idx": made by hand (CREATE INDEX …)` */
export function describeDifference({ what, expected, found }: SchemaDifference): string {
  if (expected === null) return `${what}: made by hand${found ? ` (${shorten(found)})` : ""}`;
  if (found === null) return `${what}: missing; expected ${shorten(expected)}`;
  return `${what}: expected ${shorten(expected)}, found ${shorten(found)}`;
}

/** A view may be pages long. No character is cut in two. */
function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199).replace(/[\uD800-\uDBFF]$/, "")}…` : text;
}
