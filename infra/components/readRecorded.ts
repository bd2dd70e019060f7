import * as pulumi from "@pulumi/pulumi";

import type { RecordedProject } from "../plan/planProjects.ts";
import type { RecordedRegister } from "../plan/planRegister.ts";
import type { RecordedRecord } from "../plan/planRecords.ts";

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
 * What the state holds as the run begins; with `--refresh`, what it held before that. The engine tells, of whichever backend: a
 * program has no other way to know whether an import is one. Where the state holds a resource under an id of another form (Cloudflare's
 * `<record>` beside the import's `<zone>/<record>`) the engine takes `import` for a replacement, and deletes what it imports.
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

/** How a backend knows a stack of this program. */
export function fullName(stack: string): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
}

/** The main database among them; undefined before the first run. */
export function pickRegister(resources: RecordedResource[]): RecordedRegister | undefined {
  const found = resources.find(({ type }) => type.endsWith(":RegistryDatabase"));
  if (!found) return undefined;
  const { main, stackKey, state } = found.outputs as {
    main: string;
    stackKey: { stack: string };
    state?: { identity: string };
  };
  return state && { stack: stackKey.stack, identity: state.identity, address: main };
}

/** The DNS records among them. */
export function pickRecords(resources: RecordedResource[]): RecordedRecord[] {
  const records = resources.filter(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord");
  return records.map(({ name: orchestra, outputs }) => {
    const { id, zoneId, name } = outputs as { id: string; zoneId: string; name: string };
    return { orchestra, id, zoneId, name };
  });
}

/** The Supabase projects among them. */
export function pickProjects(resources: RecordedResource[]): RecordedProject[] {
  type Inside = { project?: { ref: string }; state?: { pooler?: Record<string, string> } };
  const inside = resources.filter(({ type }) => type.endsWith(":OrchestraDatabase"));
  const projects = resources.filter(({ type }) => type === "supabase:index/project:Project");
  return projects.map(({ name: key, outputs }) => {
    const {
      id: ref,
      region,
      organizationId: organization,
    } = outputs as Record<"id" | "region" | "organizationId", string>;
    const { project, state } = (inside.find(({ name }) => name === key)?.outputs ?? {}) as Inside;
    const pooler = project?.ref === ref ? state?.pooler : undefined;
    return { key, ref, region, organization, ...(pooler && { pooler }) };
  });
}
