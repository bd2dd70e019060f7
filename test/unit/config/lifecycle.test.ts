import { describe, expect, it } from "vitest";
import { goodFile, messageFor, parse, spoil } from "./stackFile.ts";

const since = (text: string): [string, string] => [
  'contact: { name: Orkesterkontoret, email: orebro@example.se }\n      since: "2026-11-22"',
  `contact: { name: Orkesterkontoret, email: orebro@example.se }\n      since: "2026-11-22"\n${text}`,
];

describe("an orchestra's state", () => {
  it("may be each of its life's", () => {
    for (const state of ["active", "suspended", "retired"] as const)
      expect(parse(spoil(since(`      state: ${state}`))).orchestras["orebro"]!.state).toBe(state);
    expect(parse(goodFile).orchestras["orebro"]!.state).toBeUndefined();
  });

  it("is none that there is not", () => {
    expect(messageFor(since("      state: retierd"))).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.state  (stacks/Pulumi.production.yaml:25:14)
        expected: one of active, suspended, retired
        got:      "retierd"
        why:      retired was probably meant
        do this:  write retired"
    `);
  });

  it("lets an orchestra be deleted only once it is retired", () => {
    expect(parse(spoil(since("      state: retired\n      protect: false"))).orchestras["orebro"]!.protect).toBe(false);
    expect(messageFor(since("      state: suspended\n      protect: false"))).toMatchInlineSnapshot(`
      "stagesub:orchestras.orebro.protect  (stacks/Pulumi.production.yaml:26:16)
        expected: \`protect: false\` beside \`state: retired\` alone
        got:      false at an orchestra that is not retired
        why:      retiring backs its database up; without that its data would be lost
        do this:  remove the line, or retire it first: npm run orchestra -- retire orebro"
    `);
  });

  it("keeps a retired orchestra from being a canary", () => {
    expect(messageFor(["      database: pool-3\n", "      database: pool-3\n      state: retired\n"]))
      .toMatchInlineSnapshot(`
      "stagesub:rollout.canary[0]  (stacks/Pulumi.production.yaml:9:32)
        expected: an orchestra that migrations reach
        got:      "malmo", whose state is retired
        why:      a canary that no migration reaches protects nobody
        do this:  name another orchestra, or remove it here"
    `);
  });
});
