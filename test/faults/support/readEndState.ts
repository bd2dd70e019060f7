import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { listDnsRecords } from "../../../infra/cloud/cloudflareApi.ts";
import { listProjects } from "../../../infra/cloud/supabaseApi.ts";
import { parseConnectionUrl, withClient } from "../../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../../infra/database/registry/orchestraRows.ts";
import { describeDatabase } from "../../support/describeDatabase.ts";
import type { Engine } from "../../support/engine.ts";

/**
 * Reads everything that a run leaves at both clouds, in the databases and in Pulumi's state, without random values and times. Two
 * runs of one stack file must come to the same; each list keeps what exists twice.
 */
export async function readEndState(engine: Engine): Promise<object> {
  const { env, checkout } = engine;
  const registry = parseConnectionUrl(env["DATABASE_URL"]!);
  const { migrators, connections } = await engine.outputs<{
    migrators: Record<string, string>;
    connections: Record<string, string>;
  }>();
  const projects = await listProjects(engine.supabase(), "stagesub");
  const records = await listDnsRecords(engine.cloudflare(), "023e105f4ecef8ad9ca31a8372d0c353");
  const checkpoint = await readCheckpoint(env);
  const held = checkpoint.resources.filter(({ type }) => type === "supabase:index/project:Project").map(({ id }) => id);

  return {
    projects: projects.map(({ name, status }) => `${name} ${status}`).sort(),
    projectsThatNoStateHolds: projects.filter(({ ref }) => !held.includes(ref)).map(({ name }) => name),
    records: records.map(({ name, type, content, comment }) => `${name} ${type} ${content} ${comment}`).sort(),
    pendingOperations: checkpoint.pending_operations.map(({ type, resource }) => `${type} ${resource.urn}`),
    resources: checkpoint.resources.map(({ urn }) => urn).sort(),
    rows: (await readOrchestraRows(registry)).map(({ id: _id, databaseUrl, ...row }) => ({
      ...row,
      leadsToItsDatabase: Object.values(connections).includes(databaseUrl ?? ""),
    })),
    events: await withClient(registry, async (client) => {
      const { rows } = await client.query<{ event: string }>(
        "SELECT orchestra || ' ' || action AS event FROM stagesub.audit WHERE action <> 'backup' ORDER BY 1",
      );
      return rows.map(({ event }) => event);
    }),
    databases: await readAll(migrators, async (url) => {
      const text = JSON.stringify(await describeDatabase({ connection: parseConnectionUrl(url) }));
      // The local cloud names the owner after the project.
      const [owner, moment] = [/postgres_[a-z]{20}/g, /"validUntil":"[^"]+"/g];
      return JSON.parse(text.replace(owner, "postgres").replace(moment, '"validUntil":"a time"')) as object;
    }),
    appSees: await readAll(connections, countTemplates),
    unfinishedFiles: (await listBackups(checkout.dir)).filter((name) => !name.endsWith(".tar")),
  };
}

/** Reads Pulumi's own file, which is quicker than to ask `pulumi`. */
async function readCheckpoint(env: Engine["env"]): Promise<Checkpoint> {
  const file = path.join(new URL(env["PULUMI_BACKEND_URL"]!).pathname, ".pulumi/stacks/stagesub/local.json");
  const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as { checkpoint: { latest: Partial<Checkpoint> } };
  return { resources: [], pending_operations: [], ...checkpoint.latest };
}

interface Checkpoint {
  resources: { urn: string; type: string; id?: string }[];
  /** Operations that Pulumi began and could not record the end of. */
  pending_operations: { type: string; resource: { urn: string } }[];
}

/** Lists the main database's backups by `up` itself; none exists before `up` first changes existing data. */
function listBackups(checkout: string): Promise<string[]> {
  return readdir(path.join(checkout, "backups/local")).catch(() => []);
}

async function readAll<T>(urls: Record<string, string>, read: (url: string) => Promise<T>): Promise<Record<string, T>> {
  const entries = Object.entries(urls).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = await Promise.all(entries.map(async ([key, url]): Promise<[string, T]> => [key, await read(url)]));
  return Object.fromEntries(values);
}

/** Counts with the app's own role. */
async function countTemplates(url: string): Promise<number> {
  return withClient(parseConnectionUrl(url), async (client) => {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int FROM "EmailTemplate"');
    return rows[0]!.count;
  });
}
