import * as pulumi from "@pulumi/pulumi";

import type { RecordedProject } from "../plan/planProjects.ts";
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

/** The DNS records among them. */
export function pickRecords(resources: RecordedResource[]): RecordedRecord[] {
  const records = resources.filter(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord");
  return records.map(({ name: orchestra, outputs }) => {
    const { id, zoneId, name } = outputs as { id: string; zoneId: string; name: string };
    return { orchestra, id, zoneId, name };
  });
}

/** Key → the password that the state has for the database with this key, secret: what its project was made with. */
export function pickDatabasePasswords(resources: RecordedResource[]): ReadonlyMap<string, string> {
  const passwords = resources.filter(({ type }) => type === "pulumi-nodejs:dynamic/stagesub:Passwords");
  return new Map(
    passwords.flatMap(({ name, outputs }) => {
      const { values } = (outputs as { state?: { values?: Record<string, string> } }).state ?? {};
      return values?.["database"] === undefined ? [] : [[name, values["database"]]];
    }),
  );
}

/** The Supabase projects among them. */
export function pickProjects(resources: RecordedResource[]): RecordedProject[] {
  const projects = resources.filter(({ type }) => type === "supabase:index/project:Project");
  return projects.map(({ name: key, outputs }) => {
    const {
      id: ref,
      region,
      organizationId: organization,
    } = outputs as Record<"id" | "region" | "organizationId", string>;
    return { key, ref, region, organization };
  });
}
