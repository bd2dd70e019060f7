import { describe, expect, it } from "vitest";

import type { DnsRecordFound } from "../../../infra/cloud/cloudflareApi.ts";
import { commentFor } from "../../../infra/cloud/recordComment.ts";
import type { RecordedRecord } from "../../../infra/preflight/recordedState.ts";
import { reconcileRecords } from "../../../infra/preflight/reconcileRecords.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";

const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";
const target = "cname.vercel-dns.com";

const existing = (change: Partial<DnsRecordFound> = {}): DnsRecordFound => ({
  ...{
    id: "a".repeat(32),
    name: "malmo.stagesub.com",
    type: "CNAME",
    content: target,
    proxied: false,
    ttl: 1,
    comment: "",
  },
  ...change,
});
const recorded = (change: Partial<RecordedRecord> = {}): RecordedRecord => ({
  ...{ orchestra: "malmo", id: "a".repeat(32), zoneId, name: "malmo.stagesub.com" },
  ...change,
});

function reconcile(existing: DnsRecordFound[], state: RecordedRecord[] = [], ids = ["malmo"]) {
  const orchestras = ids.map((id) => ({ id, host: `${id}.stagesub.com` })) as Plan["orchestras"];
  return reconcileRecords({ stack: "production", zoneId, app: { target }, orchestras } as Plan, existing, state);
}

/** The owner of a DNS record, from the zone's list and the state. The engine's import: test/faults/cloudflare.test.ts. */
describe("a DNS record that exists already", () => {
  it("is adopted where it points at the app and is nobody's, and the preview says so", () => {
    const found = existing({ content: "CNAME.vercel-dns.com.", comment: "by hand, 2024", proxied: true });
    expect(reconcile([found])).toEqual({
      adopted: { malmo: `${zoneId}/${found.id}` },
      notes: [
        {
          code: "record-adopted",
          values: ["malmo", found.id],
          text: `malmo.stagesub.com exists at Cloudflare already and is adopted, not made: CNAME to CNAME.vercel-dns.com., proxied, comment "by hand, 2024", record ${found.id}.`,
        },
      ],
      warnings: [],
    });
  });

  it("is adopted where this stack made it for this orchestra, whatever it points at, and the state has lost it", () => {
    const found = existing({ content: "old.example.com", comment: commentFor("malmo", "production") });
    expect(reconcile([found]).adopted).toEqual({ malmo: `${zoneId}/${found.id}` });
  });

  it("is never imported where the state holds it: the engine would delete it", () => {
    for (const change of [{}, { content: "old.example.com" }, { comment: "by hand" }])
      expect(reconcile([existing(change)], [recorded()])).toEqual({ adopted: {}, notes: [], warnings: [] });
  });

  it("is left alone where it may stand beside ours, or has another name", () => {
    const beside = [
      existing({ type: "TXT", content: "v=spf1 -all" }),
      existing({ type: "MX", content: "mx.example.com" }),
      existing({ name: "www.malmo.stagesub.com", content: "elsewhere.example.com" }),
      existing({ name: "stagesub.com", type: "A", content: "203.0.113.7" }),
    ];
    expect(reconcile(beside)).toEqual({ adopted: {}, notes: [], warnings: [] });
  });

  it("is refused where it is somebody else's, every one at once, its owner shown", () => {
    const records = [
      existing({ id: "1".repeat(32), content: "shop.example.com", comment: "made by hand" }),
      existing({ id: "2".repeat(32), name: "gavle.stagesub.com", type: "A", content: "203.0.113.7", proxied: true }),
      existing({ id: "3".repeat(32), name: "GAVLE.stagesub.com", type: "AAAA", content: "2001:db8::7" }),
      existing({ id: "4".repeat(32), name: "lund.stagesub.com", comment: commentFor("lund", "staging") }),
      existing({ id: "5".repeat(32), name: "umea.stagesub.com", comment: commentFor("lund", "production") }),
      existing({ id: "6".repeat(32), name: "visby.stagesub.com", type: "NS", content: "ns1.example.com" }),
    ];
    expect(() => reconcile(records, [], ["gavle", "lund", "malmo", "umea", "visby"]))
      .toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing to take over DNS records of somebody else: expected none of type A, AAAA, CNAME or NS, or one CNAME to cname.vercel-dns.com that is nobody's. Nothing was created or changed.

        gavle.stagesub.com, for gavle:
          A to 203.0.113.7, proxied, no comment, record 22222222222222222222222222222222
          AAAA to 2001:db8::7, no comment, record 33333333333333333333333333333333
          Delete what is nobody's at Cloudflare, or choose another subdomain for gavle.

        lund.stagesub.com, for lund:
          CNAME to cname.vercel-dns.com, comment "StageSub orchestra lund, made by the Pulumi stack staging", record 44444444444444444444444444444444
          Delete what is nobody's at Cloudflare, or choose another subdomain for lund.

        malmo.stagesub.com, for malmo:
          CNAME to shop.example.com, comment "made by hand", record 11111111111111111111111111111111
          Delete what is nobody's at Cloudflare, or choose another subdomain for malmo.

        umea.stagesub.com, for umea:
          CNAME to cname.vercel-dns.com, comment "StageSub orchestra lund, made by the Pulumi stack production", record 55555555555555555555555555555555
          Delete what is nobody's at Cloudflare, or choose another subdomain for umea.

        visby.stagesub.com, for visby:
          NS to ns1.example.com, no comment, record 66666666666666666666666666666666
          Delete what is nobody's at Cloudflare, or choose another subdomain for visby.]
    `);
  });

  it("is refused where another orchestra of the stack has it, or where it took the place of ours", () => {
    expect(() => reconcile([existing()], [recorded({ orchestra: "lund" })])).toThrow(
      "Orchestra lund of this stack has it. First give that one another subdomain or take it out, and run this; then give malmo the name.",
    );
    expect(() => reconcile([existing({ id: "b".repeat(32) })], [recorded()])).toThrow(
      `The record that the state holds for malmo (${"a".repeat(32)}) is gone. Forget it first: pulumi refresh --stack production. Then run this again.`,
    );
  });

  it("is refused to an orchestra that moves to its name: its own record would be lost by an import", () => {
    const own = recorded({ name: "old.stagesub.com" });
    const previous = existing({ name: "old.stagesub.com" });
    expect(() => reconcile([previous, existing({ id: "b".repeat(32) })], [own])).toThrow(`record ${"b".repeat(32)}`);
    expect(reconcile([previous], [own]).adopted).toEqual({});
  });

  it("shows what others wrote in one line, without control or direction marks", () => {
    const record = existing({ content: "x.example.com", comment: 'a\n"b"\u202e\u0000\u001b[31mc' });
    expect(() => reconcile([record])).toThrow('comment "a "b" [31mc"');
  });
});

describe("a DNS record of the state that is gone", () => {
  it("is warned of, with what to do: made again, or forgotten where the run is to delete it", () => {
    const state = [recorded(), recorded({ orchestra: "lund", id: "b".repeat(32), name: "lund.stagesub.com" })];
    expect(reconcile([], state).warnings.map(({ text }) => text)).toMatchInlineSnapshot(`
      [
        "The DNS record of malmo, malmo.stagesub.com (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa), is in the state and no longer at Cloudflare. Nobody finds the orchestra under its name. Make it again: pulumi up --refresh --stack production",
        "The DNS record of lund, lund.stagesub.com (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb), is in the state and no longer at Cloudflare. Nothing is left to take away. If Cloudflare's provider fails over it all the same, forget it: pulumi refresh --stack production",
      ]
    `);
  });

  it("is no news where the stack moves to another zone", () => {
    expect(reconcile([], [recorded({ zoneId: "f".repeat(32) })]).warnings).toEqual([]);
  });
});
