import { describe, expect, it } from "vitest";

import { type Run, useEngine } from "../support/engine.ts";

/** Replacements that nobody declared, over the real engine. It does not prove what Supabase does with a second project of one name. */
describe("the program", () => {
  const engine = useEngine({ orchestras: ["gavle", "malmo", "vasteras"], spares: 1 });

  it("makes no second one of what exists for --replace or a taint, in a preview and in an up", async () => {
    // Protection alone would refuse it, too.
    await engine.liftProtection();
    const made = await engine.up();
    expect(made.code, made.output).toBe(0);
    const before = await engine.state();
    // Of one orchestra, whatever depends on the first that is refused is skipped.
    const replaceable = ["project:Project::gavle", "DnsRecord::malmo", "OrchestraRegistration::vasteras"];
    const things = before.filter(({ urn }) => replaceable.some((thing) => urn.endsWith(thing)));
    expect(things).toHaveLength(replaceable.length);
    const refusals = ({ code, output }: Run) => {
      expect(code, output).not.toBe(0);
      return new Set(output.match(/Refusing to replace [^:]+/g));
    };
    const targets = things.flatMap(({ urn }) => ["--replace", urn]);
    // A preview ends at the first refusal.
    expect(refusals(await engine.pulumi("preview", ...targets)).size).toBeGreaterThan(0);
    // Of a database's inside, the second one is the first.
    const spare = before.find(({ type, inputs }) => type.endsWith(":OrchestraDatabase") && !inputs["owner"])!.urn;
    const up = await engine.up(...targets, "--replace", spare);
    expect(refusals(up).size).toBe(things.length);
    expect(up.output).toMatch(/OrchestraDatabase pool-\d+ created replacement/);
    const row = things.find(({ type }) => type.endsWith(":OrchestraRegistration"))!.urn;
    expect((await engine.pulumi("state", "taint", row, "--yes")).code).toBe(0);
    expect([...refusals(await engine.up())]).toEqual(["Refusing to replace the row of vasteras in the main database"]);
    expect((await engine.pulumi("state", "untaint", row, "--yes")).code).toBe(0);
    const { code, output } = await engine.up("--refresh", "--expect-no-changes");
    expect(code, output).toBe(0);
    const ids = (state: typeof before) => state.map(({ urn, id }) => `${urn} ${id}`).sort();
    expect(ids(await engine.state())).toEqual(ids(before));
  });
});
