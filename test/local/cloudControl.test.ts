import { describe, expect, it } from "vitest";
import pg from "pg";
import { askControl } from "../../local/cloud/control/askControl.ts";
import { readLastLines } from "../../local/cloud/followLog.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import { newProject } from "../support/createProject.ts";
import { useLocalCloud } from "../support/localCloud.ts";

/**
 * The fault switch over its port. The services' own faults beyond HTTP are in the router's and the DNS
 * server's tests.
 */
describe("the control port", () => {
  const timestamp = "2026-11-22T20:00:00.000Z ";
  const cloud = useLocalCloud();
  const control = (method: string, path: string, body?: unknown) => askControl(cloud.settings(), method, path, body);
  const listProjects = () => {
    const { ports, tokens } = cloud.settings();
    return fetch(`http://127.0.0.1:${ports.supabase}/v1/projects`, {
      headers: { authorization: `Bearer ${tokens.supabase}` },
    });
  };

  it("turns away who has not its token", async () => {
    const url = `http://127.0.0.1:${cloud.settings().ports.control}`;
    for (const path of ["/health", "/faults", "/nothing"]) expect((await fetch(url + path)).status).toBe(401);
    const other = { authorization: `Bearer ${cloud.settings().tokens.supabase}` };
    expect((await fetch(`${url}/stop`, { method: "POST", headers: other })).status).toBe(401);
    expect((await control("GET", "/health")).status).toBe(200);
  });

  it("names every problem of a fault that it cannot play", async () => {
    const answer = await control("POST", "/faults", {
      service: "mail",
      path: "(",
      times: 0,
      action: { kind: "status" },
      more: 1,
    });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { message: string }).message).toMatchInlineSnapshot(`
      "This is not a fault:
      ✖ Unrecognized key: "more"
      ✖ Invalid option: expected one of "supabase"|"cloudflare"|"router"|"dns"|"app"
        → at service
      ✖ is not a regular expression
        → at path
      ✖ Too small: expected number to be >=1
        → at times
      ✖ Invalid input: expected number, received undefined
        → at action.status"
    `);
    expect((await control("POST", "/faults")).status).toBe(400);
  });

  it("answers in a service's place as often as asked, and on the requests that fit only", async () => {
    await cloud.addFault({
      service: "supabase",
      method: "get",
      path: "^/v1/projects$",
      times: 2,
      action: { kind: "status", status: 503, body: { message: "upstream" }, headers: { "retry-after": "1" } },
    });
    await cloud.addFault({ service: "supabase", method: "POST", action: { kind: "status", status: 500 } });
    const first = await listProjects();
    expect([first.status, first.headers.get("retry-after"), await first.json()]).toEqual([
      503,
      "1",
      { message: "upstream" },
    ]);
    expect((await listProjects()).status).toBe(503);
    expect((await listProjects()).status).toBe(200);
  });

  it("delays an answer", async () => {
    await cloud.addFault({ service: "supabase", times: 1, action: { kind: "delay", ms: 400 } });
    const start = Date.now();
    expect((await listProjects()).status).toBe(200);
    expect(Date.now() - start).toBeGreaterThanOrEqual(395);
  });

  it("lets what a delay holds go on at once when the fault is cleared: nothing takes effect long after its test", async () => {
    await cloud.addFault({ service: "supabase", times: 1, action: { kind: "delay", ms: 600_000 } });
    const answer = listProjects();
    await expect.poll(async () => (await control("GET", "/faults")).json()).toEqual([]);
    await control("DELETE", "/faults");
    expect((await answer).status).toBe(200);
  });

  it("drops a connection before the work, or after it and instead of its answer", async () => {
    const { ports, tokens } = cloud.settings();
    const create = (name: string) =>
      fetch(`http://127.0.0.1:${ports.supabase}/v1/projects`, {
        method: "POST",
        headers: { authorization: `Bearer ${tokens.supabase}`, "content-type": "application/json" },
        body: JSON.stringify(newProject(name, "a-password-of-a-test")),
      });
    for (const when of ["before", "after"] as const) {
      await cloud.addFault({ service: "supabase", method: "POST", times: 1, action: { kind: "drop", when } });
      await expect(create(when)).rejects.toThrow("fetch failed");
    }
    const projects = (await (await listProjects()).json()) as { name: string }[];
    expect(projects.map(({ name }) => name)).toEqual(["after"]);
  });

  it("shows in the log with every request that a service saw, without what the request carried", async () => {
    const { dir, ports, tokens } = cloud.settings();
    await cloud.addFault({ service: "supabase", times: 1, action: { kind: "status", status: 502 } });
    await cloud.addFault({ service: "supabase", times: 1, action: { kind: "drop", when: "before" } });
    expect((await listProjects()).status).toBe(502);
    await expect(listProjects()).rejects.toThrow("fetch failed");
    await fetch(`http://127.0.0.1:${ports.cloudflare}/client/v4/zones?name=a%20b`);
    await fetch(`http://127.0.0.1:${ports.app}/login`, {
      method: "POST",
      body: new URLSearchParams({ email: "a@b.se" }),
    });
    const lines = async () => (await readLastLines(statePaths(dir).log, 4)).map((line) => line.slice(timestamp.length));
    await expect
      .poll(lines)
      .toEqual([
        "supabase: GET /v1/projects 502",
        "supabase: GET /v1/projects connection dropped",
        "cloudflare: GET /client/v4/zones?name=a%20b 400",
        "app: POST /login 404",
      ]);
    expect((await readLastLines(statePaths(dir).log, 100)).join("\n")).not.toContain(tokens.supabase);
  });

  it("lists faults and clears one or all", async () => {
    const added = await control("POST", "/faults", { service: "dns", action: { kind: "delay", ms: 1 } });
    const { id } = (await added.json()) as { id: string };
    await cloud.addFault({ service: "app", action: { kind: "delay", ms: 1 } });
    expect(await (await control("GET", "/faults")).json()).toHaveLength(2);
    expect(await (await control("DELETE", `/faults/${id}`)).json()).toEqual({ cleared: 1 });
    expect((await control("DELETE", `/faults/${id}`)).status).toBe(404);
    expect(await (await control("DELETE", "/faults")).json()).toEqual({ cleared: 1 });
  });

  it("goes with an environment that holds all a run needs: also a main database whose owner is no superuser", async () => {
    const environment = cloud.environment({ environment: { PATH: "/toolchain" } });
    const { ports, dir } = cloud.settings();
    expect(environment).toMatchObject({
      PATH: "/toolchain",
      PULUMI_BACKEND_URL: `file://${dir}/pulumi?metadata=skip`,
      CLOUDFLARE_BASE_URL: `http://127.0.0.1:${ports.cloudflare}/client/v4`,
      STAGESUB_APP_URL: `http://{host}:${ports.app}`,
      STAGESUB_LOCAL_DNS: `127.0.0.1:${ports.dns}`,
    });
    const client = new pg.Client({ connectionString: environment["DATABASE_URL"]! });
    await client.connect();
    const { rows } = await client.query(
      "select rolname, rolsuper, pg_get_userbyid(datdba) as owner from pg_roles, pg_database where rolname = current_user and datname = current_database()",
    );
    await client.end();
    expect(rows).toEqual([{ rolname: "stagesub", rolsuper: false, owner: "stagesub" }]);
  });
});
