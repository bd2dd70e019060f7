import type { RecordedOrchestra } from "../plan/planLifecycle.ts";
import type { RecordedResource } from "./readRecorded.ts";

/** The orchestras of which the state holds a database, with or without the rest. */
export function pickOrchestras(resources: readonly RecordedResource[]): RecordedOrchestra[] {
  const ofKind = <Outputs>(kind: string) =>
    resources.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ outputs }) => outputs as Outputs);
  const rows = ofKind<{ orchestra: string; status: string }>("OrchestraRegistration");
  const retirements = ofKind<{ orchestra: string; released?: true }>("OrchestraRetirement");
  return ofKind<{ key: string; owner?: { orchestra: string } }>("OrchestraDatabase").flatMap(({ key, owner }) => {
    if (!owner) return [];
    const id = owner.orchestra;
    const retirement = retirements.find(({ orchestra }) => orchestra === id);
    return [
      {
        id,
        key,
        status: rows.find(({ orchestra }) => orchestra === id)?.status,
        retired: retirement !== undefined,
        released: retirement?.released === true,
      },
    ];
  });
}
