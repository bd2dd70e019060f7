import { describe, expect, it, vi } from "vitest";
import { cloudflareProvider } from "../../local/offline/providers/cloudflare/cloudflareProvider.ts";
import { type Routes, secret, unknownMark, urnOf, useProviders } from "./providersHarness.ts";

// Proves the requests, their order and the answers to the engine against a server that answers as recorded from the real
// API (shared/facts.md). It does not prove that the real API still answers so.

const token = "cf_0123456789abcdefghijABCDEFGHIJ0123456789";
const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";
const id = "372e67954025e0ba6aaa6d586b9e0b59";
const records = `/zones/${zoneId}/dns_records`;
const urn = urnOf("cloudflare:index/dnsRecord:DnsRecord", "malmo");
const inputs = {
  ...{ zoneId, name: "malmo.stagesub.com", type: "CNAME", content: "cname.vercel-dns.com" },
  ...{ ttl: 300, proxied: false, comment: "StageSub: malmo" },
};
const apiRecord = {
  ...{
    id,
    name: "malmo.stagesub.com",
    type: "CNAME",
    content: "cname.vercel-dns.com",
    proxiable: true,
    proxied: false,
    ttl: 300,
  },
  ...{ settings: { flatten_cname: false }, meta: {}, comment: "StageSub: malmo", tags: [] },
  ...{
    created_on: "2026-11-22T00:00:00Z",
    modified_on: "2026-11-22T00:00:00Z",
    comment_modified_on: "2026-11-22T00:00:00Z",
  },
};
const state = {
  ...{ ...inputs, id, includeShadowMetadata: false, tags: [], meta: "{}", proxiable: true },
  settings: { flattenCname: false, ipv4Only: false, ipv6Only: false },
  ...{
    createdOn: "2026-11-22T00:00:00Z",
    modifiedOn: "2026-11-22T00:00:00Z",
    commentModifiedOn: "2026-11-22T00:00:00Z",
  },
};
const settingsBody = { flatten_cname: false, ipv4_only: false, ipv6_only: false };

const answer = (result: unknown): [number, unknown] => [200, { success: true, errors: [], messages: [], result }];
const notFound: [number, unknown] = [
  404,
  { success: false, errors: [{ code: 81044, message: "Record does not exist." }], result: null },
];
const routes: Routes = {
  [`POST ${records}`]: answer(apiRecord),
  [`GET ${records}/${id}`]: answer(apiRecord),
  [`DELETE ${records}/${id}`]: answer({ id }),
};

const providers = useProviders();

async function start() {
  const api = await providers.record({ ...routes });
  const client = await providers.connect(cloudflareProvider);
  await client.configure({ apiToken: secret(token), baseUrl: `${api.url}/` });
  return { api, client };
}

describe("the cloudflare provider", () => {
  it("marks its token secret and refuses to start without one", async () => {
    vi.stubEnv("CLOUDFLARE_API_TOKEN", "");
    const client = await providers.connect(cloudflareProvider);
    expect((await client.checkConfig({ apiToken: token })).inputs).toEqual({
      apiToken: secret(token),
    });
    await expect(client.configure({})).rejects.toThrow("CLOUDFLARE_API_TOKEN");
  });
});

describe("the cloudflare provider is at least as strict as the official one", () => {
  it.each([
    ["a property that it does not have", { ...inputs, allowOverwrite: true }, /^Unknown property 'allowOverwrite'/],
    [
      "an unknown flag in settings",
      { ...inputs, settings: { flattenCNAME: true } },
      /^Unknown property 'flattenCNAME'\. .* 'malmo\.settings\.flattenCNAME'\.$/,
    ],
    [
      "a flag that is no boolean",
      { ...inputs, settings: { ipv4Only: "true" } },
      /^Incorrect Value Type\. Expected boolean/,
    ],
    ["data", { ...inputs, data: { tag: "issue" } }, /^Property 'data' is not implemented by the stand-in/],
    ["shadow metadata", { ...inputs, includeShadowMetadata: true }, /^Property 'includeShadowMetadata' is not impl/],
    ["what only the API says", { ...inputs, proxiable: true }, /^Invalid Configuration for Read-Only Attribute/],
    ["an impossible priority", { ...inputs, priority: 65_536 }, /^Invalid Attribute Value\. Attribute priority/],
    ["tags that are no text", { ...inputs, tags: [1] }, /'malmo\.tags\[0\]'\.$/],
    ["a record without a TTL", { zoneId, name: "malmo.stagesub.com", type: "A" }, /^Missing required property 'ttl'/],
  ])("it refuses %s", async (_case, news, expected) => {
    const { client } = await start();
    expect((await client.check(urn, news)).failures).toEqual([expect.stringMatching(expected)]);
  });

  it("it refuses all that it does not imitate", async () => {
    const { client } = await start();
    const zone = urnOf("cloudflare:index/zone:Zone", "stagesub");
    await expect(client.check(zone, {})).rejects.toThrow(
      "cloudflare:index/zone:Zone is not implemented by the stand-in",
    );
    await expect(client.invoke("cloudflare:index/getZone:getZone", {})).rejects.toThrow(
      "is not implemented by the stand-in",
    );
  });

  it("it refuses a token that cannot be one without repeating it, other ways to log in, and unknown settings", async () => {
    const client = await providers.connect(cloudflareProvider);
    const { failures } = await client.checkConfig({ apiToken: "short", email: "a@example.se", baseURL: "x" });
    expect(failures).toEqual([
      expect.stringMatching(/^Invalid Attribute Value Match\. API tokens must only contain/),
      expect.stringMatching(/^Property 'email' is not implemented by the stand-in/),
      expect.stringMatching(/^Unknown property 'baseURL'/),
    ]);
    expect(failures.join()).not.toContain("short");
  });
});

describe("a DNS record", () => {
  it("is created with what the program names", async () => {
    const { api, client } = await start();
    const { id: created, outputs } = await client.create(urn, inputs);
    expect(created).toBe(id);
    expect(outputs).toEqual(state);
    expect(api.requests).toEqual([
      `POST ${records} {"comment":"StageSub: malmo","content":"cname.vercel-dns.com","name":"malmo.stagesub.com","proxied":false,"ttl":300,"type":"CNAME"}`,
    ]);
    expect(api.headers[0]?.authorization).toBe(`Bearer ${token}`);
  });

  it("previews without a request, with the API's part unknown", async () => {
    const { api, client } = await start();
    const { outputs } = await client.create(urn, { ...inputs, content: unknownMark }, true);
    expect(outputs).toMatchObject({ content: unknownMark, id: unknownMark, createdOn: unknownMark, proxied: false });
    const planned = await client.update(urn, id, state, { ...inputs, ttl: 600 }, true);
    expect(planned).toMatchObject({ ttl: 600, modifiedOn: unknownMark, createdOn: state.createdOn });
    expect(api.requests).toEqual([]);
  });

  it("changes nothing where nothing changed", async () => {
    const { api, client } = await start();
    expect(await client.diff(urn, state, inputs)).toMatchObject({ changed: false, replaces: [] });
    expect(await client.diff(urn, state, { ...inputs, settings: { flattenCname: false } })).toMatchObject({
      changed: false,
    });
    expect(api.requests).toEqual([]);
  });

  it("is changed in place by sending the whole record", async () => {
    const { api, client } = await start();
    const news = { ...inputs, content: "other.vercel-dns.com", ttl: 600 };
    api.routes[`PUT ${records}/${id}`] = answer({ ...apiRecord, modified_on: "2026-11-23T00:00:00Z" });

    expect(await client.diff(urn, state, news)).toMatchObject({ diffs: ["content", "ttl"], replaces: [] });
    const outputs = await client.update(urn, id, state, news);

    expect(outputs).toEqual({ ...state, ...news, modifiedOn: "2026-11-23T00:00:00Z" });
    const body = {
      ...{ comment: "StageSub: malmo", content: "other.vercel-dns.com", name: "malmo.stagesub.com", proxied: false },
      ...{ settings: settingsBody, tags: [], ttl: 600, type: "CNAME" },
    };
    expect(api.requests).toEqual([`PUT ${records}/${id} ${JSON.stringify(body)}`]);
  });

  it("is replaced when its type or zone changes, created before the old one is deleted", async () => {
    const { client } = await start();
    const difference = { replaces: ["type"], deleteBeforeReplace: false };
    expect(await client.diff(urn, state, { ...inputs, type: "A", content: "203.0.113.1" })).toMatchObject(difference);
    expect(await client.diff(urn, state, { ...inputs, zoneId: "f".repeat(32) })).toMatchObject({
      replaces: ["zoneId"],
    });
    expect(await client.diff(urn, state, { ...inputs, zoneId: "f".repeat(32) })).toMatchObject({ changed: true });
  });

  it("shows drift in a refresh", async () => {
    const { api, client } = await start();
    api.routes[`GET ${records}/${id}`] = answer({ ...apiRecord, content: "elsewhere.example.com", comment: null });
    const result = await client.read(urn, id, state, inputs);
    const { comment: _comment, ...rest } = inputs;
    expect(result.inputs).toEqual({ ...rest, content: "elsewhere.example.com" });
    expect(result.outputs).toMatchObject({ content: "elsewhere.example.com" });
    expect(result.outputs).not.toHaveProperty("comment");
  });

  it("leaves the state in a refresh when it is gone", async () => {
    const { api, client } = await start();
    api.routes[`GET ${records}/${id}`] = notFound;
    expect(await client.read(urn, id, state, inputs)).toEqual({ id: "", inputs: {}, outputs: {} });
  });

  it("is imported by zone and record, and by nothing else", async () => {
    const { client } = await start();
    const imported = await client.read(urn, `${zoneId}/${id}`);
    expect(imported.id).toBe(id);
    expect(imported.inputs).toMatchObject(inputs);
    await expect(client.read(urn, id)).rejects.toThrow("<zone_id>/<dns_record_id>");
  });

  it("takes over no record of someone else: the API's refusal is shown with its code", async () => {
    const { api, client } = await start();
    const errors = [{ code: 81053, message: "An A, AAAA, or CNAME record with that host already exists." }];
    api.routes[`POST ${records}`] = [400, { success: false, errors, messages: [], result: null }];
    const failure = await client.create(urn, inputs).catch((error: Error) => error.message);
    expect(failure).toContain("failed to make http request: POST");
    expect(failure).toContain('400 {"success":false,"errors":[{"code":81053');
    expect(api.requests).toHaveLength(1);
  });

  it("asks again where the server failed in passing", async () => {
    const { api, client } = await start();
    const statuses = [503, 500];
    api.routes[`POST ${records}`] = () => (statuses.length ? [statuses.shift() ?? 500, {}] : answer(apiRecord));
    expect((await client.create(urn, inputs)).id).toBe(id);
    expect(api.requests).toHaveLength(3);
  });

  it("refuses a proxied record with a TTL of its own, unknown types and impossible TTLs", async () => {
    const { client } = await start();
    await expect(client.create(urn, { ...inputs, proxied: true })).rejects.toThrow(
      "ttl must be set to 1 when `proxied` is true",
    );
    const { failures } = await client.check(urn, { ...inputs, type: "CNAMEX", ttl: 5, name: 7 });
    expect(failures).toEqual(
      ["name", "ttl", "type"].map((name) => expect.stringContaining(`'malmo.${name}'`) as string),
    );
  });

  it("is deleted, and says so when it was gone before", async () => {
    const { api, client } = await start();
    await client.delete(urn, id, state);
    api.routes[`DELETE ${records}/${id}`] = notFound;
    await expect(client.delete(urn, id, state)).rejects.toThrow("Record does not exist.");
  });
});
