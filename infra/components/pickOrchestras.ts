import type { RecordedOrchestra } from "../plan/planLifecycle.ts";
import { outputsOf, type RecordedResource } from "./readRecorded.ts";

/** The orchestras of which the state holds a database, with or without the rest. */
export function pickOrchestras(resources: readonly RecordedResource[]): RecordedOrchestra[] {
  const rows = outputsOf<{ orchestra: string; status: string }>(resources, "OrchestraRegistration");
  const retirements = outputsOf<{ orchestra: string; released?: true }>(resources, "OrchestraRetirement");
  return outputsOf<{ key: string; owner?: { orchestra: string } }>(resources, "OrchestraDatabase").flatMap(
    ({ key, owner }) => {
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
    },
  );
}
