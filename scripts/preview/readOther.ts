import type { Step } from "./previewDigest.ts";

/** Resources of one kind to which the same happens, and which no other part of a report tells of. */
export interface OtherChange {
  op: string;
  /** `Settings` */
  kind: string;
  /** The inputs that differ; empty if the names are not shown, as with secrets. */
  properties: string[];
  names: string[];
}

/**
 * Returns the changes that no other part of a report tells of: no change of a preview goes without a word.
 *
 * @param told ids and keys of orchestras and databases that come, go or are shut as a whole
 */
export function readOther(
  steps: readonly Step[],
  told: ReadonlySet<string>,
  holderOf: (key: string) => string | undefined,
): OtherChange[] {
  const isWhole = (name: string) => [name, holderOf(name)].some((one) => one !== undefined && told.has(one));
  const groups = new Map<string, OtherChange>();
  for (const step of steps) {
    const { op, kind, name } = step;
    if (op === "same" || op === "read" || isTold(step, isWhole(name))) continue;
    const properties = op === "update" ? [...new Set(step.changed.map(({ key }) => key))] : [];
    const id = JSON.stringify([op, kind, properties]);
    const group = groups.get(id) ?? { op, kind, properties, names: [] };
    group.names.push(name);
    groups.set(id, group);
  }
  return [...groups.values()].map((group) => ({ ...group, names: group.names.sort() }));
}

const components = new Set(["Stack", "Registry", "Orchestra", "TenantDatabase"]);

/** Inputs of each kind whose change is told of elsewhere. */
const toldKeys: Record<string, readonly string[]> = {
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

function isTold({ op, kind, changed }: Step, isWhole: boolean): boolean {
  // Other parts of the report cover components, DNS records and a new main database.
  if (components.has(kind) || kind === "DnsRecord" || (kind === "RegistryDatabase" && op === "create")) return true;
  // Deleted databases are told of one by one, as data that is lost.
  if (op !== "update") return op !== "replace" && isWhole;
  return changed.some((change) => toldKeys[kind]?.includes(change.key)) || (isWhole && kind !== "Settings");
}
