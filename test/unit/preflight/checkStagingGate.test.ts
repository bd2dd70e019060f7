import { describe, expect, it } from "vitest";

import {
  type Applied,
  findPending,
  migrationsInAll,
  type StagingReport,
  checkStagingGate,
} from "../../../infra/preflight/checkStagingGate.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";

const digest = (letter: string) => letter.repeat(64);
const migrations = { "0001_a.sql": digest("a"), "0002_b.sql": digest("b") };
const registryMigrations = { "0001_r.sql": digest("c") };
const declare = (unproven: string[], ids: string[] = ["malmo"], retired: string[] = []) => {
  const orchestras = [...ids, ...retired].map((id) => ({
    id,
    state: retired.includes(id) ? "retired" : "active",
    database: { kind: "project" },
  })) as Plan["orchestras"];
  const staging = { stack: "staging", unproven };
  return { stack: "production", migrations, registryMigrations, orchestras, staging };
};
const applied = (databases: Applied["databases"], registry: Applied["registry"] = registryMigrations): Applied => ({
  databases,
  registry,
});
const first = { "0001_a.sql": digest("a") };

describe("findPending", () => {
  it("is what the main database or an orchestra that is there has not", () => {
    const plan = declare([], ["malmo", "gavle"]);
    expect(Object.keys(findPending(plan, applied({ malmo: migrations, gavle: first })))).toEqual([
      "orchestra/0002_b.sql",
    ]);
    expect(findPending(plan, applied({ malmo: migrations, gavle: migrations }, {}))).toEqual({
      "registry/0001_r.sql": digest("c"),
    });
  });

  it("counts neither a new orchestra nor a retired one nor a spare", () => {
    const plan = declare([], ["malmo", "new"], ["gone"]);
    expect(findPending(plan, applied({ malmo: migrations, gone: first, "pool-1": first }))).toEqual({});
  });

  it("is everything before there is an orchestra", () => {
    expect(Object.keys(findPending(declare([]), { databases: {}, registry: {} }))).toEqual([
      "registry/0001_r.sql",
      "orchestra/0001_a.sql",
      "orchestra/0002_b.sql",
    ]);
  });
});

describe("migrationsInAll", () => {
  it("is what every database has, byte for byte", () => {
    expect(migrationsInAll([migrations, first], registryMigrations)).toEqual({
      "registry/0001_r.sql": digest("c"),
      "orchestra/0001_a.sql": digest("a"),
    });
    expect(migrationsInAll([migrations, { ...migrations, "0002_b.sql": digest("x") }], {})).toEqual({
      "orchestra/0001_a.sql": digest("a"),
    });
    expect(migrationsInAll([], {})).toEqual({});
  });
});

describe("checkStagingGate", () => {
  const pending = { "orchestra/0002_b.sql": digest("b") };
  const attempt = (unproven: string[], report: StagingReport | undefined, open: Record<string, string> = pending) => {
    try {
      return checkStagingGate(declare(unproven), open, report);
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("lets through what staging has verified, and asks nobody where nothing is pending", () => {
    expect(attempt([], { verified: { ...pending, "orchestra/0001_a.sql": digest("z") } })).toEqual([]);
    expect(attempt([], undefined, {})).toEqual([]);
  });

  it("refuses, in words, what staging lacks and what it has otherwise", () => {
    const open = { ...pending, "registry/0001_r.sql": digest("c") };
    expect(attempt([], { verified: { "registry/0001_r.sql": digest("d") } }, open)).toMatchInlineSnapshot(`
      "Refusing migrations that the stack staging has not proven (stagesub:rollout.staging). Nothing was created or changed.
          orchestra/0002_b.sql: not applied and verified in every database there
          registry/0001_r.sql: another file there, SHA-256 dddddddddddd…, here cccccccccccc…: it was edited since
        do this:  PULUMI_CONTINUE_ON_ERROR=true pulumi up -s staging, then npm run orchestra -- verify -s staging, then this again;
                  or, to go without that proof, say so in the same change of stacks/Pulumi.production.yaml, with the reason in a comment:
                  stagesub:rollout: { …, staging: { stack: staging, unproven: [orchestra/0002_b.sql, registry/0001_r.sql] } }"
    `);
  });

  it("refuses where staging cannot be asked, and lets the files through that the stack file names", () => {
    const failure = "The outputs of the stack staging cannot be read: unknown stack.";
    expect(attempt([], { failure })).toMatchInlineSnapshot(`
      "Refusing migrations that the stack staging has not proven (stagesub:rollout.staging). Nothing was created or changed.
          The outputs of the stack staging cannot be read: unknown stack.
        do this:  PULUMI_CONTINUE_ON_ERROR=true pulumi up -s staging, then npm run orchestra -- verify -s staging, then this again;
                  or, to go without that proof, say so in the same change of stacks/Pulumi.production.yaml, with the reason in a comment:
                  stagesub:rollout: { …, staging: { stack: staging, unproven: [orchestra/0002_b.sql] } }"
    `);
    expect(attempt(["orchestra/0002_b.sql"], { failure })).toEqual([failure]);
    expect(attempt(["orchestra/0002_b.sql"], { verified: {} })).toEqual([]);
  });

  it("warns of an entry that is no longer needed", () => {
    expect(attempt(["orchestra/0002_b.sql"], { verified: pending })).toEqual([
      "stagesub:rollout.staging.unproven names orchestra/0002_b.sql, which staging has proven meanwhile: take it out.",
    ]);
    expect(attempt(["orchestra/0001_a.sql"], { verified: pending })).toEqual([
      "stagesub:rollout.staging.unproven names orchestra/0001_a.sql, which is applied here already: take it out.",
    ]);
  });

  it("refuses an entry that names no migration", () => {
    expect(attempt(["orchestra/0002_bb.sql", "registry/9999_other.sql"], { verified: pending })).toMatchInlineSnapshot(`
      "stagesub:rollout.staging.unproven in stacks/Pulumi.production.yaml: expected files of migrations/, got what is none:
          orchestra/0002_bb.sql: orchestra/0002_b.sql was probably meant
          registry/9999_other.sql: remove it"
    `);
  });
});
