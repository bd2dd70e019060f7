import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import { type Run, useEngine } from "../support/engine.ts";
import { runOnTerminal } from "../support/runOnTerminal.ts";
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
    expect(await refused()).toContain("orchestra/0012_city.sql: another file there: it was edited since");
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

  it("takes what staging has proven", async () => {
    await engine.checkout.edit(stackFile, ", unproven: [orchestra/0012_city.sql]", "");
    expectDone(await engine.up());
  });

  const typed = { to: "Type rehearsal", keys: "rehearsal\r" };

  it("does not tear down the stack that goes after staging, nor staging while another run holds it", async () => {
    const refused = await engine.orchestra("teardown", "--yes", "local");
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^Refusing to tear down local: .*which goes after rehearsal, with malmo\. .*deletion-refused/,
      ),
    ]);
    const locks = path.join(statePaths(engine.cloud.dir).pulumi, ".pulumi/locks/organization/stagesub/rehearsal");
    await mkdir(locks, { recursive: true });
    await writeFile(path.join(locks, "of-another-run.json"), '{ "pid": 1, "username": "somebody" }');
    const busy = await runOnTerminal(engine, 80, "./stagesub teardown -s rehearsal", typed);
    await rm(locks, { recursive: true });
    expect(busy).toEqual({
      code: 1,
      text: expect.stringMatching(/no other run holds the stack[^]*created by somebody/) as string,
    });
  });

  it("tears staging down once its name is typed, with backups; its file stays, and the other stack asks for nothing", async () => {
    const { code, text } = await runOnTerminal(engine, 140, "./stagesub teardown -s rehearsal", typed);
    engine.hear("teardown", text);
    expect(code, text).toBe(0);
    expect(text).toMatch(
      /malmo +│ malmo +│ malmo\.rehearsal\.stagesub\.localhost +│ rehearsal-malmo \(\w{20}\) +│ users 1/,
    );
    expect(text).toContain("The stack rehearsal is deleted.");
    const backups = await readdir(path.join(engine.checkout.dir, "backups/rehearsal"));
    expect(backups.map((file) => file.split("-2")[0])).toEqual(["malmo", "registry"]);
    expect(await engine.checkout.read("stacks/Pulumi.rehearsal.yaml")).toContain("stagesub:key");
    expect((await staging("stack")).code).not.toBe(0);
    // A new stack of the name may have another key.
    const main = { ...parseConnectionUrl(engine.env["DATABASE_URL"]!), database: "stagesub_rehearsal" };
    const keys = await withClient(main, (client) => client.query("SELECT FROM stagesub.stack_key"));
    expect(keys.rowCount).toBe(0);
    expectDone(await engine.up("--expect-no-changes"));
  });
});
