import { beforeAll, describe, expect, it, vi } from "vitest";

import { readSecuritySettings } from "../../scripts/fleet/observeClouds.ts";
import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { everyNetwork } from "../../infra/config/schema/networks.ts";
import { startSupabaseApi } from "../../local/cloud/supabase/startSupabaseApi.ts";
import { compareProject } from "../../scripts/fleet/compareClouds.ts";
import { newProject } from "../support/createProject.ts";
import { useCloudContext } from "../support/cloudContext.ts";

/** One project over the local cloud's API, whose answers have the shapes of the real one's document. Nothing here enforces what is set. */
const cloud = useCloudContext({ projectWaitMs: 50 });
let baseUrl: string;
let ref: string;
const access = () => ({ baseUrl, token: "sbp_test" });

async function send(method: string, path: string, body?: object): Promise<{ ref: string; status: string }> {
  const headers = { authorization: "Bearer sbp_test", "content-type": "application/json" };
  const answer = await fetch(`${baseUrl}/v1/projects${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(answer.ok, await answer.clone().text()).toBe(true);
  return (await answer.json()) as { ref: string; status: string };
}

beforeAll(async () => {
  baseUrl = `http://127.0.0.1:${(await cloud.start(startSupabaseApi)).port}`;
  ({ ref } = await send("POST", "", newProject("production-malmo", "p@ss:w/rd?#")));
  const isHealthy = async () => expect((await send("GET", `/${ref}`)).status).toBe("ACTIVE_HEALTHY");
  await vi.waitFor(isHealthy, { timeout: 20_000, interval: 100 });
});

async function compare(networkRestrictions: string[]): Promise<string[]> {
  const supabase = {
    organization: "stagesub",
    region: "eu-north-1",
    size: "micro",
    connect: "session",
    protect: true,
  } as const;
  const clouds = {
    projects: await listProjects(access(), "stagesub"),
    records: [],
    refs: new Map([["malmo", ref]]),
    settings: new Map([[ref, await readSecuritySettings(access(), ref)]]),
  };
  const found = compareProject(
    { stack: "production", supabase: { ...supabase, networkRestrictions } },
    "malmo",
    clouds,
  );
  return found.map(({ text }) => text.replaceAll(ref, "REF"));
}

describe("a project's security settings, by Supabase's own word", () => {
  it("are those of a new project where a provider has dropped them, and each is reported", async () => {
    expect(await readSecuritySettings(access(), ref)).toEqual({
      tls: "optional",
      networks: { cidrs: ["0.0.0.0/0", "::/0"], state: "applied" },
      schemas: ["public", "graphql_public"],
    });
    expect(await compare(["203.0.113.0/24"])).toMatchInlineSnapshot(`
      [
        "TLS: its project REF takes connections without TLS; expected it to refuse them",
        "networks: 0.0.0.0/0, ::/0 may connect to its project REF; expected 203.0.113.0/24",
        "Data API: its project REF serves the schemas public, graphql_public; expected none",
      ]
    `);
  });

  it("hold where they were applied, however Supabase spells and orders the networks", async () => {
    await send("PUT", `/${ref}/ssl-enforcement`, { requestedConfig: { database: true } });
    await send("PATCH", `/${ref}/postgrest`, { db_schema: "" });
    expect(await compare([...everyNetwork])).toEqual([]);
    const lists = { dbAllowedCidrs: ["203.0.113.7/24", "198.51.100.0/24"], dbAllowedCidrsV6: ["2001:DB8:0::/32"] };
    await send("POST", `/${ref}/network-restrictions/apply`, lists);
    expect(await compare(["198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"])).toEqual([]);
  });

  it("are reported where somebody shut out networks", async () => {
    expect(await compare([...everyNetwork])).toMatchInlineSnapshot(`
      [
        "networks: 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32 may connect to its project REF; expected 0.0.0.0/0, ::/0",
      ]
    `);
  });

  it("are an error where there is no such project, and not in order", async () => {
    await expect(readSecuritySettings(access(), "a".repeat(20))).rejects.toThrow("no such project");
  });
});
