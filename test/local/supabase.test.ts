import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import type { Service } from "../../local/cloud/context.ts";
import { startSupabaseApi } from "../../local/cloud/supabase/startSupabaseApi.ts";
import { newProject } from "../support/createProject.ts";
import { useCloudContext } from "../support/cloudContext.ts";

// These tests replay what the official provider 1.10.1 was recorded to send. They do not run that provider.
const cloud = useCloudContext({ projectWaitMs: 600_000 });
let service: Service;
beforeAll(async () => {
  service = await cloud.start(startSupabaseApi);
});

async function call(method: string, path: string, body?: unknown, token = "sbp_test") {
  const response = await fetch(`http://127.0.0.1:${service.port}${path}`, {
    method,
    // A kept connection would not outlive the restart in here.
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Connection: "close" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = (text === "" ? undefined : JSON.parse(text)) as unknown;
  return { status: response.status, body: parsed as Record<string, unknown>, headers: response.headers };
}

const malmo = newProject("Malmö", "p@ss:w/rd?#");

async function createProject(change: object = {}): Promise<string> {
  const created = await call("POST", "/v1/projects", { ...malmo, ...change });
  expect(created.status).toBe(201);
  return created.body["ref"] as string;
}

/** Lets the time of `projectWaitMs` pass for a project. */
async function elapse(ref: string): Promise<void> {
  await cloud.context().store.query("update supabase.project set next_at = now() where ref = $1", [ref]);
}

async function waitUntil(ref: string, status = "ACTIVE_HEALTHY"): Promise<void> {
  await elapse(ref);
  const read = async () => (await call("GET", `/v1/projects/${ref}`)).body["status"];
  await expect.poll(read, { timeout: 20_000, interval: 100 }).toBe(status);
}

const connect = async (ref: string, password: string) => {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: cloud.context().settings.ports.postgres,
    user: `postgres_${ref}`,
    password,
    database: ref,
  });
  await client.connect();
  await client.end();
};

describe("the recorded life of a project", () => {
  it("goes through create, wait, read, settings, update and delete as recorded", async () => {
    const created = await call("POST", "/v1/projects", malmo);
    expect(created.status).toBe(201);
    expect(created.headers.get("content-type")).toContain("json");
    const ref = created.body["ref"] as string;
    expect(ref).toMatch(/^[a-z]{20}$/);
    expect(created.body).toEqual({
      id: ref,
      ref,
      organization_id: "stagesub",
      organization_slug: "stagesub",
      name: "Malmö",
      region: "eu-north-1",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
      status: "UNKNOWN",
    });

    expect((await call("GET", `/v1/projects/${ref}`)).body["status"]).toBe("COMING_UP");
    expect(await call("DELETE", `/v1/projects/${ref}`)).toMatchObject({
      status: 400,
      body: { message: "Project not ready for deletion." },
    });
    await waitUntil(ref);
    const read = await call("GET", `/v1/projects/${ref}`);
    expect(read.body).toMatchObject({
      id: ref,
      status: "ACTIVE_HEALTHY",
      database: {
        host: `db.${ref}.supabase.co`,
        version: expect.any(String) as unknown,
        postgres_engine: "17",
        release_channel: "ga",
      },
    });
    expect((await call("GET", `/v1/projects/${ref}/api-keys/legacy`)).body).toEqual({ enabled: true });
    const addons = await call("GET", `/v1/projects/${ref}/billing/addons`);
    expect(addons.body["selected_addons"]).toMatchObject([{ type: "compute_instance", variant: { id: "ci_micro" } }]);
    expect(addons.body["available_addons"]).toContainEqual(expect.objectContaining({ type: "pitr" }));

    const { ports } = cloud.context().settings;
    const pooler = await call("GET", `/v1/projects/${ref}/config/database/pooler`);
    expect(pooler.body).toMatchObject([
      {
        identifier: ref,
        database_type: "PRIMARY",
        is_using_scram_auth: true,
        db_user: `postgres.${ref}`,
        db_host: "127.0.0.1",
        db_port: ports.transaction,
        db_name: "postgres",
        connection_string: `postgresql://postgres.${ref}:[YOUR-PASSWORD]@127.0.0.1:${ports.transaction}/postgres`,
        pool_mode: "transaction",
        default_pool_size: null,
        max_client_conn: null,
      },
    ]);

    expect((await call("GET", `/v1/projects/${ref}/postgrest`)).body).toMatchObject({ max_rows: 1000, db_pool: null });
    const names = ["auth", "db", "db_postgres_user", "pg_bouncer", "pooler", "realtime", "rest", "storage"];
    const health = await call("GET", `/v1/projects/${ref}/health?${names.map((name) => `services=${name}`).join("&")}`);
    expect(health.body).toEqual(names.map((name) => ({ name, healthy: true, status: "ACTIVE_HEALTHY" })));
    const network = { dbAllowedCidrs: ["203.0.113.0/24"], dbAllowedCidrsV6: [] };
    const applied = await call("POST", `/v1/projects/${ref}/network-restrictions/apply`, network);
    const restrictions = { entitlement: "allowed", config: network, status: "applied" };
    expect([applied.status, applied.body]).toEqual([201, restrictions]);
    const dataApi = await call("PATCH", `/v1/projects/${ref}/postgrest`, { db_schema: "" });
    expect(dataApi.status).toBe(200);
    expect(Object.keys(dataApi.body).sort()).toEqual(["db_extra_search_path", "db_pool", "db_schema", "max_rows"]);
    const ssl = await call("PUT", `/v1/projects/${ref}/ssl-enforcement`, { requestedConfig: { database: true } });
    expect([ssl.status, ssl.body]).toEqual([200, { currentConfig: { database: true }, appliedSuccessfully: true }]);

    expect((await call("GET", `/v1/projects/${ref}/network-restrictions`)).body).toEqual(restrictions);
    expect((await call("GET", `/v1/projects/${ref}/postgrest`)).body["db_schema"]).toBe("");
    expect((await call("GET", `/v1/projects/${ref}/ssl-enforcement`)).body["currentConfig"]).toEqual({
      database: true,
    });
    expect((await call("GET", `/v1/projects/${ref}/health?services=rest`)).body).toMatchObject([
      { status: "UNHEALTHY" },
    ]);

    await connect(ref, malmo.db_pass);
    expect((await call("PATCH", `/v1/projects/${ref}/database/password`, { password: "anöther" })).status).toBe(200);
    await connect(ref, "anöther");
    await expect(connect(ref, malmo.db_pass)).rejects.toThrow(/password/);
    const resize = { addon_type: "compute_instance", addon_variant: "ci_small" };
    expect((await call("PATCH", `/v1/projects/${ref}/billing/addons`, resize)).status).toBe(200);
    expect((await call("GET", `/v1/projects/${ref}`)).body["status"]).toBe("ACTIVE_HEALTHY");
    expect((await call("GET", `/v1/projects/${ref}/billing/addons`)).body["selected_addons"]).toMatchObject([
      { variant: { id: "ci_small" } },
    ]);

    const deleted = await call("DELETE", `/v1/projects/${ref}`);
    expect([deleted.status, deleted.body]).toEqual([200, { id: expect.any(Number) as unknown, ref, name: "Malmö" }]);
    expect(await call("GET", `/v1/projects/${ref}`)).toMatchObject({
      status: 404,
      body: { message: "Project not found" },
    });
    await expect(connect(ref, "anöther")).rejects.toThrow();
  });

  it("renames, pauses and restores", async () => {
    const ref = await createProject();
    await waitUntil(ref);
    expect((await call("PATCH", `/v1/projects/${ref}`, { name: "Gävle" })).body).toMatchObject({ ref, name: "Gävle" });
    expect((await call("POST", `/v1/projects/${ref}/pause`)).status).toBe(200);
    expect((await call("GET", `/v1/projects/${ref}`)).body["status"]).toBe("PAUSING");
    await waitUntil(ref, "INACTIVE");
    expect((await call("POST", `/v1/projects/${ref}/pause`)).status).toBe(400);
    expect((await call("POST", `/v1/projects/${ref}/restore`)).status).toBe(200);
    await waitUntil(ref);
  });

  it("turns active by itself, without a call", async () => {
    const ref = await createProject();
    await elapse(ref);
    const read = () =>
      cloud.context().store.query<{ status: string }>("select status from supabase.project where ref = $1", [ref]);
    await expect.poll(async () => (await read()).rows, { timeout: 20_000 }).toEqual([{ status: "ACTIVE_HEALTHY" }]);
  });

  it("keeps no project password in its store", async () => {
    await createProject({ db_pass: "findable-password" });
    const { rows } = await cloud.context().store.query("select row_to_json(p)::text as text from supabase.project p");
    expect(JSON.stringify(rows)).not.toContain("findable-password");
  });
});

describe("a server that dies under a create", () => {
  it("delays the answer until it is back, and the project comes up with its password", async () => {
    const { store } = cloud.context();
    // Raises the error that pg reports for a connection that the server has ended.
    await store.query(`
      create function supabase.die() returns trigger language plpgsql as $$ begin
        raise 'terminating connection' using errcode = '57P01'; end $$`);
    await store.query(
      "create trigger die before update on supabase.project for each row when (new.name = 'delayed') execute function supabase.die()",
    );
    const dropped = sleep(500).then(() => store.query("drop trigger die on supabase.project"));
    const ref = await createProject({ name: "delayed" });
    await dropped;
    await waitUntil(ref);
    await connect(ref, malmo.db_pass);
  });
});

describe("a restart", () => {
  it("finishes a delete that was cut off, takes back a create, and keeps the rest with its password", async () => {
    const { store } = cloud.context();
    const whole = await createProject({ name: "whole" });
    const [unfinished, leaving] = [await createProject(), await createProject()];
    await store.query(
      "update supabase.project set status = 'COMING_UP', next_status = null, next_at = null where ref = $1",
      [unfinished],
    );
    await store.query("update supabase.project set status = 'GOING_DOWN', next_at = null where ref = $1", [leaving]);
    await service.close();
    service = await cloud.start(startSupabaseApi);

    await waitUntil(whole);
    await connect(whole, malmo.db_pass);
    for (const ref of [unfinished, leaving]) {
      expect((await call("GET", `/v1/projects/${ref}`)).status).toBe(404);
      await expect(connect(ref, malmo.db_pass)).rejects.toThrow();
    }
  });
});

describe("lists", () => {
  it("gives the organization and its projects in pages, and refuses filters and other orders", async () => {
    expect((await call("GET", "/v1/organizations")).body).toEqual([
      { id: "stagesub", slug: "stagesub", name: "StageSub" },
    ]);
    const projects = "/v1/organizations/stagesub/projects";
    const list = `${projects}?sort=created_asc`;
    expect((await call("GET", list.replace("/stagesub/", "/other/"))).status).toBe(404);
    for (const refused of [`${list}&search=page`, `${list}&statuses=INACTIVE`, `${projects}?sort=name_asc`])
      expect((await call("GET", refused)).status).toBe(400);
    const before = ((await call("GET", list)).body["projects"] as unknown[]).length;
    const refs = [await createProject({ name: "page-b" }), await createProject({ name: "page-a" })];
    const page = await call("GET", `${list}&limit=1&offset=${before}`);
    const pagination = { count: before + 2, limit: 1, offset: before };
    expect(page.body).toMatchObject({ projects: [{ ref: refs[0] }], pagination });
    expect(JSON.stringify((await call("GET", "/v1/projects")).body)).toContain(refs[1]);
  });

  it("turns the legacy API keys off", async () => {
    const ref = await createProject();
    expect((await call("PUT", `/v1/projects/${ref}/api-keys/legacy?enabled=false`)).body).toEqual({ enabled: false });
    expect((await call("GET", `/v1/projects/${ref}/api-keys/legacy`)).body).toEqual({ enabled: false });
  });
});

describe("a lost answer", () => {
  it("leaves a project that no list shows until its time, though it is there", async () => {
    const fault = {
      service: "supabase",
      method: "POST",
      times: 1,
      action: { kind: "status", status: 504, when: "after", unlistedMs: 600_000 },
    };
    cloud.faults.add(fault);
    const lists = ["/v1/projects", "/v1/organizations/stagesub/projects?sort=created_asc"];
    const seen = async () => {
      const answers = await Promise.all(lists.map((path) => call("GET", path)));
      return answers.map(({ body }) => JSON.stringify(body).includes("late-to-the-list"));
    };
    expect((await call("POST", "/v1/projects", { ...malmo, name: "late-to-the-list" })).status).toBe(504);
    expect(await seen()).toEqual([false, false]);
    await cloud.context().store.query("update supabase.project set listed_at = now()");
    expect(await seen()).toEqual([true, true]);
  });
});

describe("what it refuses", () => {
  it("answers 401 without the right token", async () => {
    expect(await call("GET", "/v1/projects", undefined, "sbp_wrong")).toMatchObject({
      status: 401,
      body: { message: "Unauthorized" },
    });
  });

  it.each([
    ["an unknown region", { region_selection: { type: "specific", code: "eu-north-9" } }, /region_selection.code/],
    ["an unknown size", { desired_instance_size: "huge" }, /desired_instance_size/],
    ["no name", { name: "" }, /name/],
    ["no password", { db_pass: undefined }, /db_pass/],
    ["the deprecated spelling of its region", { region: "eu-west-1" }, /Unrecognized key: "region"/],
    ["no region", { region_selection: undefined }, /region_selection/],
  ])("answers 400 to a project with %s", async (_what, change, message) => {
    const refused = await call("POST", "/v1/projects", { ...malmo, ...change });
    expect(refused.status).toBe(400);
    expect(refused.body["message"]).toMatch(message);
  });

  it.each([
    ["GET", "/v1/projects/aaaaaaaaaaaaaaaaaaaa", 404],
    ["DELETE", "/v1/projects/aaaaaaaaaaaaaaaaaaaa", 404],
    ["GET", "/v1/projects/aaaaaaaaaaaaaaaaaaaa/postgrest", 404],
    ["GET", "/v1/projects/NOT-A-REF", 400],
    ["GET", "/v1/nothing", 404],
  ])("answers %s %s with %i", async (method, path, status) => {
    expect((await call(method, path)).status).toBe(status);
  });

  it("refuses private and malformed ranges, unknown fields, and bodies that are not JSON", async () => {
    const ref = await createProject();
    const apply = (cidr: string) =>
      call("POST", `/v1/projects/${ref}/network-restrictions/apply`, { dbAllowedCidrs: [cidr] });
    expect((await apply("10.0.0.0/8")).body["message"]).toMatch(/Private/);
    expect((await apply("203.0.113.0/33")).status).toBe(400);
    expect((await apply("::/0")).status).toBe(400);
    expect((await call("PATCH", `/v1/projects/${ref}/postgrest`, { db_shema: "" })).status).toBe(400);
    const response = await fetch(`http://127.0.0.1:${service.port}/v1/projects`, {
      method: "POST",
      headers: { Authorization: "Bearer sbp_test" },
      body: "{",
    });
    expect(response.status).toBe(400);
  });

  it("counts 120 calls a minute for one endpoint and project, and refuses the next", async () => {
    const ref = await createProject();
    const first = await call("GET", `/v1/projects/${ref}/ssl-enforcement`);
    expect(first.headers.get("x-ratelimit-limit")).toBe("120");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("119");
    await Promise.all(Array.from({ length: 119 }, () => call("GET", `/v1/projects/${ref}/ssl-enforcement`)));
    const refused = await call("GET", `/v1/projects/${ref}/ssl-enforcement`);
    expect(refused).toMatchObject({ status: 429, body: { message: "ThrottlerException: Too Many Requests" } });
    expect(Number(refused.headers.get("x-ratelimit-reset"))).toBeGreaterThan(0);
    expect((await call("GET", `/v1/projects/${ref}/postgrest`)).status).toBe(200);
  });
});
