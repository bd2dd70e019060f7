import type { Step } from "./previewDigest.ts";

/** Resources of one kind with the same change, which no other part of a report covers. */
export interface OtherChange {
  op: string;
  /** `Settings` */
  kind: string;
  /** The inputs that differ; empty if the names are not shown, as with secrets. */
  properties: string[];
  names: string[];
}

/** Returns the changes that no other part of a report covers, so that no change is left out. */
export function readOther(steps: readonly Step[], holderOf: (key: string) => string | undefined): OtherChange[] {
  const whole = new Set(steps.filter(isWhole).map(({ name }) => name));
  const groups = new Map<string, OtherChange>();
  for (const step of steps) {
    const { op, kind, name } = step;
    const isPart = whole.has(name) || whole.has(holderOf(name) ?? name);
    if (op === "same" || op === "read" || isCovered(step, isPart)) continue;
    const properties = op === "update" ? [...new Set(step.changed.map(({ key }) => key))] : [];
    const id = JSON.stringify([op, kind, properties]);
    const group = groups.get(id) ?? { op, kind, properties, names: [] };
    group.names.push(name);
    groups.set(id, group);
  }
  return [...groups.values()].map((group) => ({ ...group, names: group.names.sort() }));
}

/** Tells whether an orchestra or a database is added, removed, retired or resumed as a whole, which covers its parts. */
function isWhole({ kind, op }: Step): boolean {
  return ["Orchestra", "TenantDatabase", "OrchestraRetirement"].includes(kind) && (op === "create" || op === "delete");
}

const components = new Set(["Stack", "Registry", "Orchestra", "TenantDatabase"]);

/** Inputs of each kind whose change other parts cover. */
const coveredKeys: Record<string, readonly string[]> = {
  OrchestraDatabase: ["owner", "migrations", "seeds", "appRoleVersion", "retired", "drift", "trouble"],
  OrchestraRegistration: [
    "name",
    "subdomain",
    "contactName",
    "contactEmail",
    "setupDate",
    "status",
    "database",
    "record",
  ],
  OrchestraRetirement: ["released"],
  RegistryDatabase: ["migrations"],
  Project: ["instanceSize", "databasePassword"],
};

function isCovered({ op, kind, changed }: Step, isPart: boolean): boolean {
  // Other parts of the report cover components, DNS records and a new main database.
  if (components.has(kind) || kind === "DnsRecord" || (kind === "RegistryDatabase" && op === "create")) return true;
  // Each replaced database has a warning and is named here too.
  if (op !== "update") return op !== "replace" && isPart;
  return changed.some((change) => coveredKeys[kind]?.includes(change.key)) || (isPart && kind !== "Settings");
}
