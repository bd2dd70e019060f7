import type { Applied } from "../plan/planProof.ts";
import { outputsOf, type RecordedResource } from "./readRecorded.ts";

/** What the state says of the migrations that each database has. */
export function pickApplied(resources: readonly RecordedResource[]): Applied {
  const databases = outputsOf<{ key: string; migrations?: Record<string, string> }>(resources, "OrchestraDatabase");
  const [registry] = outputsOf<{ migrations?: Record<string, string> }>(resources, "RegistryDatabase");
  return {
    databases: Object.fromEntries(databases.map(({ key, migrations }) => [key, migrations ?? {}])),
    registry: registry?.migrations ?? {},
  };
}
