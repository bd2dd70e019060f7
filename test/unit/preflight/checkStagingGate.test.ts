import { describe, expect, it } from "vitest";

import {
  checkStagingGate,
  formatVerified,
  parseVerified,
  type StagingReport,
} from "../../../infra/preflight/checkStagingGate.ts";

const digest = (letter: string) => letter.repeat(64);
const pending = { "orchestra/0002_b.sql": digest("b") };

/** By way of the output of staging's stack. */
const report = (verified: Record<string, string>): StagingReport => ({
  verified: parseVerified(formatVerified(verified)),
});

function check(unproven: string[], report: StagingReport | undefined, open: Record<string, string> = pending) {
  const plan = {
    stack: "production",
    migrations: { "0001_a.sql": digest("a"), "0002_b.sql": digest("b") },
    registryMigrations: { "0001_r.sql": digest("c") },
    staging: { stack: "staging", unproven },
  };
  return checkStagingGate(plan, open, report);
}

describe("checkStagingGate", () => {
  it("lets through what staging has verified, and asks nobody where nothing is pending", () => {
    expect(check([], report({ ...pending, "orchestra/0001_a.sql": digest("e") }))).toEqual([]);
    expect(check([], undefined, {})).toEqual([]);
  });

  it("refuses the files that staging lacks or has otherwise", () => {
    const open = { ...pending, "registry/0001_r.sql": digest("c") };
    expect(() => check([], report({ "registry/0001_r.sql": digest("d") }), open)).toThrowErrorMatchingInlineSnapshot(`
      [UserError: Refusing migrations that the stack staging has not proven (stagesub:rollout.staging). Nothing was created or changed.
          orchestra/0002_b.sql: not applied and verified in every database there
          registry/0001_r.sql: another file there: it was edited since
        do this:  PULUMI_CONTINUE_ON_ERROR=true pulumi up -s staging, then ./stagesub verify -s staging, then this again;
                  or, to go without that proof, say so in the same change of stacks/Pulumi.production.yaml, with the reason in a comment:
                  stagesub:rollout: { …, staging: { stack: staging, unproven: [orchestra/0002_b.sql, registry/0001_r.sql] } }]
    `);
  });

  it("refuses where staging cannot be asked, and lets the files through that the stack file names", () => {
    const failure = "The outputs of the stack staging cannot be read: unknown stack.";
    expect(() => check([], { failure })).toThrow(`\n    ${failure}\n`);
    expect(check(["orchestra/0002_b.sql"], { failure })).toEqual([failure]);
    expect(check(["orchestra/0002_b.sql"], report({}))).toEqual([]);
  });

  it.each([
    ["orchestra/0002_b.sql", "staging has proven meanwhile"],
    ["orchestra/0001_a.sql", "is applied here already"],
  ])("warns of %s in the stack file where it %s", (file, why) => {
    const text = `stagesub:rollout.staging.unproven names ${file}, which ${why}: take it out.`;
    expect(check([file], report(pending))).toEqual([text]);
  });

  it("refuses an entry that names no migration", () => {
    expect(() => check(["orchestra/0002_bb.sql", "registry/9999_other.sql"], report(pending)))
      .toThrowErrorMatchingInlineSnapshot(`
      [UserError: stagesub:rollout.staging.unproven in stacks/Pulumi.production.yaml: expected files of migrations/, found others:
          orchestra/0002_bb.sql: orchestra/0002_b.sql was probably meant
          registry/9999_other.sql: remove it]
    `);
  });
});
