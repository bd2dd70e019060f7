import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { supabaseProvider } from "../../local/offline/providers/supabase/supabaseProvider.ts";
import { bridge, parameter, parameterization } from "../../local/offline/providers/supabase/parameterization.ts";
import { type Routes, secret, unknownMark, urnOf, useProviders } from "./providersHarness.ts";

// Proves the requests, their order and the answers to the engine against a server that answers as recorded from the real
// API (shared/facts.md). It does not prove that the real API still answers so.

const ref = "abcdefghijklmnopqrst";
const base = `/v1/projects/${ref}`;
const urn = urnOf("supabase:index/project:Project", "malmo");
const settingsUrn = urnOf("supabase:index/settings:Settings", "malmo");
const password = 'p@ss"word/1';
const inputs = { organizationId: "stagesub", name: "malmo", region: "eu-north-1", databasePassword: secret(password) };
const state = {
  ...{ id: ref, organizationId: "stagesub", name: "malmo", region: "eu-north-1", databasePassword: secret(password) },
  ...{ instanceSize: "micro", legacyApiKeysEnabled: true },
};
const projectBody = {
  id: ref,
  ref,
  organization_id: "stagesub",
  organization_slug: "stagesub",
  name: "malmo",
  region: "eu-north-1",
};
const healthQuery =
  "services=auth&services=db&services=db_postgres_user&services=pg_bouncer&services=pooler&services=realtime&services=rest&services=storage";

const healthyProject: Routes = {
  "POST /v1/projects": [201, { ...projectBody, status: "COMING_UP", created_at: "2026-11-22T00:00:00Z" }],
  [`GET ${base}`]: [200, { ...projectBody, status: "ACTIVE_HEALTHY" }],
  [`GET ${base}/api-keys/legacy`]: [200, { enabled: true }],
  [`GET ${base}/billing/addons`]: [
    200,
    { selected_addons: [{ type: "compute_instance", variant: { id: "ci_micro" } }], available_addons: [] },
  ],
};

interface Sdk {
  name: string;
  version: string;
  parameterization: { name: string; version: string; value: string };
}

const providers = useProviders();

async function start(routes: Routes = healthyProject) {
  const api = await providers.record({ ...routes });
  const client = await providers.connect(supabaseProvider);
  await client.parameterize(parameter);
  await client.configure({ accessToken: secret("sbp_0123456789"), endpoint: api.url });
  api.requests.length = 0;
  return { api, client };
}

describe("the supabase provider's package", () => {
  it("becomes supabase 1.10.1 by the SDK's value, once", async () => {
    const client = await providers.connect(supabaseProvider);
    expect(await client.parameterize(parameter)).toEqual({ name: "supabase", version: "1.10.1" });
    await expect(client.parameterize(parameter)).rejects.toThrow("already parameterized to (supabase, 1.10.1)");
  });

  it("is the package that sdks/supabase asks for", () => {
    const sdk = JSON.parse(readFileSync("sdks/supabase/package.json", "utf8")) as { pulumi: Sdk };
    const { name, version, parameterization: asked } = sdk.pulumi;
    expect({ name, version }).toEqual(bridge);
    expect(Buffer.from(asked.value, "base64").toString()).toBe(parameter);
    expect(asked).toMatchObject({ name: parameterization.name, version: parameterization.version });
  });

  it.each([
    ["another version", parameter.replace("1.10.1", "1.9.1")],
    ["a parameter with options", parameter.replace("}}", '},"includes":["supabase_project"]}')],
    ["the words of `pulumi package add`", ""],
  ])("refuses to stand in for %s", async (_case, value) => {
    const client = await providers.connect(supabaseProvider);
    await expect(client.parameterize(value)).rejects.toThrow(
      /^Expected registry.opentofu.org\/supabase\/supabase 1.10.1 and no options, got .*pulumi plugin install resource terraform-provider 1.4.0$/,
    );
  });

  it("takes token and address from the environment, and never repeats that token", async () => {
    const api = await providers.record({ [`GET ${base}`]: [401, { echo: "sbp_from-environment" }] });
    vi.stubEnv("SUPABASE_ACCESS_TOKEN", "sbp_from-environment");
    vi.stubEnv("SUPABASE_API_ENDPOINT", api.url);
    const client = await providers.connect(supabaseProvider);
    await client.configure({});
    const failure = client.read(urn, ref, state, inputs);
    await expect(failure).rejects.toThrow('Unable to read project, got status 401: {"echo":"[secret]"}');
    expect(api.headers[0]?.authorization).toBe("Bearer sbp_from-environment");
  });

  it("marks the access token secret and refuses to start without one", async () => {
    vi.stubEnv("SUPABASE_ACCESS_TOKEN", "");
    const client = await providers.connect(supabaseProvider);
    const { inputs } = await client.checkConfig({ accessToken: "sbp_0123456789", endpoint: "http://127.0.0.1:1" });
    expect(inputs).toEqual({ accessToken: secret("sbp_0123456789"), endpoint: "http://127.0.0.1:1" });
    await expect(client.configure({})).rejects.toThrow(
      '[AttributeName("access_token")] Missing Supabase API Access Token',
    );
  });
});

describe("a supabase project", () => {
  it("is created, awaited and read with the official provider's requests", async () => {
    const { api, client } = await start();
    const statuses = ["COMING_UP", "COMING_UP", "ACTIVE_HEALTHY"];
    api.routes[`GET ${base}`] = () => [200, { ...projectBody, status: statuses.shift() ?? "ACTIVE_HEALTHY" }];

    const { id, outputs } = await client.create(urn, inputs);

    expect(id).toBe(ref);
    expect(outputs).toEqual(state);
    expect(api.requests).toEqual([
      `POST /v1/projects ${JSON.stringify({ db_pass: password, name: "malmo", organization_slug: "stagesub", region_selection: { type: "specific", code: "eu-north-1" } })}`,
      `GET ${base}`,
      `GET ${base}`,
      `GET ${base}`,
      `GET ${base}`,
      `GET ${base}/api-keys/legacy`,
      `GET ${base}/billing/addons`,
    ]);
    expect(api.headers[0]).toMatchObject({ authorization: "Bearer sbp_0123456789", "user-agent": "TFProvider/1.10.1" });
  });

  it("previews a create without a request, with the API's part unknown", async () => {
    const { api, client } = await start();
    const { outputs } = await client.create(urn, { ...inputs, databasePassword: secret(unknownMark) }, true);
    expect(outputs).toEqual({
      ...{ ...inputs, databasePassword: secret(unknownMark) },
      ...{ id: unknownMark, instanceSize: unknownMark, legacyApiKeysEnabled: unknownMark },
    });
    expect(api.requests).toEqual([]);
  });

  it("fails a create at once in a terminal status, naming project and status", async () => {
    const { api, client } = await start();
    api.routes[`GET ${base}`] = [200, { ...projectBody, status: "INIT_FAILED" }];
    await expect(client.create(urn, inputs)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[Error: Project Not Ready: Project abcdefghijklmnopqrst did not become active within timeout: project abcdefghijklmnopqrst in terminal state: INIT_FAILED]`,
    );
  });

  it("gives up after timeouts.create", async () => {
    const { api, client } = await start();
    api.routes[`GET ${base}`] = [200, { ...projectBody, status: "COMING_UP" }];
    await expect(client.create(urn, { ...inputs, timeouts: { create: "150ms", update: "20m" } })).rejects.toThrow(
      "timeout while waiting for state to become 'ACTIVE_HEALTHY' (last state: 'COMING_UP', timeout: 0.15s)",
    );
  });

  it("shows the API's message and never the password or the token", async () => {
    const { api, client } = await start();
    api.routes["POST /v1/projects"] = (body) => [400, { message: "nope", echo: body, token: "sbp_0123456789" }];
    const failure = await client.create(urn, inputs).catch((error: Error) => error.message);
    expect(failure).toContain("Client Error: Unable to create project, got status 400:");
    expect(failure).toContain("nope");
    expect(failure).not.toContain('ss\\"word');
    expect(failure).not.toContain("sbp_0123456789");
  });

  it("never repeats a write, and repeats a read that failed in passing", async () => {
    const { api, client } = await start();
    api.routes["POST /v1/projects"] = [502, {}];
    await expect(client.create(urn, inputs)).rejects.toThrow("got status 502");
    expect(api.requests).toHaveLength(1);

    const answers = [503, 200];
    api.routes[`GET ${base}`] = () => [answers.shift() ?? 200, { ...projectBody, status: "ACTIVE_HEALTHY" }];
    expect((await client.read(urn, ref, state, inputs)).id).toBe(ref);
  });

  it("shows drift in a refresh, in outputs and inputs", async () => {
    const { api, client } = await start();
    api.routes[`GET ${base}`] = [200, { ...projectBody, name: "renamed", status: "INACTIVE" }];
    const result = await client.read(urn, ref, state, inputs);
    expect(result.outputs).toEqual({ ...state, name: "renamed" });
    expect(result.inputs).toEqual({ ...inputs, name: "renamed" });
    expect(api.requests).toEqual([`GET ${base}`, `GET ${base}/api-keys/legacy`, `GET ${base}/billing/addons`]);
  });

  it("keeps its state in a refresh when it is gone", async () => {
    const { client } = await start({});
    expect((await client.read(urn, ref, state, inputs)).outputs).toEqual(state);
  });

  it("is imported by its reference", async () => {
    const { client } = await start();
    const { id, inputs: imported } = await client.read(urn, ref);
    expect(id).toBe(ref);
    expect(imported).toMatchObject({
      organizationId: "stagesub",
      name: "malmo",
      region: "eu-north-1",
      instanceSize: "micro",
    });
  });

  it("changes nothing where nothing changed, also when the size is left to the API", async () => {
    const { api, client } = await start();
    expect(await client.diff(urn, state, inputs)).toMatchObject({ changed: false, diffs: [], replaces: [] });
    expect(api.requests).toEqual([]);
  });

  it("takes a new password and size in place", async () => {
    const { api, client } = await start();
    const news = { ...inputs, databasePassword: secret("another-one"), instanceSize: "small" };
    api.routes[`PATCH ${base}/database/password`] = [200, { message: "ok" }];
    api.routes[`PATCH ${base}/billing/addons`] = [200, {}];

    expect(await client.diff(urn, state, news)).toMatchObject({
      diffs: ["databasePassword", "instanceSize"],
      replaces: [],
    });
    const outputs = await client.update(urn, ref, state, news);

    expect(outputs).toEqual({ ...state, databasePassword: secret("another-one"), instanceSize: "small" });
    expect(api.requests).toEqual([
      `PATCH ${base}/database/password {"password":"another-one"}`,
      `PATCH ${base}/billing/addons {"addon_type":"compute_instance","addon_variant":"ci_small"}`,
      `GET ${base}`,
    ]);
  });

  it("refuses another region at the update, without a request, after a preview that passed", async () => {
    const { api, client } = await start();
    const news = { ...inputs, region: "eu-west-1" };
    expect(await client.diff(urn, state, news)).toMatchObject({ changed: true, diffs: ["region"], replaces: [] });
    await expect(client.update(urn, ref, state, news)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[Error: [AttributeName("region")] Client Error: Update is not supported for this attribute]`,
    );
    expect(api.requests).toEqual([]);
  });

  it("refuses an unknown size and a missing region in the check, and names a nameless project", async () => {
    const { client } = await start();
    const { inputs: checked, failures } = await client.check(urn, {
      organizationId: "stagesub",
      databasePassword: "long enough",
      instanceSize: "huge",
    });
    expect(failures).toEqual([
      expect.stringMatching(/^Invalid Attribute Value Match.*got: "huge"\. Examine values at 'malmo\.instanceSize'\.$/),
      "Missing required property 'region'. Examine values at 'malmo.region'.",
    ]);
    expect(checked.name).toBe("malmo-0123456");
    expect(checked.databasePassword).toEqual(secret("long enough"));
  });

  it("names no secret that the check refuses", async () => {
    const { client } = await start();
    const { failures } = await client.check(urn, { ...inputs, databasePassword: secret("xyz") });
    expect(failures).toEqual([expect.stringContaining("must be at least 4, got: 3")]);
    expect(failures.join()).not.toContain("xyz");
  });

  it("stops waiting when the engine cancels", async () => {
    const { api, client } = await start();
    api.routes[`GET ${base}`] = [200, { ...projectBody, status: "COMING_UP" }];
    const creation = expect(client.create(urn, inputs)).rejects.toThrow("did not become active");
    await expect.poll(() => api.requests.length).toBeGreaterThan(2);
    await client.cancel();
    await creation;
  });

  it("is deleted, also when it is gone already", async () => {
    const { api, client } = await start({ [`DELETE ${base}`]: [200, { id: 1, ref, name: "malmo" }] });
    await client.delete(urn, ref, state);
    delete api.routes[`DELETE ${base}`];
    await client.delete(urn, ref, state);
    expect(api.requests).toEqual([`DELETE ${base}`, `DELETE ${base}`]);
  });
});

describe("supabase settings", () => {
  const wanted = {
    projectRef: ref,
    sslEnforcement: true,
    api: '{"db_schema":""}',
    network: '{"restrictions":["203.0.113.0/24"]}',
  };
  const routes: Routes = {
    ...healthyProject,
    [`GET ${base}/postgrest`]: [
      200,
      { db_schema: "public", max_rows: 1000, db_extra_search_path: "public", db_pool: null, jwt_secret: "s" },
    ],
    [`GET ${base}/health?${healthQuery}`]: [200, [{ name: "db", healthy: true, status: "ACTIVE_HEALTHY" }]],
    [`GET ${base}/health?${healthQuery.replace("services=rest&", "")}`]: [
      200,
      [{ name: "db", healthy: true, status: "ACTIVE_HEALTHY" }],
    ],
    [`POST ${base}/network-restrictions/apply`]: [201, { entitlement: "allowed", config: {}, status: "applied" }],
    [`PATCH ${base}/postgrest`]: [
      200,
      { db_schema: "", max_rows: 1000, db_extra_search_path: "public", db_pool: null },
    ],
    [`PUT ${base}/ssl-enforcement`]: [200, { currentConfig: { database: true }, appliedSuccessfully: true }],
    [`GET ${base}/network-restrictions`]: [
      200,
      { entitlement: "allowed", config: { dbAllowedCidrs: ["203.0.113.0/24"] }, status: "applied" },
    ],
    [`GET ${base}/ssl-enforcement`]: [200, { currentConfig: { database: false }, appliedSuccessfully: true }],
  };

  it("are written in the official provider's order", async () => {
    const { api, client } = await start(routes);
    const { id, outputs } = await client.create(settingsUrn, wanted);
    expect(id).toBe(ref);
    expect(outputs).toEqual({ ...wanted, id: ref });
    expect(api.requests).toEqual([
      `GET ${base}`,
      `GET ${base}/postgrest`,
      `GET ${base}/health?${healthQuery}`,
      `POST ${base}/network-restrictions/apply {"dbAllowedCidrs":["203.0.113.0/24"],"dbAllowedCidrsV6":[]}`,
      `PATCH ${base}/postgrest {"db_schema":""}`,
      `PUT ${base}/ssl-enforcement {"requestedConfig":{"database":true}}`,
    ]);
  });

  it("leave the Data API out of the health question where it is off, and wait for the rest", async () => {
    const { api, client } = await start(routes);
    api.routes[`GET ${base}/postgrest`] = [200, { db_schema: "" }];
    const health = `GET ${base}/health?${healthQuery.replace("services=rest&", "")}`;
    const statuses = ["COMING_UP", "ACTIVE_HEALTHY"];
    api.routes[health] = () => [200, [{ name: "pooler", status: statuses.shift() ?? "ACTIVE_HEALTHY" }]];
    await client.create(settingsUrn, { projectRef: ref, sslEnforcement: true });
    expect(api.requests.filter((request) => request === health)).toHaveLength(2);
  });

  it("wait while the pooler does not know the project yet, and name each service that is broken", async () => {
    const { api, client } = await start(routes);
    const state = (name: string, error: string) => ({ name, healthy: false, status: "UNHEALTHY", error });
    const states = [
      [state("pooler", '{"error":"not found"}')],
      [state("auth", `{"error":"Failed to retrieve project's auth service health"}`)],
      [state("db", '{"error":"disk full"}'), state("auth", "not found")],
    ];
    const health = `GET ${base}/health?${healthQuery}`;
    api.routes[health] = () => [200, states.shift()];
    await expect(client.create(settingsUrn, { projectRef: ref, sslEnforcement: true })).rejects.toThrow(
      "unhealthy service db: disk full\nunhealthy service auth: not found",
    );
    expect(api.requests.filter((request) => request === health)).toHaveLength(3);
  });

  it("show drift of what the program named, and only that", async () => {
    const { api, client } = await start(routes);
    const old = { ...wanted, id: ref };
    api.routes[`GET ${base}/postgrest`] = [200, { db_schema: "public", max_rows: 1000 }];
    const { outputs, inputs: found } = await client.read(settingsUrn, ref, old, wanted);
    const drifted = { sslEnforcement: false, api: '{"db_schema":"public"}' };
    expect(outputs).toEqual({ ...old, ...drifted });
    expect(found).toEqual({ ...wanted, ...drifted });
    expect(api.requests).toEqual([
      `GET ${base}/network-restrictions`,
      `GET ${base}/postgrest`,
      `GET ${base}/ssl-enforcement`,
    ]);
  });

  it("write only what changed, and see no change in spacing", async () => {
    const { api, client } = await start(routes);
    const old = { ...wanted, id: ref };
    const spaced = { ...wanted, api: '{ "db_schema": "" }' };
    expect(await client.diff(settingsUrn, old, spaced)).toMatchObject({ changed: false });
    await client.update(settingsUrn, ref, old, { ...spaced, network: '{"restrictions":["2001:db8::/32"]}' });
    expect(api.requests.filter((request) => !request.startsWith("GET"))).toEqual([
      `POST ${base}/network-restrictions/apply {"dbAllowedCidrs":[],"dbAllowedCidrsV6":["2001:db8::/32"]}`,
    ]);
  });

  it.each([
    ["private", "10.0.0.0/8", "Private IP provided"],
    ["private behind IPv6", "::ffff:192.168.0.1/128", "Private IP provided"],
    ["no range", "203.0.113.1", "invalid CIDR address: 203.0.113.1"],
    ["longer than an address", "203.0.113.0/33", "invalid CIDR address"],
    ["of a zone", "fe80::1%eth0/64", "invalid CIDR address"],
  ])("are refused where a restriction is %s", async (_case, cidr, words) => {
    const { api, client } = await start(routes);
    const network = JSON.stringify({ restrictions: [cidr] });
    await expect(client.create(settingsUrn, { projectRef: ref, network })).rejects.toThrow(words);
    expect(api.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
  });

  it("are not imported", async () => {
    const { client } = await start(routes);
    await expect(client.read(settingsUrn, ref)).rejects.toThrow("Not implemented: Settings abcdefghijklmnopqrst");
  });

  it("are deleted without a request", async () => {
    const { api, client } = await start(routes);
    await client.delete(settingsUrn, ref, { ...wanted, id: ref });
    expect(api.requests).toEqual([]);
  });
});

describe("the supabase provider is at least as strict as the official one", () => {
  const settings = { projectRef: ref };
  const both = { create: "20m", update: "20m" };

  it.each([
    [
      "a property of another version",
      urn,
      { ...inputs, sslEnforcment: true },
      /^Unknown property 'sslEnforcment'\. .* 'malmo\.sslEnforcment'\.$/,
    ],
    [
      "an unknown step in timeouts",
      urn,
      { ...inputs, timeouts: { ...both, delete: "1m" } },
      /^Unknown property 'delete'\. .* 'malmo\.timeouts\.delete'\.$/,
    ],
    [
      "timeouts that name one step",
      urn,
      { ...inputs, timeouts: { create: "20m" } },
      /update is missing, and bridge versions before v3\.135/,
    ],
    [
      "timeouts of settings that name one step",
      settingsUrn,
      { ...settings, timeouts: { update: "20m" } },
      /create is missing/,
    ],
    ["empty timeouts", urn, { ...inputs, timeouts: {} }, /create and update is missing/],
    [
      "a timeout without a unit",
      urn,
      { ...inputs, timeouts: { ...both, create: "20" } },
      /^Invalid Attribute Value Time Duration.*'malmo\.timeouts\.create'\.$/,
    ],
    [
      "a timeout as a number",
      urn,
      { ...inputs, timeouts: { ...both, update: 20 } },
      /^Incorrect Value Type\. Expected string, got number/,
    ],
    [
      "a region as an object",
      urn,
      { ...inputs, region: { code: "eu-north-1" } },
      /^Incorrect Value Type\. Expected string, got object.*'malmo\.region'\.$/,
    ],
    [
      "a size of the API that the provider's schema lacks",
      urn,
      { ...inputs, instanceSize: "pico" },
      /^Invalid Attribute Value Match/,
    ],
    [
      "no password",
      urn,
      { organizationId: "stagesub", region: "eu-north-1" },
      /^Missing required property 'databasePassword'/,
    ],
    [
      "an unknown field in a JSON setting",
      settingsUrn,
      { ...settings, api: '{"db_shema":""}' },
      /^Unknown property 'db_shema'\. .* 'malmo\.api\.db_shema'\.$/,
    ],
    [
      "a JSON setting of another type",
      settingsUrn,
      { ...settings, api: '{"max_rows":"9"}' },
      /^Incorrect Value Type\. Expected number.*'malmo\.api\.max_rows'\.$/,
    ],
    [
      "restrictions that are no text",
      settingsUrn,
      { ...settings, network: '{"restrictions":[1]}' },
      /'malmo\.network\.restrictions\[0\]'\.$/,
    ],
    ["broken JSON", settingsUrn, { ...settings, api: "{" }, /^Invalid JSON String Value.*'malmo\.api'\.$/],
    [
      "JSON that is no object",
      settingsUrn,
      { ...settings, network: '["203.0.113.0/24"]' },
      /^Invalid JSON String Value/,
    ],
    [
      "a setting that the official provider drops",
      settingsUrn,
      { ...settings, pooler: "{}" },
      /^Property 'pooler' is not implemented by the stand-in/,
    ],
  ])("it refuses %s", async (_case, of, news, expected) => {
    const { client } = await start();
    expect((await client.check(of, news)).failures).toEqual([expect.stringMatching(expected)]);
  });

  it("it accepts what a preview does not know yet", async () => {
    const { client } = await start();
    const news = { ...inputs, region: unknownMark, timeouts: { create: unknownMark, update: "20m" } };
    expect((await client.check(urn, news)).failures).toEqual([]);
  });

  it("it refuses unknown settings of its own, and lets the engine's own pass", async () => {
    const client = await providers.connect(supabaseProvider);
    const engines = { version: "1.10.1", name: "supabase", parameterization: "e30=", pluginDownloadURL: "" };
    const { failures } = await client.checkConfig({ accessToken: "sbp_0123456789", endpont: "x", ...engines });
    expect(failures).toEqual([
      expect.stringMatching(/^Unknown property 'endpont'\. The schema has accessToken, endpoint\./),
    ]);
  });

  it.each(["supabase:index/branch:Branch", "supabase:index/proyect:Proyect", "toString"])(
    "it refuses the type %s and calls to functions",
    async (token) => {
      const { client } = await start();
      const refusal = `Not implemented: ${token} is not implemented by the stand-in for supabase 1.10.1`;
      await expect(client.check(urnOf(token, "malmo"), {})).rejects.toThrow(refusal);
      await expect(client.invoke(token, {})).rejects.toThrow(refusal);
    },
  );
});
