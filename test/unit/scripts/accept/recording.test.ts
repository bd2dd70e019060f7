import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";

import { findDifferences, formatDifferences } from "../../../../scripts/accept/compare.ts";
import { type Recording, startRecorder } from "../../../../scripts/accept/recorder.ts";
import { addShape, describePath, scrub } from "../../../../scripts/accept/shape.ts";

describe("a recording", () => {
  it("holds no value of what it saw but words of the API's own", () => {
    const secret = fc.constantFrom(
      "sbp_5ecret",
      "hunter2!",
      "postgresql://u:pw@h/d",
      "kontoret@example.se",
      "10.1.2.3",
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(secret, fc.integer(), fc.constant(null), fc.array(tie("value"), { maxLength: 3 }), tie("object")),
      object: fc.dictionary(
        fc.constantFrom("status", "name", "db_pass", "abcdefghijklmnopqrst", "a@b.se"),
        tie("value"),
      ),
    }));
    fc.assert(
      fc.property(json.value, (value) => {
        expect(JSON.stringify(addShape({}, value))).not.toMatch(/ecret|hunter|postgresql|example|10\.1|@|abcdefghij/);
      }),
    );
    expect(addShape({}, { status: "ACTIVE_HEALTHY", list: [{ a: 1 }, { a: null }] })).toEqual({
      "": ["object"],
      ".status": ['"ACTIVE_HEALTHY"'],
      ".list": ["array"],
      ".list[]": ["object"],
      ".list[].a": ["number", "null"],
    });
  });

  it("knows paths without ids, organizations and values of parameters", () => {
    expect(describePath("/v1/projects/abcdefghijklmnopqrst/health?services=db&services=auth")).toBe(
      "/v1/projects/{ref}/health?services",
    );
    expect(describePath("/v1/organizations/stagesub/projects")).toBe("/v1/organizations/{slug}/projects");
    const zone = "023e105f4ecef8ad9ca31a8372d0c353";
    expect(describePath(`/zones/${zone}/dns_records/${zone}`)).toBe("/zones/{id}/dns_records/{id}");
  });

  it.each([
    ["Project abcdefghijklmnopqrst of lo@example.se is paused", "Project {ref} of {e-mail} is paused"],
    ["no route to db.abcdefghijklmnopqrst.supabase.co (10.1.2.3:5432)", "no route to db.{ref}.{host} ({address})"],
    ["see https://supabase.com/dashboard/project/x", "see {url}"],
    ["token sbp_0123456789abcdef0123 is revoked", "token {id} is revoked"],
    ["org stagesub\n has 2 free projects", "org {own} has 2 free projects"],
    [
      "An A, AAAA, or CNAME record with that host already exists.",
      "An A, AAAA, or CNAME record with that host already exists.",
    ],
    [
      "(ENOTFOUND) tenant/user postgres.abcdefghijklmnopqrst not found",
      "(ENOTFOUND) tenant/user postgres.{ref} not found",
    ],
  ])("words %j without what belongs to one account", (text, expected) => {
    expect(scrub(text, ["stagesub"])).toBe(expected);
  });

  it("is made beside what client and API say to each other, of a list only what is the run's own", async () => {
    const api = createServer((request, response) => {
      response.writeHead(request.headers.authorization === "Bearer t" ? 200 : 401, {
        "retry-after": "1",
        "x-other": "1",
      });
      response.end(JSON.stringify({ projects: [{ name: "mine" }, { name: "theirs", more: 1 }] }));
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    onTestFinished(() => void api.close());
    const recording: Recording = {};
    const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}/base`;
    const recorder = await startRecorder("supabase", upstream, { recording, own: [], names: ["mine"] });
    onTestFinished(recorder.close);
    const answer = await fetch(`${recorder.baseUrl}/v1/projects?limit=1`, { headers: { authorization: "Bearer t" } });
    expect(((await answer.json()) as { projects: object[] }).projects).toHaveLength(2);
    expect(recording).toEqual({
      "supabase GET /v1/projects?limit": {
        request: {},
        answers: {
          "200": {
            headers: ["retry-after"],
            body: { "": ["object"], ".projects": ["array"], ".projects[]": ["object"], ".projects[].name": ["string"] },
            errors: [],
          },
        },
      },
    });
  });

  it("of an API that is gone shows the client a broken connection", async () => {
    const recording: Recording = {};
    const recorder = await startRecorder("supabase", "http://127.0.0.1:1", { recording, own: [], names: [] });
    onTestFinished(recorder.close);
    await expect(fetch(`${recorder.baseUrl}/v1/projects`)).rejects.toThrow();
    expect(Object.keys(recording["supabase GET /v1/projects"]!.answers)).toEqual(["no answer"]);
  });
});

describe("two recordings", () => {
  const make = (body: object, more: object = {}): Recording => ({
    "supabase GET /v1/projects": {
      request: {},
      answers: { "200": { headers: ["retry-after"], body: addShape({}, body), errors: [] }, ...more },
    },
  });
  const same = { status: "COMING_UP", list: [{ id: 1 }] };

  it("of the same answers do not differ, nor where a word was not said this time", () => {
    const both = make(same);
    addShape(both["supabase GET /v1/projects"]!.answers["200"]!.body, { status: "ACTIVE_HEALTHY" });
    expect(findDifferences(both, both)).toEqual([]);
    expect(findDifferences(both, make(same))).toEqual([]);
  });

  it("differ by request, status, field, type, word, header and wording, each told once", () => {
    const here = make({ status: "RESTING", list: [{ id: "x", more: { deep: true } }], extra: { deep: true } });
    const { answers } = here["supabase GET /v1/projects"]!;
    answers["200"]!.headers = [];
    answers["402"] = { headers: [], body: {}, errors: ["pay | first"] };
    here["supabase POST /v1/projects"] = { request: {}, answers: {} };
    const told = formatDifferences(findDifferences(make(same, { "404": answers["402"] }), here));
    expect(told).toMatchInlineSnapshot(`
      "| request | what | local cloud | here |
      | --- | --- | --- | --- |
      | \`supabase GET /v1/projects\` | 200, headers | retry-after | – |
      | \`supabase GET /v1/projects\` | 200 .extra | – | object |
      | \`supabase GET /v1/projects\` | 200 .list[].id | number | string |
      | \`supabase GET /v1/projects\` | 200 .list[].more | – | object |
      | \`supabase GET /v1/projects\` | 200 .status | – | "RESTING" |
      | \`supabase GET /v1/projects\` | 402 | – | pay \\| first |
      | \`supabase GET /v1/projects\` | 404 | pay \\| first | – |
      | \`supabase POST /v1/projects\` | the request | – | made |"
    `);
  });
});
