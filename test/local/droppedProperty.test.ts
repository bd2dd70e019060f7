import { beforeAll, describe, expect, it } from "vitest";

import { readSecuritySettings } from "../../scripts/fleet/observeClouds.ts";
import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { supabaseProvider } from "../../local/offline/providers/supabase/supabaseProvider.ts";
import { startSupabaseApi } from "../../local/cloud/supabase/startSupabaseApi.ts";
import { compareProject } from "../../scripts/fleet/compareClouds.ts";
import { useCloudContext } from "../support/cloudContext.ts";
import { dropProperty } from "../support/dropProperty.ts";
import { secret, urnOf, useProviders } from "./providersHarness.ts";

/**
 * The provider against the local cloud's API, with one property of `Settings` dropped as the official 1.9.1 dropped `sslEnforcement`:
 * state, refresh and diff are green, and the comparison that `verify` and `drift` share must notice. It does not run an engine.
 */
const cloud = useCloudContext({ projectWaitMs: 50 });
const providers = useProviders();
const token = "supabase:index/settings:Settings";
const urn = urnOf(token, "malmo");
const networkRestrictions = ["203.0.113.0/24"];
let baseUrl: string;

beforeAll(async () => {
  baseUrl = `http://127.0.0.1:${(await cloud.start(startSupabaseApi)).port}`;
});

describe("a provider that drops a property without a word", () => {
  it.each([
    ["sslEnforcement", /^TLS: its project \w+ takes connections without TLS/],
    ["network", /^networks: 0\.0\.0\.0\/0, ::\/0 may connect/],
    ["api", /^Data API: its project \w+ serves the schemas public, graphql_public/],
  ])("is noticed where it drops %s, and mended by one that does not", async (property, expected) => {
    const key = property.toLowerCase();
    const dropping = await connect(dropProperty(supabaseProvider, token, property));
    const ref = await createProject(dropping, `production-${key}`);
    const news = {
      projectRef: ref,
      sslEnforcement: true,
      api: '{"db_schema":""}',
      network: JSON.stringify({ restrictions: networkRestrictions }),
    };
    const { outputs } = await dropping.create(urn, news);
    expect(await dropping.diff(urn, (await dropping.read(urn, ref, outputs, news)).outputs, news)).toMatchObject({
      changed: false,
    });
    expect(await compare(key, ref)).toEqual([expect.stringMatching(expected)]);

    await (await connect(supabaseProvider)).create(urn, news);
    expect(await compare(key, ref)).toEqual([]);
  });
});

async function connect(provider: typeof supabaseProvider) {
  const client = await providers.connect(provider);
  await client.configure({ accessToken: secret("sbp_test"), endpoint: baseUrl });
  return client;
}

async function createProject(client: Awaited<ReturnType<typeof connect>>, name: string): Promise<string> {
  const databasePassword = secret("p@ss:w/rd?#");
  const project = { organizationId: "stagesub", region: "eu-north-1", instanceSize: "micro", name, databasePassword };
  return (await client.create(urnOf("supabase:index/project:Project", "malmo"), project)).id;
}

async function compare(key: string, ref: string): Promise<string[]> {
  const access = { baseUrl, token: "sbp_test" };
  const supabase = { organization: "stagesub", region: "eu-north-1", size: "micro", connect: "session" } as const;
  const clouds = {
    projects: await listProjects(access, "stagesub"),
    records: [],
    refs: new Map([[key, ref]]),
    settings: new Map([[ref, await readSecuritySettings(access, ref)]]),
  };
  const wanted = { stack: "production", supabase: { ...supabase, protect: true, networkRestrictions } };
  return compareProject(wanted, key, clouds).map(({ text }) => text);
}
