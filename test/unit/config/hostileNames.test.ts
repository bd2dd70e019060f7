import { execFileSync } from "node:child_process";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatPath } from "../../../infra/config/problem.ts";
import { setSecretCommand } from "../../../infra/config/problem.ts";
import { hostileOrchestra } from "../../support/hostileNames.ts";
import { throughConfig, throughDns, throughHtml } from "../../support/namesThrough.ts";
import { messageFor } from "./stackFile.ts";

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

  it("is refused as a subdomain that looks like another in other letters, and said what was meant", () => {
    // Cyrillic "а"; its encoding; full width; letters of mathematics. ASCII that looks alike (rnalmo) is another name.
    const lookalikes = ["m\u0430lmo", "xn--mlmo-5cd", "ｍａｌｍｏ", "𝐦𝐚𝐥𝐦𝐨", "malm\u043e"];
    const messages = lookalikes.map((name) =>
      messageFor(["      name: Malmö Symf", `      subdomain: ${JSON.stringify(name)}\n      name: Malmö Symf`]),
    );
    expect(messages.map((message) => message.split("\n").slice(2).join("\n"))).toMatchInlineSnapshot(`
      [
        "  got:      "mаlmo"
        why:      it holds letters other than a–z
        do this:  choose another, such as malmo",
        "  got:      "xn--mlmo-5cd"
        why:      names that begin with xn-- are encodings of other letters and are used to deceive
        do this:  choose another, such as malmo",
        "  got:      "ｍａｌｍｏ"
        why:      it holds letters other than a–z
        do this:  write malmo",
        "  got:      "𝐦𝐚𝐥𝐦𝐨"
        why:      it holds letters other than a–z
        do this:  write malmo",
        "  got:      "malmо"
        why:      it holds letters other than a–z
        do this:  choose another, such as malmo",
      ]
    `);
  });
});
