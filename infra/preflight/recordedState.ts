import * as pulumi from "@pulumi/pulumi";

import type { RecordedProject } from "./reconcileProjects.ts";
import type { RecordedOrchestra } from "./reconcileLifecycle.ts";
import type { Applied } from "./checkStagingGate.ts";
import type { RecordedRegister } from "./checkRegister.ts";
import type { RecordedRecord } from "./reconcileRecords.ts";

/** A resource of the stack's state, as the last run left it. */
export interface RecordedResource {
  urn: string;
  /** Such as "cloudflare:index/dnsRecord:DnsRecord". */
  type: string;
  /** Its name in the program. */
  name: string;
  /** May hold secrets, in clear. */
  outputs: Record<string, unknown>;
}

/**
 * Reads the state as the run begins; with `--refresh`, as it was before that. The engine answers for any backend: a program has no other
 * way to know whether an `import` is one. If the state holds a resource under an id of another form (Cloudflare's `<record>` beside the
 * import's `<zone>/<record>`), the engine takes `import` for a replacement, and deletes the imported resource.
 */
export async function readRecorded(): Promise<RecordedResource[]> {
  const stackName = fullName(pulumi.getStack());
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs: Record<string, Omit<RecordedResource, "urn" | "name">>;
  };
  return Object.entries(outputs).map(([urn, resource]) => ({
    urn,
    type: resource.type,
    name: urn.split("::").slice(3).join("::"),
    outputs: resource.outputs,
  }));
}

/** Returns the name by which a backend knows a stack of this program. */
export function fullName(stack: string): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
}

/** Returns the outputs of each resource of a kind of ours, such as "OrchestraDatabase". */
export function outputsOf<Outputs>(resources: readonly RecordedResource[], kind: string): Outputs[] {
  return resources.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ outputs }) => outputs as Outputs);
}

/** Returns the main database among the resources; undefined before the first run. */
export function pickRegister(resources: readonly RecordedResource[]): RecordedRegister | undefined {
  type Register = { main: string; stackKey: { stack: string }; state?: { identity: string } };
  const [found] = outputsOf<Register>(resources, "RegistryDatabase");
  return found?.state && { stack: found.stackKey.stack, identity: found.state.identity, address: found.main };
}

/** Returns the DNS records among the resources. */
export function pickRecords(resources: RecordedResource[]): RecordedRecord[] {
  const records = resources.filter(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord");
  return records.map(({ name: orchestra, outputs }) => {
    const { id, zoneId, name } = outputs as { id: string; zoneId: string; name: string };
    return { orchestra, id, zoneId, name };
  });
}

/** Returns the Supabase projects among the resources. */
export function pickProjects(resources: readonly RecordedResource[]): RecordedProject[] {
  type Inside = { key: string; project?: { ref: string }; state?: { pooler?: Record<string, string> } };
  const inside = new Map(outputsOf<Inside>(resources, "OrchestraDatabase").map((each) => [each.key, each]));
  const projects = resources.filter(({ type }) => type === "supabase:index/project:Project");
  return projects.map(({ name: key, outputs }) => {
    const {
      id: ref,
      region,
      organizationId: organization,
    } = outputs as Record<"id" | "region" | "organizationId", string>;
    const { project, state } = inside.get(key) ?? {};
    const pooler = project?.ref === ref ? state?.pooler : undefined;
    return { key, ref, region, organization, ...(pooler && { pooler }) };
  });
}

/** Returns the orchestras whose database the state holds, with or without the rest. */
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

/** Returns the migrations of each database, as the state has them. */
export function pickApplied(resources: readonly RecordedResource[]): Applied {
  const databases = outputsOf<{ key: string; migrations?: Record<string, string> }>(resources, "OrchestraDatabase");
  const [registry] = outputsOf<{ migrations?: Record<string, string> }>(resources, "RegistryDatabase");
  return {
    databases: Object.fromEntries(databases.map(({ key, migrations }) => [key, migrations ?? {}])),
    registry: registry?.migrations ?? {},
  };
}
