import { rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";

import { listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import type { Engine } from "./engine.ts";

/** Deletes the stack from Pulumi's backend, and begins anew: `pulumi stack init`, as a user would. */
export async function loseState(engine: Engine): Promise<void> {
  const backend = new URL(engine.env["PULUMI_BACKEND_URL"]!).pathname;
  await rm(path.join(backend, ".pulumi"), { recursive: true });
  const { code, output } = await engine.pulumi("stack", "init", "--no-select", "--secrets-provider", "passphrase");
  expect(code, output).toBe(0);
}

/** Reads all that a run could make twice or change, with the ids that clouds and databases gave it, and with passwords that open it. */
export async function readWhatStands(engine: Engine): Promise<object> {
  const { env } = engine;
  const outputs = await engine.outputs<Record<string, unknown> & { migrators: Record<string, string> }>();
  const users = Object.entries(outputs.migrators).map(async ([key, url]) => {
    const read = async (sql: string) =>
      withClient(parseConnectionUrl(url), async (client) => (await client.query<object>(sql)).rows);
    return [key, await read(`SELECT * FROM "User" ORDER BY "id"`), await read("SELECT * FROM stagesub.login")];
  });
  return {
    outputs,
    projects: await listProjects(engine.supabase(), "stagesub"),
    records: await listDnsRecords(engine.cloudflare(), "023e105f4ecef8ad9ca31a8372d0c353"),
    rows: await readOrchestraRows(parseConnectionUrl(env["DATABASE_URL"]!)),
    users: await Promise.all(users),
  };
}
