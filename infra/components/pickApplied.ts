import type { Applied } from "../plan/planProof.ts";
import type { RecordedResource } from "./readRecorded.ts";

/** What the state says of the migrations that each database has. */
export function pickApplied(resources: readonly RecordedResource[]): Applied {
  const ofKind = <Outputs>(kind: string) =>
    resources.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ outputs }) => outputs as Outputs);
  const databases = ofKind<{ key: string; migrations?: Record<string, string> }>("OrchestraDatabase");
  const [registry] = ofKind<{ migrations?: Record<string, string> }>("RegistryDatabase");
  return {
    databases: Object.fromEntries(databases.map(({ key, migrations }) => [key, migrations ?? {}])),
    registry: registry?.migrations ?? {},
  };
}
