import { keyOf, type OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { compareProject, compareRecord } from "../fleet/compareClouds.ts";
import type { Difference } from "../fleet/difference.ts";
import { type CloudReading, observeClouds } from "../fleet/observeClouds.ts";
import type { OpenStack } from "../openStack.ts";
import { type Finding, fails, holds } from "./finding.ts";

/** Looks at both clouds once for these orchestras, and judges one after the other by it. */
export function cloudChecker(stack: OpenStack, orchestras: readonly OrchestraPlan[]) {
  const clouds = observeClouds(stack, new Set(orchestras.map(keyOf)));
  clouds.catch(() => undefined);
  return async (id: string) =>
    checkClouds(
      stack.plan,
      orchestras.find((orchestra) => orchestra.id === id)!,
      await clouds,
    );
}

/** Says whether the project at Supabase and the record at Cloudflare are as declared, by what the two APIs say. */
export function checkClouds(
  plan: Plan,
  orchestra: OrchestraPlan,
  clouds: CloudReading,
): Record<"project" | "record", Finding> {
  const ref = clouds.refs.get(keyOf(orchestra));
  return {
    project:
      clouds.projects instanceof Error
        ? fails("unreachable", clouds.projects.message)
        : judge(compareProject(plan, keyOf(orchestra), clouds), ref ?? "adopted"),
    record:
      clouds.records instanceof Error
        ? fails("unreachable", clouds.records.message)
        : judge(compareRecord(plan, orchestra, clouds.records), "as declared"),
  };
}

function judge(differences: Difference[], seen: string): Finding {
  if (differences.length === 0) return holds(seen);
  const unseen = differences.every(({ kind }) => kind === "unseen");
  const remedy = unseen
    ? ""
    : ". `pulumi up --refresh` puts right what is declared; docs/operations.md says what to do about the rest.";
  return fails(unseen ? "unreachable" : "differs", `${differences.map(({ text }) => text).join("; ")}${remedy}`);
}
