import type { OrchestraPlan } from "../../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import type { Step } from "./previewDigest.ts";

/** The change of one orchestra. */
export interface OrchestraChange {
  id: string;
  /** Its name in the stack file; left out if neither version of the file has it. */
  name?: string;
  /** Its address: `malmo.stagesub.com`. */
  host?: string;
  kind: "added" | "changed" | "suspended" | "opened" | "retired" | "resumed" | "released" | "deleted";
  /** The source of an added orchestra's database: `project`, `adopted` or the pool database that it claims. */
  database?: string;
  /** The differences in its entry. */
  details: OrchestraDetail[];
}

export interface OrchestraDetail {
  what: "name" | "contact" | "address" | "set-up date";
  /** Left out for a contact, and if the previous stack file is not known. */
  from?: string;
  to?: string;
}

/** Translates the changes of each orchestra's resources into changes of the orchestra, sorted by id. */
export function readOrchestraChanges(steps: readonly Step[], after: Plan, before?: Plan): OrchestraChange[] {
  const ids = [...new Set(steps.filter(({ kind }) => ownKinds.has(kind)).map(({ name }) => name))].sort();
  return ids.flatMap((id) => {
    const own = steps.filter(({ name, kind }) => name === id && ownKinds.has(kind));
    const [is, was] = [findOrchestra(after, id), findOrchestra(before, id)];
    const details = readDetails(own, is, was);
    const kind = readKind(own, is) ?? (details.length > 0 ? "changed" : undefined);
    if (!kind) return [];
    const known = is ?? was;
    return [
      {
        id,
        ...(known && { name: known.name, host: known.host }),
        kind,
        ...(kind === "added" && is && { database: is.database.kind === "pool" ? is.database.name : is.database.kind }),
        details: kind === "added" || kind === "deleted" ? [] : details,
      },
    ];
  });
}

const ownKinds = new Set(["Orchestra", "OrchestraRegistration", "OrchestraRetirement"]);

export function findOrchestra(plan: Plan | undefined, id: string): OrchestraPlan | undefined {
  return plan?.orchestras.find((orchestra) => orchestra.id === id);
}

function readKind(own: readonly Step[], is: OrchestraPlan | undefined): OrchestraChange["kind"] | undefined {
  const op = (kind: string) => own.find((step) => step.kind === kind)?.op;
  if (op("Orchestra") === "create") return "added";
  if (op("Orchestra") === "delete") return "deleted";
  if (op("OrchestraRetirement") === "create") return "retired";
  if (op("OrchestraRetirement") === "delete") return "resumed";
  const changes = (kind: string, key: string) =>
    own.some((step) => step.kind === kind && step.op === "update" && step.changed.some((change) => change.key === key));
  if (changes("OrchestraRetirement", "released")) return is?.released === false ? undefined : "released";
  if (!is || !changes("OrchestraRegistration", "status")) return undefined;
  return { suspended: "suspended", active: "opened", retired: "retired" }[is.state] as OrchestraChange["kind"];
}

function readDetails(own: readonly Step[], is?: OrchestraPlan, was?: OrchestraPlan): OrchestraDetail[] {
  const row = own.find(({ kind, op }) => kind === "OrchestraRegistration" && op === "update");
  const changed = new Set(row?.changed.map(({ key }) => key));
  const detail = (what: OrchestraDetail["what"], from?: string, to?: string): OrchestraDetail => ({
    what,
    ...(from !== undefined && from !== to && { from }),
    ...(to !== undefined && { to }),
  });
  return [
    ...(changed.has("name") ? [detail("name", was?.name, is?.name)] : []),
    ...(changed.has("subdomain") ? [detail("address", was?.host, is?.host)] : []),
    ...(changed.has("contactName") || changed.has("contactEmail") ? [detail("contact")] : []),
    ...(changed.has("setupDate") ? [detail("set-up date", was?.since, is?.since)] : []),
  ];
}
