import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCloudflareApi } from "../../local/cloud/cloudflare/startCloudflareApi.ts";
import type { Service } from "../../local/cloud/context.ts";
import { useCloudContext } from "../support/cloudContext.ts";

// These tests replay what the official provider was recorded to send. They do not run that provider.
const cloud = useCloudContext();
let service: Service;
beforeAll(async () => {
  service = await cloud.start(startCloudflareApi);
});
beforeEach(async () => {
  await cloud.context().store.query("truncate cloudflare.record");
});

const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";
const records = `/zones/${zoneId}/dns_records`;
const hex32 = /^[0-9a-f]{32}$/;

interface Answer {
  success: boolean;
  errors: { code: number; message: string; error_chain?: unknown }[];
  messages: unknown[];
  result: Record<string, unknown> & Record<string, unknown>[];
  result_info?: Record<string, number>;
}

async function call(method: string, path: string, body?: unknown, token: string | undefined = "cloudflare-test") {
  const response = await fetch(`http://127.0.0.1:${service.port}/client/v4${path}`, {
    method,
    // A kept connection would not outlive the restarts in here.
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      "Content-Type": "application/json",
      Connection: "close",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as Answer) };
}

const cname = {
  comment: "StageSub",
  content: "cname.app-host.localhost",
  name: "malmo.stagesub.localhost",
  proxied: false,
  ttl: 300,
  type: "CNAME",
};
const cnameSettings = { flatten_cname: false, ipv4_only: false, ipv6_only: false };

async function create(change: object = {}): Promise<string> {
  const created = await call("POST", records, { ...cname, ...change });
  expect(created.errors).toEqual([]);
  return created.result["id"] as string;
}

describe("the recorded life of a record", () => {
  it("goes through create, refresh, update and delete as recorded", async () => {
    const created = await call("POST", records, cname);
    expect(created).toMatchObject({ status: 200, success: true, errors: [], messages: [] });
    expect(created.result).toMatchObject({ ...cname, proxiable: true, tags: [], meta: {}, settings: cnameSettings });
    expect(created.result["id"]).toMatch(hex32);
    const path = `${records}/${created.result["id"] as string}`;
    expect((await call("GET", path)).result).toEqual(created.result);

    const whole = { ...cname, content: "other.app-host.localhost", settings: cnameSettings, tags: [] };
    const updated = await call("PUT", path, whole);
    expect(updated.result).toMatchObject({
      ...whole,
      id: created.result["id"],
      created_on: created.result["created_on"],
      comment_modified_on: created.result["comment_modified_on"],
    });
    expect(updated.result["modified_on"]).not.toBe(created.result["modified_on"]);
    expect((await call("GET", path)).result).toEqual(updated.result);

    expect(await call("DELETE", path)).toMatchObject({ status: 200, result: { id: created.result["id"] } });
    const gone = await call("GET", path);
    expect(gone).toMatchObject({ status: 404, success: false, result: null });
    expect(gone.errors).toEqual([{ code: 81044, message: "Record does not exist." }]);
    expect((await call("DELETE", path)).status).toBe(404);
  });

  it("replaces by creating before deleting when the type changes, where names may share", async () => {
    const old = await create({ type: "A", content: "203.0.113.7" });
    await create({ type: "AAAA", content: "2001:db8::7" });
    expect((await call("DELETE", `${records}/${old}`)).status).toBe(200);
  });

  it("forgets on PUT what it leaves out, and keeps it on PATCH", async () => {
    const path = `${records}/${await create()}`;
    expect((await call("PATCH", path, { ttl: 600 })).result).toMatchObject({ ttl: 600, comment: "StageSub" });
    const { comment: _, ...bare } = cname;
    const put = await call("PUT", path, bare);
    expect(put.result).toMatchObject({ comment: null, ttl: 300 });
    expect(put.result).not.toHaveProperty("comment_modified_on");
  });

  it("survives a restart", async () => {
    const id = await create();
    await service.close();
    service = await cloud.start(startCloudflareApi);
    expect((await call("GET", `${records}/${id}`)).status).toBe(200);
  });
});

describe("normal form", () => {
  it.each([
    ["malmo", "malmo.stagesub.localhost"],
    ["MALMO.StageSub.localhost.", "malmo.stagesub.localhost"],
    ["@", "stagesub.localhost"],
    ["a.example.com", "a.example.com.stagesub.localhost"],
    ["gävle", "xn--gvle-loa.stagesub.localhost"],
    ["*", "*.stagesub.localhost"],
  ])("names %s as %s", async (name, expected) => {
    expect((await call("POST", records, { ...cname, name })).result["name"]).toBe(expected);
  });

  it("lowers a target, and makes a proxied record's TTL automatic", async () => {
    const created = await call("POST", records, { ...cname, content: "CNAME.App-Host.localhost.", proxied: true });
    expect(created.result).toMatchObject({ content: "cname.app-host.localhost", proxied: true, ttl: 1 });
  });

  it("calls loopback addresses not proxiable and gives other types no settings", async () => {
    const created = await call("POST", records, { type: "A", name: "a", content: "127.0.0.1", ttl: 1 });
    expect(created.result).toMatchObject({ proxiable: false, proxied: false, settings: {}, comment: null });
  });
});

describe("what it refuses", () => {
  const chain = (code: number) => [{ code: 1004, message: "DNS Validation Error", error_chain: [{ code }] }];
  it.each([
    ["a TTL of 59", { ttl: 59 }, chain(9021)],
    ["a TTL of 86401", { ttl: 86401 }, chain(9021)],
    ["a name with a space", { name: "a b" }, chain(9000)],
    ["an unknown type", { type: "LOCAL" }, chain(9207)],
    ["a missing name", { name: undefined }, chain(9207)],
    ["an A record without an address", { type: "A" }, [{ code: 9005 }]],
    ["an AAAA record with an IPv4 address", { type: "AAAA", content: "203.0.113.7" }, [{ code: 9006 }]],
    ["a CNAME to an address", { content: "203.0.113.7" }, [{ code: 9007 }]],
    ["a CNAME to itself", { content: cname.name }, [{ code: 9039 }]],
    ["a proxied TXT record", { type: "TXT", content: "x", proxied: true }, [{ code: 9004 }]],
    ["a proxied loopback address", { type: "A", content: "127.0.0.1", proxied: true }, [{ code: 9003 }]],
    ["a type that the local cloud does not hold", { type: "MX", content: "mail.example.com" }, chain(9207)],
  ])("answers 400 to %s", async (_what, change, errors) => {
    const refused = await call("POST", records, { ...cname, ...change });
    expect(refused).toMatchObject({ status: 400, success: false, result: null, errors });
  });

  it.each([
    ["a second CNAME", {}, {}, 81053],
    ["a CNAME beside an address", { type: "A", content: "203.0.113.7" }, {}, 81053],
    ["an address beside a CNAME", {}, { type: "A", content: "203.0.113.7" }, 81054],
    ["the same TXT record again", { type: "TXT", content: "x" }, { type: "TXT", content: "x" }, 81058],
    ["the same address again", { type: "A", content: "203.0.113.7" }, { type: "A", content: "203.0.113.7" }, 81058],
  ])("answers 400 to %s", async (_what, first, second, code) => {
    await create(first);
    const refused = await call("POST", records, { ...cname, ...second });
    expect(refused).toMatchObject({ status: 400, errors: [{ code }] });
  });

  it("lets TXT stand beside a CNAME, and two addresses on one name", async () => {
    await create();
    await create({ type: "TXT", content: "x" });
    await create({ name: "two", type: "A", content: "203.0.113.7" });
    await create({ name: "two", type: "A", content: "203.0.113.8" });
  });

  it("lets one of many simultaneous creates of one name through", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", records, cname)));
    expect(answers.filter((answer) => answer.success)).toHaveLength(1);
  });

  it("refuses an update that would take another record's name", async () => {
    await create();
    const path = `${records}/${await create({ name: "gavle" })}`;
    expect(await call("PUT", path, cname)).toMatchObject({ status: 400, errors: [{ code: 81053 }] });
  });

  it.each([
    ["no token", "", "/zones", 400, 9106],
    ["a wrong token", "wrong", records, 403, 10000],
    ["a wrong token on verify", "wrong", "/user/tokens/verify", 401, 1000],
    ["another zone", "cloudflare-test", `/zones/${"f".repeat(32)}/dns_records`, 403, 10000],
    ["a malformed zone id", "cloudflare-test", "/zones/stagesub/dns_records", 404, 7003],
    ["a malformed record id", "cloudflare-test", `${records}/1`, 404, 7003],
    ["an unknown record", "cloudflare-test", `${records}/${"0".repeat(32)}`, 404, 81044],
    ["an unknown path", "cloudflare-test", "/nothing", 400, 7000],
  ])("answers %s", async (_what, token, path, status, code) => {
    expect(await call("GET", path, undefined, token)).toMatchObject({ status, success: false, errors: [{ code }] });
  });
});

describe("lists", () => {
  it("gives pages, and refuses filters and orders, which it does not know", async () => {
    await create();
    await create({ name: "gavle", content: "other.app-host.localhost" });
    await create({ name: "gavle", type: "TXT", content: "x" });
    for (const query of ["name=malmo.stagesub.localhost", "order=name", "page=0"])
      expect(await call("GET", `${records}?${query}`)).toMatchObject({ status: 400, errors: [{ code: 9207 }] });
    expect((await call("GET", records)).result.map((record) => record["name"])).toEqual(
      ["gavle", "gavle", "malmo"].map((name) => `${name}.stagesub.localhost`),
    );
    const page = await call("GET", `${records}?page=2&per_page=2`);
    expect(page.result_info).toEqual({ page: 2, per_page: 2, count: 1, total_count: 3, total_pages: 2 });
  });

  it("finds the zone by name and by id, and verifies the token", async () => {
    expect((await call("GET", "/zones?name=stagesub.localhost")).result).toMatchObject([
      { id: zoneId, status: "active" },
    ]);
    expect((await call("GET", "/zones?name=example.com")).result).toEqual([]);
    expect((await call("GET", `/zones/${zoneId}`)).result).toMatchObject({ name: "stagesub.localhost" });
    expect((await call("GET", "/user/tokens/verify")).result).toMatchObject({ status: "active" });
  });
});

it("allows 1,200 calls in five minutes and refuses the next", async () => {
  await service.close();
  service = await cloud.start(startCloudflareApi);
  // Over kept connections, unlike `call`: 1,200 new ones take seconds.
  const list = () =>
    fetch(`http://127.0.0.1:${service.port}/client/v4/zones`, { headers: { Authorization: "Bearer cloudflare-test" } });
  for (let batch = 0; batch < 40; batch++) {
    const answers = await Promise.all(Array.from({ length: 30 }, async () => (await list()).json()));
    expect(answers.every((answer) => (answer as Answer).success)).toBe(true);
  }
  const refused = await call("GET", "/zones");
  expect(refused).toMatchObject({ status: 429, errors: [{ code: 971 }] });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});
