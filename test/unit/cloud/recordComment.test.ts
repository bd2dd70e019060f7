import { domainToUnicode } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { DnsRecordFound } from "../../../infra/cloud/cloudflareApi.ts";
import { commentFor, namesMaker, sameHost } from "../../../infra/cloud/recordComment.ts";
import { idRules } from "../../../infra/config/schema/names.ts";
import { reconcileRecords } from "../../../infra/preflight/reconcileRecords.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import { recordBody } from "../../../local/cloud/cloudflare/parseRecord.ts";

/** The names that stack files and the engine let through: a stack's name has up to 100 of these characters. */
const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/).filter((text) => idRules.refuse!(text) === undefined);
const stack = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/);
const maker = fc.tuple(id, stack);

describe("the comment of a DNS record", () => {
  it("is short enough for Cloudflare and names its maker, whatever the names", () => {
    fc.assert(
      fc.property(maker, ([orchestra, stack]) => {
        const comment = commentFor(orchestra, stack);
        expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(100);
        expect(recordBody.parse({ name: "a", type: "CNAME", comment }).comment).toBe(comment);
        expect(namesMaker(comment)).toBe(true);
      }),
    );
  });

  it("differs for another orchestra or another stack, also where both names are too long and begin alike", () => {
    const alike = fc
      .tuple(id, stack, fc.constantFrom("-a", "-b"), fc.constantFrom("a", "b"))
      .map(([orchestra, stack, first, second]): [string, string] => [
        `${orchestra.padEnd(36, "x").slice(0, 36)}${first}`,
        `${stack.padEnd(99, "y").slice(0, 99)}${second}`,
      ]);
    fc.assert(
      fc.property(fc.oneof(maker, alike), fc.oneof(maker, alike), (one, other) => {
        const same = one[0] === other[0] && one[1] === other[1];
        expect(commentFor(...one) === commentFor(...other)).toBe(same);
      }),
    );
    expect(commentFor("malmo", "y".repeat(100))).not.toBe(commentFor("malmo", `${"y".repeat(99)}z`));
  });

  it("is no maker's where a person wrote it", () => {
    for (const comment of [
      "",
      "by hand, 2024",
      "StageSub orchestra malmo",
      "the StageSub orchestra malmo, made by the Pulumi stack x",
    ])
      expect(namesMaker(comment)).toBe(false);
  });

  it("shows both names where they fit, and their beginnings where they do not", () => {
    expect(commentFor("malmo", "production")).toMatchInlineSnapshot(
      `"StageSub orchestra malmo, made by the Pulumi stack production"`,
    );
    expect(commentFor("malmo", "production-of-the-symphony-orchestras-in-the-south-of-sweden")).toMatchInlineSnapshot(
      `"StageSub orchestra malmo, Pulumi stack production-of-th, b145d8cb1e0a0406847f"`,
    );
  });
});

/** Ways in which an API, a dashboard or a person writes one and the same name. */
const spellings = fc
  .tuple(fc.constantFrom("malmo.måndag.se", "malmö.stagesub.com", "malmo.stagesub.com"), fc.nat())
  .map(([host, seed]): [string, string] => {
    const cased = Array.from(host)
      .map((letter, index) => ((seed >> (index % 30)) & 1 ? letter.toUpperCase() : letter))
      .join("");
    const ascii = new URL(`http://${cased}`).hostname;
    return [host, [cased, `${cased}.`, ascii, `${ascii.toUpperCase()}.`, domainToUnicode(ascii)][seed % 5]!];
  });

describe("a name in the DNS", () => {
  it("is the same in any case and script, with or without its closing dot", () => {
    fc.assert(fc.property(spellings, ([host, spelled]) => sameHost(host, spelled)));
    expect(sameHost("malmo.stagesub.com", "malmö.stagesub.com")).toBe(false);
    expect(sameHost("2001:DB8::1", "2001:db8::1")).toBe(true);
  });

  it("is taken where the zone answers it in another spelling", () => {
    const orchestra = (host: string) => ({ id: "malmo", host }) as Plan["orchestras"][number];
    const plan = { stack: "production", zoneId: "0".repeat(32), app: { target: "cname.example.com" } } as Plan;
    fc.assert(
      fc.property(spellings, ([host, name]) => {
        const existing: DnsRecordFound = {
          id: "a",
          name,
          type: "CNAME",
          content: "CNAME.example.com.",
          proxied: false,
          ttl: 1,
          comment: "",
        };
        expect(reconcileRecords({ ...plan, orchestras: [orchestra(host)] }, [existing], []).adopted).toEqual({
          malmo: `${plan.zoneId}/a`,
        });
      }),
    );
  });
});
