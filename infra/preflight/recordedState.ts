import * as pulumi from "@pulumi/pulumi";

import type { OrchestraDatabaseFound, OrchestraDatabaseInputs } from "../resources/orchestraDatabase.ts";
import type { OrchestraRegistrationInputs } from "../resources/orchestraRegistration.ts";
import type { OrchestraRetirementInputs } from "../resources/orchestraRetirement.ts";
import type { RegistryDatabaseInputs, RegistryDatabaseState } from "../resources/registryDatabase.ts";
import type { Digests } from "../util/digest.ts";

/** The stack's state as the run begins; with `--refresh`, as it was before that. */
export interface RecordedState {
  resources: RecordedResource[];
  /** Undefined before the first run. */
  register: RecordedRegister | undefined;
  records: RecordedRecord[];
  projects: RecordedProject[];
  /** The orchestras that have a database, with or without the rest. */
  orchestras: RecordedOrchestra[];
  applied: Applied;
}

/** A resource, as the last run left it. */
export interface RecordedResource {
  urn: string;
  /** Such as "cloudflare:index/dnsRecord:DnsRecord". */
  type: string;
  /** Its name in the program. */
  name: string;
  /** May hold secrets, in clear. */
  outputs: Record<string, unknown>;
}

/** The main database. */
export interface RecordedRegister {
  /** The stack's name, as it was at the last run. */
  stack: string;
  identity: string;
  /** Its host, port and name. */
  address: string;
}

/** A DNS record. */
export interface RecordedRecord {
  /** The id of its orchestra. */
  orchestra: string;
  id: string;
  zoneId: string;
  name: string;
}

/** A Supabase project. */
export interface RecordedProject {
  /** The database's key: an orchestra's id or `pool-N`. */
  key: string;
  ref: string;
  region: string;
  organization: string;
  /** Pool mode → connection string; left out where no run has reached the database yet. */
  pooler?: Record<string, string>;
}

export interface RecordedOrchestra {
  id: string;
  /** The key of its database: its id or `pool-N`. */
  key: string;
  /** The status in its row; undefined without a row. */
  status: string | undefined;
  /** Whether its retirement is complete. */
  retired: boolean;
  /** Whether it was released since: `protect: false`. */
  released: boolean;
}

/** The short digests of the applied migrations. */
export interface Applied {
  /** By the key of a database: an orchestra's id or `pool-N`. */
  databases: Record<string, Digests>;
  /** Of the main database; empty before the first run. */
  registry: Digests;
}

/**
 * Reads the state. The engine answers for any backend: a program has no other way to know whether an `import` is one. If the state holds a
 * resource under an id of another form (Cloudflare's `<record>` beside the import's `<zone>/<record>`), the engine takes `import` for a
 * replacement, and deletes the imported resource.
 */
export async function readRecordedState(): Promise<RecordedState> {
  const stackName = fullStackName(pulumi.getStack());
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs: Record<string, Pick<RecordedResource, "type" | "outputs">>;
  };
  const nameOf = (urn: string) => urn.split("::").slice(3).join("::");
  return parseState(Object.entries(outputs).map(([urn, resource]) => ({ urn, name: nameOf(urn), ...resource })));
}

/** Returns the name by which a backend knows a stack of this program. */
export function fullStackName(stack: string): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
}

/** Returns the facts of a state that a run needs. Pure. */
function parseState(resources: RecordedResource[]): RecordedState {
  // Our own kinds end with their name alone; those of providers are named whole, as others have a Project too.
  const ofKind = <Outputs>(kind: string) =>
    resources
      .filter(({ type }) => type === kind || (type.startsWith("pulumi-nodejs:dynamic") && type.endsWith(`:${kind}`)))
      .map(({ name, outputs }) => ({ resource: name, ...(outputs as Outputs) }));
  const databases = ofKind<OrchestraDatabaseInputs & { state?: OrchestraDatabaseFound }>("OrchestraDatabase");
  const rows = ofKind<OrchestraRegistrationInputs>("OrchestraRegistration");
  const retirements = ofKind<OrchestraRetirementInputs>("OrchestraRetirement");
  const [registry] = ofKind<RegistryDatabaseInputs & { state?: RegistryDatabaseState }>("RegistryDatabase");
  return {
    resources,
    register: registry?.state && {
      stack: registry.stackKey.stack,
      identity: registry.state.identity,
      address: registry.main,
    },
    records: ofKind<Omit<RecordedRecord, "orchestra">>("cloudflare:index/dnsRecord:DnsRecord").map(
      ({ resource: orchestra, id, zoneId, name }) => ({ orchestra, id, zoneId, name }),
    ),
    projects: ofKind<{ id: string; region: string; organizationId: string }>("supabase:index/project:Project").map(
      (project) => {
        const { resource: key, id: ref, region, organizationId: organization } = project;
        const database = databases.find((each) => each.key === key && each.project?.ref === ref);
        const pooler = database?.state?.pooler;
        return { key, ref, region, organization, ...(pooler && { pooler }) };
      },
    ),
    orchestras: databases.flatMap(({ key, owner }) => {
      if (!owner) return [];
      const id = owner.orchestra;
      const retirement = retirements.find(({ orchestra }) => orchestra === id);
      const status = rows.find(({ orchestra }) => orchestra === id)?.status;
      return [{ id, key, status, retired: retirement !== undefined, released: retirement?.released === true }];
    }),
    applied: {
      databases: Object.fromEntries(databases.map(({ key, migrations }) => [key, migrations])),
      registry: registry?.migrations ?? {},
    },
  };
}
