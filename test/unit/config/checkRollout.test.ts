import { describe, expect, it } from "vitest";

import { messageFor, parse, spoil } from "./stackFile.ts";

const before = "{ canary: [malmo] }";

describe("stagesub:rollout", () => {
  it("takes canaries, waves, what a failure means, and the stack that proves migrations", () => {
    const rollout = "{ canary: [malmo], waves: [[orebro]], onError: continue, staging: { stack: staging } }";
    expect(parse(spoil([before, rollout])).rollout).toEqual({
      canary: ["malmo"],
      waves: [["orebro"]],
      onError: "continue",
      staging: { stack: "staging", unproven: [] },
    });
  });

  it("refuses an orchestra that is in a wave twice, in the canary too, unknown, and a wave of nobody, all at once", () => {
    expect(messageFor([before, "{ canary: [malmo], waves: [[orebro, malmo], [], [orebro, oerebro]] }"]))
      .toMatchInlineSnapshot(`
      "stagesub:rollout.waves[0][1]  (stacks/Pulumi.production.yaml:9:57)
        expected: each orchestra once, in the canary or in one wave
        got:      "malmo", which is in the canary already
        why:      a migration reaches a database once
        do this:  remove it in one of the two places

      stagesub:rollout.waves[1]  (stacks/Pulumi.production.yaml:9:65)
        expected: a wave of at least one orchestra
        got:      an empty list
        do this:  name an orchestra in it, or remove the wave

      stagesub:rollout.waves[2][0]  (stacks/Pulumi.production.yaml:9:70)
        expected: each orchestra once, in the canary or in one wave
        got:      "orebro", which is in wave 1 already
        why:      a migration reaches a database once
        do this:  remove it in one of the two places

      stagesub:rollout.waves[2][1]  (stacks/Pulumi.production.yaml:9:78)
        expected: the id of an orchestra of this stack
        got:      "oerebro", which is none
        why:      orebro was probably meant
        do this:  write orebro"
    `);
  });

  it("keeps a retired orchestra out of a wave", () => {
    expect(
      messageFor(
        [before, "{ waves: [[malmo]] }"],
        ["      database: pool-3\n", "      database: pool-3\n      state: retired\n"],
      ),
    ).toMatchInlineSnapshot(`
      "stagesub:rollout.waves[0][0]  (stacks/Pulumi.production.yaml:9:32)
        expected: an orchestra that migrations reach
        got:      "malmo", whose state is retired
        do this:  name another orchestra, or remove it here"
    `);
  });

  it("refuses a wave that is no list, in words", () => {
    expect(messageFor([before, "{ waves: [orebro] }"])).toMatchInlineSnapshot(`
      "stagesub:rollout.waves[0]  (stacks/Pulumi.production.yaml:9:31)
        expected: a list; in it an orchestra's id
        got:      "orebro" (a text)
        do this:  write it like [ gavle, goteborg ]"
    `);
  });

  it("refuses another word for what a failure means", () => {
    expect(messageFor([before, "{ onError: contine }"])).toMatchInlineSnapshot(`
      "stagesub:rollout.onError  (stacks/Pulumi.production.yaml:9:32)
        expected: one of stop, continue
        got:      "contine"
        why:      continue was probably meant
        do this:  write continue"
    `);
  });

  it("refuses a stack that proves migrations to itself", () => {
    expect(messageFor([before, "{ staging: { stack: production } }"])).toMatchInlineSnapshot(`
      "stagesub:rollout.staging.stack  (stacks/Pulumi.production.yaml:9:41)
        expected: the name of another stack of this program
        got:      "production", which is this one
        why:      a stack proves nothing to itself
        do this:  name the stack that gets migrations first, such as staging"
    `);
  });

  it("refuses an unproven file that is no path of a migration", () => {
    expect(messageFor([before, "{ staging: { stack: staging, unproven: [0012_nickname.sql] } }"]))
      .toMatchInlineSnapshot(`
      "stagesub:rollout.staging.unproven[0]  (stacks/Pulumi.production.yaml:9:61)
        expected: a migration file's path under migrations/
        got:      "0012_nickname.sql"
        why:      it begins with orchestra/ or registry/ and ends with .sql
        do this:  write it like orchestra/0012_nickname.sql"
    `);
  });
});
