import { execFileSync } from "node:child_process";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatPath } from "../../../infra/config/problem.ts";
import { setSecretCommand } from "../../../infra/config/problem.ts";
import { hostileOrchestra } from "../../support/hostileNames.ts";
import { throughConfig, throughDns, throughHtml } from "../../support/namesThrough.ts";

const batches = fc.array(hostileOrchestra, { minLength: 50, maxLength: 50 });

/** 2,000 made-up orchestras. test/faults/hostileNames.test.ts takes a hundred thousand, and through the databases too. */
describe("a hostile name, contact or subdomain", () => {
  it("is taken as it is or refused, and what is taken is a name for DNS", () => {
    let taken = 0;
    fc.assert(
      fc.property(batches, (entries) => {
        const accepted = throughConfig(entries);
        throughDns(accepted);
        taken += accepted.length;
      }),
      { numRuns: 40, endOnFailure: true },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it("stays text on every page, also where the stack file would have refused it", () => {
    fc.assert(fc.property(batches, throughHtml), { numRuns: 40, endOnFailure: true });
  });

  it("is one word of the command that a refusal suggests, whatever a shell would make of it", () => {
    for (const id of [`a'; touch /tmp/owned; '`, "$(touch /tmp/owned)", "`id`", "a b", "\\'", "\u202e\u001b[31m"]) {
      const path = ["stagesub:adopted", id, "url"];
      const script = `set -- ${setSecretCommand(path, "production")}; printf '%s|%s' $# "$6"`;
      expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(`8|${formatPath(path)}`);
    }
  });
});
