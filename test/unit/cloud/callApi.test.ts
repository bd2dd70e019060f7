import getPort from "get-port";
import { describe, expect, it } from "vitest";

import { UserError } from "../../../infra/errors.ts";
import { type ApiCall, callApi } from "../../../infra/cloud/callApi.ts";
import { type Answer, drop, json, serveApi, text } from "../../support/serveApi.ts";
import { listProjects, readPooler, readProject } from "../../../infra/cloud/supabaseApi.ts";

const token = "sbp_t0ken-Secret";
/** Our own calls to the clouds, over a real socket. It does not prove what the clouds answer. */
describe("a call of an API", () => {
  const call = (baseUrl: string, more: Partial<ApiCall> = {}) =>
    callApi({ service: "Supabase", baseUrl, token, method: "GET", path: "/v1/projects?limit=1", ...more });
  const refusal = async (answer: Answer, more: Partial<ApiCall> = { patienceMs: 0 }): Promise<UserError> => {
    const { baseUrl } = await serveApi(answer);
    const error: unknown = await call(baseUrl, more).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };

  it("waits as long as the API asks after too many calls, in seconds or until a date", async () => {
    const inTwoSeconds = new Date(Date.now() + 2_000).toUTCString();
    const waits = [{ "Retry-After": "1" }, { "X-RateLimit-Reset": "1" }, { "Retry-After": inTwoSeconds }].map(
      async (headers) => {
        const { baseUrl, requests } = await serveApi(json(429, { message: "Slow down" }, headers), json(200, [7]));
        const started = Date.now();
        expect(await call(baseUrl)).toEqual([7]);
        expect(Date.now() - started, JSON.stringify(headers)).toBeGreaterThan(450);
        expect(requests).toHaveLength(2);
      },
    );
    await Promise.all(waits);
  });

  it("keeps to the API's limit for one kind of call, whichever project it is about, without running into it", async () => {
    const [limit, windowMs] = [10, 1_000];
    let [taken, started, refused] = [0, Date.now(), 0];
    const count: Answer = (response) => {
      if (Date.now() - started >= windowMs) [taken, started] = [0, Date.now()];
      taken++;
      const left = { "x-ratelimit-remaining": String(Math.max(0, limit - taken)), "x-ratelimit-reset": "1" };
      if (taken > limit) refused++;
      response.writeHead(taken > limit ? 429 : 200, left).end("[]");
    };
    const { baseUrl } = await serveApi(count);
    const refs = Array.from({ length: 25 }, (_, index) => String.fromCharCode(97 + index).repeat(20));
    for (const ref of refs) await call(baseUrl, { path: `/v1/projects/${ref}/postgrest`, patienceMs: 10_000 });
    expect(refused).toBe(0);
  });

  it("asks again with growing pauses where the API names none, and after a dropped connection", async () => {
    const { baseUrl, requests } = await serveApi(text(429, ""), drop, json(200, [7]));
    const started = Date.now();
    expect(await call(baseUrl)).toEqual([7]);
    expect(Date.now() - started).toBeGreaterThan(1_400);
    expect(requests).toHaveLength(3);
  });

  it("gives up at once where the API asks for more patience than there is", async () => {
    const started = Date.now();
    const error = await refusal(json(429, { message: "Slow down" }, { "Retry-After": "30" }), { patienceMs: 5_000 });
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(error.fields.status).toBe(429);
    expect(error.message).toMatchInlineSnapshot(
      `"Supabase: GET /v1/projects answered 429: Slow down. Too many calls; wait a few minutes and run again."`,
    );
  });

  it("says in words what came, the API's own reason included, and what to do", async () => {
    const messages: string[] = [];
    for (const answer of [
      json(401, { message: "Unauthorized" }),
      json(403, { errors: [{ code: 10_000, message: "Authentication error" }] }),
      json(400, { message: "limit: too\n\u001b[31mlarge" }),
      text(500, ""),
      text(200, "<html>Sign in to the hotel's network</html>"),
      drop,
    ])
      messages.push((await refusal(answer)).message.replace(/127\.0\.0\.1:\d+/, "HOST"));
    expect(messages).toMatchInlineSnapshot(`
      [
        "Supabase: GET /v1/projects answered 401: Unauthorized. Expected a valid token; make a new one and set it.",
        "Supabase: GET /v1/projects answered 403: Authentication error (10000). The token lacks a right for this; docs/security.md lists what it needs.",
        "Supabase: GET /v1/projects answered 400: limit: too [31mlarge. Check the stack file against the account.",
        "Supabase: GET /v1/projects answered 500. The service has trouble of its own; run again later.",
        "Supabase: GET /v1/projects answered 200, but not with JSON. Check what stands between here and the API.",
        "Supabase: GET /v1/projects got no answer (UND_ERR_SOCKET). Check that http://HOST can be reached from here, and run again.",
      ]
    `);
  });

  it("is not repeated after a refusal", async () => {
    const { baseUrl, requests } = await serveApi(json(403, {}));
    await expect(call(baseUrl)).rejects.toMatchObject({ code: "api-refused" });
    expect(requests).toHaveLength(1);
  });

  it("gives up on a server that is silent", async () => {
    const error = await refusal(() => undefined, { patienceMs: 0, attemptMs: 300 });
    expect(error.message).toContain("got no answer");
  });

  it("does not wait for a local cloud that is stopped, and says how to start it", async () => {
    const baseUrl = `http://127.0.0.1:${await getPort()}`;
    await expect(call(baseUrl)).rejects.toMatchObject({
      code: "api-unreachable",
      message: expect.stringContaining("Start the local cloud: ./stagesub local start") as string,
    });
  });

  it("answers undefined where nothing is found", async () => {
    const { baseUrl } = await serveApi(json(404, { message: "Project not found" }));
    expect(await call(baseUrl)).toBeUndefined();
  });

  it("never repeats the token, also where the API does", async () => {
    for (const answer of [
      json(400, { message: `Bad token ${token}` }),
      text(502, `<p>Bearer ${token}</p>`),
      text(200, token),
      drop,
    ]) {
      const { message, stack } = await refusal(answer);
      expect(message + stack).not.toContain(token);
    }
  });
});

describe("the list of an organization's projects", () => {
  const project = (number: number) => ({
    ref: `ref-${number}`,
    name: `production-${number}`,
    region: "eu-north-1",
    status: "ACTIVE_HEALTHY",
    databases: [
      { type: "READ_REPLICA", infra_compute_size: "large" },
      { type: "PRIMARY", infra_compute_size: "micro" },
    ],
  });
  const page = (from: number, to: number) =>
    json(200, { projects: Array.from({ length: to - from }, (_, index) => project(from + index)) });

  it("is read to its end, oldest first, and a project that two pages show counts once", async () => {
    const { baseUrl, requests } = await serveApi(page(0, 100), page(99, 199), page(199, 230));
    const projects = await listProjects({ baseUrl, token }, "stagesub");
    expect(projects).toHaveLength(230);
    expect(projects[0]).toEqual({
      ref: "ref-0",
      name: "production-0",
      region: "eu-north-1",
      status: "ACTIVE_HEALTHY",
      size: "micro",
    });
    expect(requests).toEqual(
      [0, 100, 200].map(
        (offset) => `GET /v1/organizations/stagesub/projects?sort=created_asc&limit=100&offset=${offset}`,
      ),
    );
  });

  it("is refused, not empty, where the token does not see the organization or the answer is no list", async () => {
    const refusals: string[] = [];
    for (const answer of [json(404, { message: "Organization not found" }), json(200, { message: "hello" })]) {
      const { baseUrl } = await serveApi(answer);
      refusals.push(
        await listProjects({ baseUrl, token }, "stagesub").then(
          () => "",
          (error: Error) => error.message,
        ),
      );
    }
    expect(refusals).toMatchInlineSnapshot(`
      [
        "Supabase: expected to see the organization "stagesub" (stagesub:supabase.organization), got 404. Check the slug in its dashboard address, and that the token's account is a member.",
        "Supabase: GET /v1/organizations/stagesub/projects answered without a list of projects.",
      ]
    `);
  });
});

describe("one project", () => {
  it("is read with the meaning of its status, and is undefined where there is none", async () => {
    const paused = { id: "abc", name: "production-malmo", region: "eu-north-1", status: "INACTIVE" };
    const { baseUrl } = await serveApi(json(200, paused), json(404, {}));
    expect(await readProject({ baseUrl, token }, "abc")).toMatchInlineSnapshot(`
      {
        "name": "production-malmo",
        "ref": "abc",
        "region": "eu-north-1",
        "status": "INACTIVE",
        "trouble": "Supabase project production-malmo (abc) is paused (INACTIVE): nobody reaches its database. Restore it at https://supabase.com/dashboard/project/abc, wait until it is active, then run this again.",
      }
    `);
    expect(await readProject({ baseUrl, token }, "abc")).toBeUndefined();
  });

  it("has the pooler of its primary database", async () => {
    const pooler = (database_type: string, pool_mode: string) => ({
      database_type,
      pool_mode,
      connection_string: `${database_type} ${pool_mode}`,
    });
    const { baseUrl } = await serveApi(
      json(200, [
        pooler("PRIMARY", "transaction"),
        pooler("READ_REPLICA", "transaction"),
        pooler("PRIMARY", "session"),
      ]),
    );
    expect(await readPooler({ baseUrl, token }, "abc")).toEqual({
      transaction: "PRIMARY transaction",
      session: "PRIMARY session",
    });
  });
});
