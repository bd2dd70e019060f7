import { beforeEach, describe, expect, it } from "vitest";

import { readClouds, type CloudTargets } from "../../infra/cloud/readClouds.ts";
import { askControl } from "../../local/cloud/control/askControl.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { useLocalCloud } from "../support/localCloud.ts";

// Against the local cloud, which answers as the real APIs are documented and were recorded to. It does not prove that they do.
const cloud = useLocalCloud();
const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";

const places = (
  change: { zoneId?: string; domain?: string; token?: string; organization?: string } = {},
): CloudTargets => {
  const { tokens, ports } = cloud.settings();
  const { organization = "stagesub", token = tokens.cloudflare, ...place } = change;
  return {
    supabase: { baseUrl: `http://127.0.0.1:${ports.supabase}`, token: tokens.supabase, organization },
    cloudflare: {
      ...{ baseUrl: `http://127.0.0.1:${ports.cloudflare}/client/v4`, token, zoneId, domain: "stagesub.localhost" },
      ...place,
    },
  };
};

async function messageOf(change: Parameters<typeof places>[0] = {}): Promise<string> {
  const error = await readClouds(places(change)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("Expected a refusal, got none.");
  expect(error.message).not.toContain(places(change).cloudflare.token);
  return error.message;
}

const lie = (path: string, result: unknown): FaultSpec => ({
  service: "cloudflare",
  path,
  action: { kind: "status", status: 200, body: { success: true, errors: [], messages: [], result } },
});
const refuse = (path: string, status: number, code: number, message: string): FaultSpec => ({
  service: "cloudflare",
  path,
  action: { kind: "status", status, body: { success: false, errors: [{ code, message }], messages: [], result: null } },
});
const zone = (id: string, name: string) => ({ id, name });

describe("what stands at both clouds", () => {
  it("is read, and nothing is said of tokens that fit", async () => {
    expect(await readClouds(places())).toEqual({ projects: [], records: [], warnings: [] });
    expect(await readClouds(places({ domain: "app.stagesub.localhost" }))).toMatchObject({ warnings: [] });
  });

  it("is read to the last page", async () => {
    const page = (number: number): FaultSpec => ({
      ...{ service: "cloudflare", path: `/dns_records\\?per_page=1000&page=${number}$` },
      action: {
        ...{ kind: "status", status: 200 },
        body: {
          ...{ success: true, errors: [], messages: [], result_info: { page: number, total_pages: 2 } },
          result: [{ id: `${number}`, name: "a.stagesub.localhost", type: "TXT", content: "x", ttl: 1, comment: null }],
        },
      },
    });
    await cloud.addFault(page(1));
    await cloud.addFault(page(2));
    const record = { name: "a.stagesub.localhost", type: "TXT", content: "x", ttl: 1, comment: "", proxied: false };
    expect((await readClouds(places())).records).toEqual([
      { id: "1", ...record },
      { id: "2", ...record },
    ]);
  });
});

describe("a token that can do more than is needed", () => {
  it("is warned of where it reaches other zones", async () => {
    await cloud.addFault(lie("/zones\\?", [zone(zoneId, "stagesub.localhost"), zone("f".repeat(32), "example.com")]));
    expect((await readClouds(places())).warnings).toMatchInlineSnapshot(`
      [
        "The Cloudflare token can do more than this stack needs: it reaches 2 zones (stagesub.localhost, example.com), and needs stagesub.localhost alone. Restrict it to that zone (docs/security.md).",
      ]
    `);
  });

  it("is warned of where it reaches other organizations", async () => {
    const body = [
      { id: "stagesub", slug: "stagesub", name: "StageSub" },
      { id: "other", slug: "other", name: "Other" },
    ];
    await cloud.addFault({
      service: "supabase",
      path: "^/v1/organizations$",
      action: { kind: "status", status: 200, body },
    });
    expect((await readClouds(places())).warnings).toMatchInlineSnapshot(`
      [
        "The Supabase token can do more than this stack needs: it reaches 2 organizations (stagesub, other), and needs stagesub alone. Scope it to that organization (docs/security.md).",
      ]
    `);
  });

  it("is not warned of where the API does not tell: no list of zones, no list of organizations", async () => {
    await cloud.addFault(refuse("/zones\\?", 403, 9109, "Unauthorized to access requested resource"));
    await cloud.addFault({
      service: "supabase",
      path: "^/v1/organizations$",
      action: { kind: "status", status: 403, body: { message: "Forbidden" } },
    });
    expect((await readClouds(places())).warnings).toEqual([]);
  });
});

describe("a zone or an organization that cannot be read", () => {
  beforeEach(async () => {
    await askControl(cloud.settings(), "DELETE", "/faults");
  });

  it("is told by what is wrong: the token, its rights, the zone's id, the organization's slug", async () => {
    const unknownToken = await messageOf({ token: "cf-wrong-0123456789" });
    const wrongZone = await messageOf({ zoneId: "f".repeat(32) });
    const noZone = await messageOf({ zoneId: "nonsense" });
    const otherDomain = await messageOf({ domain: "example.com" });
    expect(await messageOf({ organization: "elsewhere" })).toMatch(/organization .*elsewhere/);
    await cloud.addFault(refuse("/dns_records", 403, 10000, "Authentication error"));
    const withoutRights = await messageOf();
    await cloud.addFault(lie("/user/tokens/verify", { id: "1".repeat(32), status: "expired" }));
    const expired = await messageOf();
    await cloud.addFault(lie("/zones\\?", []));
    expect({
      unknownToken,
      wrongZone,
      noZone,
      otherDomain,
      withoutRights,
      expired,
    }).toMatchInlineSnapshot(`
      {
        "expired": "Cloudflare: GET /zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records answered 403: Authentication error (10000). The token lacks a right for this; docs/security.md lists what it needs.
      The token is expired: make another and set it, a token with Zone → DNS → Edit on the zone of stagesub.localhost (docs/security.md). Nothing was created or changed.",
        "noZone": "Cloudflare has no zone nonsense.
      The zone of stagesub.localhost that the token reaches is 023e105f4ecef8ad9ca31a8372d0c353: expected it in stagesub:cloudflare.zoneId, got nonsense. Nothing was created or changed.",
        "otherDomain": "Expected stagesub:cloudflare.zoneId to be the zone that holds stagesub:domain (example.com), got the zone of stagesub.localhost (023e105f4ecef8ad9ca31a8372d0c353). Copy the id from the overview of the right zone in Cloudflare's dashboard.",
        "unknownToken": "Cloudflare: GET /zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records answered 403: Authentication error (10000). The token lacks a right for this; docs/security.md lists what it needs.
      Cloudflare does not know the token as a user's own (an account's own token it would not know here either); it names no zone that it reaches. Expected a token with Zone → DNS → Edit on the zone of stagesub.localhost (docs/security.md). Nothing was created or changed.",
        "withoutRights": "Cloudflare: GET /zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records answered 403: Authentication error (10000). The token lacks a right for this; docs/security.md lists what it needs.
      The token reaches the zone, but not its DNS records: expected a token with Zone → DNS → Edit on the zone of stagesub.localhost (docs/security.md). Nothing was created or changed.",
        "wrongZone": "Cloudflare: GET /zones/ffffffffffffffffffffffffffffffff/dns_records answered 403: Authentication error (10000). The token lacks a right for this; docs/security.md lists what it needs.
      The zone of stagesub.localhost that the token reaches is 023e105f4ecef8ad9ca31a8372d0c353: expected it in stagesub:cloudflare.zoneId, got ffffffffffffffffffffffffffffffff. Nothing was created or changed.",
      }
    `);
  });

  it("is asked again after passing trouble: too many calls, a fault of the server, no answer", async () => {
    const trouble: FaultSpec["action"][] = [
      { kind: "status", status: 429, headers: { "retry-after": "1" } },
      { kind: "status", status: 429 },
      { kind: "status", status: 502, body: "<html>Bad gateway</html>" },
      { kind: "drop", when: "before" },
      { kind: "drop", when: "after" },
    ];
    for (const action of trouble) {
      await cloud.addFault({ service: "cloudflare", path: "/dns_records", times: 1, action });
      const before = Date.now();
      expect((await readClouds(places())).warnings).toEqual([]);
      expect(Date.now() - before).toBeGreaterThanOrEqual("headers" in action ? 1000 : 400);
    }
  });
});
