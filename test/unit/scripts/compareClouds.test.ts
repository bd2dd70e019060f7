import { describe, expect, it } from "vitest";

import type { DnsRecordFound } from "../../../infra/cloud/cloudflareApi.ts";
import type { CloudReading, SecuritySettings } from "../../../scripts/fleet/observeClouds.ts";
import type { SupabaseProject } from "../../../infra/cloud/supabaseApi.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import { compareProject, compareRecord } from "../../../scripts/fleet/compareClouds.ts";

const ref = "abcdefghijklmnopqrst";
const supabase: Plan["supabase"] = {
  ...{ organization: "stagesub", region: "eu-north-1", size: "micro", connect: "session", protect: true },
  networkRestrictions: ["203.0.113.0/24", "2001:db8::/32"],
};
const settings: SecuritySettings = {
  tls: "enforced",
  networks: { cidrs: ["203.0.113.0/24", "2001:db8::/32"], state: "applied" },
  schemas: [],
};
const project: SupabaseProject = {
  ref,
  name: "production-malmo",
  region: "eu-north-1",
  status: "ACTIVE_HEALTHY",
  size: "micro",
};

function projectTexts(
  change: Partial<SupabaseProject> | null,
  found: Partial<SecuritySettings> | Error = {},
): string[] {
  const clouds: CloudReading = {
    projects: change === null ? [] : [{ ...project, ...change }],
    records: [],
    refs: new Map([["malmo", ref]]),
    settings: new Map([[ref, found instanceof Error ? found : { ...settings, ...found }]]),
  };
  return compareProject({ stack: "production", supabase }, "malmo", clouds).map(({ kind, text }) => `${kind}, ${text}`);
}

describe("a project against its declaration", () => {
  it("is in order where Supabase says what is declared", () => {
    expect(projectTexts({})).toEqual([]);
  });

  it("differs in its name, its size, its status, and where it is gone", () => {
    const seen = [{ name: "Malmö" }, { size: "nano" }, { status: "INACTIVE", trouble: "Paused." }, null].flatMap(
      (change) => projectTexts(change),
    );
    expect(seen).toMatchInlineSnapshot(`
      [
        "drift, its project abcdefghijklmnopqrst is called Malmö; expected production-malmo",
        "drift, its project abcdefghijklmnopqrst has the size nano; expected micro",
        "drift, its project abcdefghijklmnopqrst is INACTIVE: Paused.",
        "drift, its project abcdefghijklmnopqrst is no longer at Supabase, or the token does not see it",
      ]
    `);
  });

  it("differs in each setting that keeps strangers out", () => {
    const seen = [
      ...(["optional", "pending", "unavailable"] as const).map((tls) => ({ tls })),
      ...[["203.0.113.0/24"], ["0.0.0.0/0", "::/0"], []].map((cidrs) => ({
        networks: { cidrs, state: "applied" as const },
      })),
      { networks: { ...settings.networks, state: "stored" as const } },
      { schemas: ["public", "storage"] },
    ].flatMap((found) => projectTexts({}, found));
    expect(seen).toMatchInlineSnapshot(`
      [
        "drift, TLS: its project abcdefghijklmnopqrst takes connections without TLS; expected it to refuse them",
        "drift, TLS: its project abcdefghijklmnopqrst was told to refuse connections without TLS and does not yet",
        "drift, TLS: its project abcdefghijklmnopqrst takes connections without TLS, and Supabase does not let it refuse them: look at its plan",
        "drift, networks: 203.0.113.0/24 may connect to its project abcdefghijklmnopqrst; expected 203.0.113.0/24, 2001:db8::/32",
        "drift, networks: 0.0.0.0/0, ::/0 may connect to its project abcdefghijklmnopqrst; expected 203.0.113.0/24, 2001:db8::/32",
        "drift, networks: none may connect to its project abcdefghijklmnopqrst; expected 203.0.113.0/24, 2001:db8::/32",
        "drift, networks: Supabase keeps the restrictions of its project abcdefghijklmnopqrst and does not apply them (stored)",
        "drift, Data API: its project abcdefghijklmnopqrst serves the schemas public, storage; expected none",
      ]
    `);
  });

  it("is not taken for in order where its settings cannot be read", () => {
    expect(projectTexts({}, new Error("Supabase: no answer."))).toEqual([
      "unseen, its project's settings: Supabase: no answer.",
    ]);
  });
});

describe("a record against its declaration", () => {
  const plan = {
    stack: "production",
    app: { target: "cname.example.com", proxied: false, urlTemplate: "", urlParameters: "" },
  };
  const comment = "StageSub orchestra malmo, made by the Pulumi stack production";
  const record: DnsRecordFound = {
    id: "1",
    name: "malmo.stagesub.com",
    type: "CNAME",
    content: "cname.example.com",
    proxied: false,
    ttl: 1,
    comment,
  };
  const texts = (...records: Partial<DnsRecordFound>[]) =>
    compareRecord(
      plan,
      { id: "malmo", host: "malmo.stagesub.com" },
      records.map((change) => ({ ...record, ...change })),
    ).map(({ text }) => text);

  it("is in order in any spelling, with what may stand beside it", () => {
    expect(
      texts(
        { name: "Malmo.StageSub.com.", content: "CNAME.Example.com." },
        { type: "TXT" },
        { name: "gavle.stagesub.com", content: "x" },
      ),
    ).toEqual([]);
  });

  it("differs where it is hijacked, doubled, proxied, kept longer, or says another maker", () => {
    expect([
      texts(),
      texts({ content: "evil.example.net" }),
      texts({ type: "A", content: "192.0.2.7" }),
      texts({}, { type: "AAAA", content: "2001:db8::7" }),
      texts({ proxied: true }),
      texts({ ttl: 300 }),
      texts({ comment: "" }),
      texts({ comment: "StageSub orchestra malmo,\u202e made by the Pulumi stack staging" }),
    ]).toMatchInlineSnapshot(`
      [
        [
          "DNS: malmo.stagesub.com has no record; expected CNAME to cname.example.com, not proxied, TTL automatic",
        ],
        [
          "DNS: malmo.stagesub.com is CNAME to evil.example.net, not proxied, TTL automatic; expected CNAME to cname.example.com, not proxied, TTL automatic",
        ],
        [
          "DNS: malmo.stagesub.com is A to 192.0.2.7, not proxied, TTL automatic; expected CNAME to cname.example.com, not proxied, TTL automatic",
        ],
        [
          "DNS: malmo.stagesub.com is AAAA to 2001:db8::7, not proxied, TTL automatic; expected CNAME to cname.example.com, not proxied, TTL automatic",
        ],
        [
          "DNS: malmo.stagesub.com is CNAME to cname.example.com, proxied, TTL automatic; expected CNAME to cname.example.com, not proxied, TTL automatic",
        ],
        [
          "DNS: malmo.stagesub.com is CNAME to cname.example.com, not proxied, TTL 300; expected CNAME to cname.example.com, not proxied, TTL automatic",
        ],
        [
          "DNS: the record of malmo.stagesub.com has no comment; expected "StageSub orchestra malmo, made by the Pulumi stack production", by which this stack knows it again",
        ],
        [
          "DNS: the record of malmo.stagesub.com has the comment "StageSub orchestra malmo, made by the Pulumi stack staging"; expected "StageSub orchestra malmo, made by the Pulumi stack production", by which this stack knows it again",
        ],
      ]
    `);
  });
});
