import { beforeAll, describe, expect, it } from "vitest";

import { type Run, useEngine } from "../support/engine.ts";
import { initSecondStack } from "../support/secondStack.ts";
import { expectDone } from "./support/steps.ts";

/**
 * Two stacks in one backend over one local cloud, with the same orchestra and pool: `local` takes what `rehearsal` has proven. The steps build
 * on each other. It does
 * not prove how Pulumi Cloud gives another stack's outputs away.
 */
describe("staging first", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 1 });
  const stackFile = "stacks/Pulumi.local.yaml";
  const file = "migrations/orchestra/0012_city.sql";
  const migration = (column: string) =>
    `-- Up Migration\nALTER TABLE "Musician" ADD COLUMN "${column}" text;\n\n-- Down Migration\nSELECT 1;\n`;
  let staging: (...args: string[]) => Promise<Run>;
  const refused = async () => {
    const runs = [await engine.pulumi("preview"), await engine.up()];
    for (const { code, output } of runs) {
      expect(code).not.toBe(0);
      expect(output).toContain("Refusing migrations that the stack rehearsal has not proven");
      expect(output).not.toMatch(/OrchestraDatabase|\.ts:\d+/);
    }
    return runs[0]!.output;
  };

  beforeAll(async () => {
    expectDone(await engine.up());
    staging = await initSecondStack(engine, "rehearsal");
    await engine.checkout.edit(stackFile, "canary: [ malmo ]", "canary: [malmo], staging: { stack: rehearsal }");
  });

  it("asks nobody while nothing is pending, though staging was never there", async () => {
    expectDone(await engine.up("--expect-no-changes"));
  });

  it("refuses what is pending where staging is empty, or no stack", async () => {
    await engine.checkout.write(file, migration("city"));
    expect(await refused()).toContain("The stack rehearsal has no output `verified`");
    await engine.checkout.edit(stackFile, "stack: rehearsal", "stack: stagign");
    const { output } = await engine.pulumi("preview");
    await engine.checkout.edit(stackFile, "stack: stagign", "stack: rehearsal");
    expect(output).toMatch(/The outputs of the stack stagign cannot be read: .*unknown stack/);
    expect(output).toContain("pulumi up -s stagign");
  });

  it("refuses what staging has not applied, or as another file, by name", async () => {
    await engine.checkout.write(file, "-- Up Migration\nSELECT 1 / 0;\n\n-- Down Migration\nSELECT 1;\n");
    expect((await staging("up", "--yes", "--skip-preview")).code).not.toBe(0);
    // It was made in one transaction, of which nothing is left.
    expect(await refused()).toContain("orchestra/0012_city.sql: not applied and verified in every database there");
    await engine.checkout.write(file, migration("city"));
    expectDone(await staging("up", "--yes", "--skip-preview"));
    await engine.checkout.write(file, migration("town"));
    expect(await refused()).toContain("orchestra/0012_city.sql: another file there, SHA-256 ");
  });

  it("lets through what the same change names as unproven, and says when the entry has had its time", async () => {
    await engine.checkout.edit(
      stackFile,
      "{ stack: rehearsal }",
      "{ stack: rehearsal, unproven: [orchestra/0012_city.sql] }",
    );
    expectDone(await engine.pulumi("preview"));
    await engine.checkout.write(file, migration("city"));
    const { code, output } = await engine.pulumi("preview");
    expect(code, output).toBe(0);
    expect(output).toContain("names orchestra/0012_city.sql, which rehearsal has proven meanwhile: take it out");
  });

  it("takes what staging has proven, and what is applied is not asked about again, whatever staging says later", async () => {
    await engine.checkout.edit(stackFile, ", unproven: [orchestra/0012_city.sql]", "");
    expectDone(await engine.up());
    expectDone(await staging("config", "set", "--path", "stagesub:supabase.protect", "false"));
    expectDone(await staging("up", "--yes", "--skip-preview"));
    expectDone(await staging("destroy", "--yes", "--skip-preview"));
    expectDone(await engine.up("--expect-no-changes"));
  });
});
