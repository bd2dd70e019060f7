import type { Plan } from "../../../infra/plan/planStack.ts";
import type { Step } from "./previewDigest.ts";
import { findOrchestra } from "./readOrchestraChanges.ts";

/** A change of a name at Cloudflare. */
export interface DnsChange {
  orchestra: string;
  kind: "created" | "adopted" | "moved" | "changed" | "replaced" | "removed";
  /** The full name after the change, or the removed name; left out if no stack file has it. */
  host?: string;
  /** The previous name, if it moves. */
  from?: string;
  /** The target of the name. */
  target?: string;
  /** The properties that differ, if the record is changed in place. */
  properties: string[];
}

const kinds: Record<string, DnsChange["kind"]> = {
  create: "created",
  import: "adopted",
  replace: "replaced",
  delete: "removed",
};

/** Reads the changes of the DNS names, sorted by orchestra. */
export function readDns(steps: readonly Step[], after: Plan, before?: Plan): DnsChange[] {
  return steps
    .filter(({ kind, op }) => kind === "DnsRecord" && op !== "same")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name: orchestra, op, changed }) => {
      const [is, was] = [findOrchestra(after, orchestra), findOrchestra(before, orchestra)];
      const properties = op === "update" ? [...new Set(changed.map(({ key }) => key))] : [];
      const kind = kinds[op] ?? (properties.includes("name") ? "moved" : "changed");
      const host = kind === "removed" ? (was ?? is)?.host : is?.host;
      return {
        orchestra,
        kind,
        ...(host !== undefined && { host }),
        ...(kind === "moved" && was && was.host !== host && { from: was.host }),
        ...(kind !== "removed" && { target: after.app.target }),
        properties: properties.filter((property) => kind !== "moved" || property !== "name"),
      };
    });
}
