import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { createProject } from "../support/createProject.ts";
import { useEngine } from "../support/engine.ts";
import { loseState, readWhatStands } from "../support/loseState.ts";
import { expectDone } from "./support/steps.ts";

const stackFile = "stacks/Pulumi.local.yaml";

/**
 * Orchestras of every kind and state, over the real engine, whose state is deleted. The steps build on each other. randomInstants.test.ts
 * proves the same of runs that are cut off.
 */
describe("a stack whose state was lost", () => {
  const engine = useEngine({ orchestras: ["malmo", "gavle", "norrkoping", "vasteras"], spares: 1 });
  const edit = (id: string, lines: string) => engine.checkout.edit(stackFile, `    ${id}:\n`, `    ${id}:\n${lines}`);
  const setSecret = async (key: string, value: string) => {
    const args = ["config", "set", "--secret", "--path", key, "--stack", "local", "--non-interactive"];
    const env = { ...process.env, ...engine.env };
    await readPulumi(args, { cwd: engine.checkout.dir, env, input: value });
  };

  it("is found again by one up: projects, a claimed and a spare database, an adopted one, a suspended and a retired orchestra", async () => {
    const lund = await createProject(engine, "by-hand");
    await edit(
      "malmo",
      '      name: Malmö Symfoniorkester\n      contact: { name: Å, email: malmo@example.se }\n      since: "2026-09-01"\n    lund:\n      database: adopted\n',
    );
    await setSecret("stagesub:adopted.lund.url", lund);
    await setSecret("stagesub:adopted.lund.direct", lund);
    expectDone(await engine.up());
    await edit("gavle", "      state: suspended\n");
    await edit("norrkoping", "      state: retired\n");
    expectDone(await engine.up());

    const before = await readWhatStands(engine);
    expect(JSON.stringify(before)).toContain("INACTIVE");
    await loseState(engine);
    const preview = await engine.pulumi("preview");
    expectDone(preview);
    expectDone(await engine.up());
    expect(await readWhatStands(engine)).toEqual(before);
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
  });

  it("gives a retired orchestra back, with its project, when it is asked to", async () => {
    await engine.checkout.edit(stackFile, "      state: retired\n", "");
    expectDone(await engine.up());
    expect((await engine.outputs<Outputs>()).orchestras["norrkoping"]).toMatchObject({ status: "Active" });
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
  });

  it("refuses to retire what the state does not hold yet, and to forget an orchestra that has a row", async () => {
    const text = await engine.checkout.read(stackFile);
    await loseState(engine);
    await edit("lund", "      state: retired\n");
    const early = await engine.pulumi("preview");
    expect(early.code).not.toBe(0);
    expect(early.output).toContain(
      "Refusing to retire lund: expected an orchestra that was registered, got none in the state",
    );
    await engine.checkout.write(stackFile, text.replace(/ {4}gavle:\n( {6}.*\n)+/, ""));
    const gone = await engine.pulumi("preview");
    expect(gone.code).not.toBe(0);
    expect(gone.output).toContain("Refusing to delete orchestra gavle, which the stack file no longer has");
    await engine.checkout.write(stackFile, text);
    expectDone(await engine.up());
  });

  it("gets a new key for every database, and refuses another one in its place", async () => {
    const before = await engine.outputs<Outputs>();
    const old = (await engine.pulumi("config", "get", "stagesub:key")).output.trim();
    await setSecret("stagesub:key", randomBytes(32).toString("base64"));
    const wrong = await engine.pulumi("preview");
    expect(wrong.code).not.toBe(0);
    expect(wrong.output).toContain(
      "Refusing the stack's key: expected the stagesub:key that the databases' passwords were made from",
    );
    await setSecret("stagesub:previousKey", old);
    expectDone(await engine.pulumi("config", "set", "stagesub:keyVersion", "2"));
    // The state is lost on top of it: the key before opens what has not got its new password yet.
    await loseState(engine);
    expectDone(await engine.up());
    expectDone(await engine.pulumi("config", "rm", "stagesub:previousKey"));
    expectDone(await engine.up("--refresh", "--expect-no-changes"));

    const after = await engine.outputs<Outputs>();
    const open = (url: string) => withClient(parseConnectionUrl(url), async () => "open");
    for (const id of Object.keys(after.connections)) {
      expect(after.connections[id], id).not.toBe(before.connections[id]);
      // The app's login of before goes on for three days.
      for (const url of [after.connections[id]!, before.connections[id]!]) expect(await open(url), id).toBe("open");
    }
    for (const id of ["malmo", "gavle", "pool-1", "pool-2"]) {
      expect(await open(after.migrators[id]!), id).toBe("open");
      await expect(open(before.migrators[id]!), id).rejects.toThrow("password authentication failed");
    }
    // Nobody had used the one-time passwords, so they come from the new key.
    const { code, stdout } = await engine.orchestra("verify", "--wait", "0", "--json");
    const { orchestras } = JSON.parse(stdout) as { orchestras: { id: string; ok: boolean; checks: object }[] };
    expect(orchestras.filter(({ id, ok }) => !ok && id !== "gavle")).toEqual([]);
    expect([0, 7]).toContain(code);
  });
});

interface Outputs {
  orchestras: Record<string, { status: string }>;
  connections: Record<string, string>;
  migrators: Record<string, string>;
}
