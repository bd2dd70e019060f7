import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  type Connection,
  formatConnectionUrl,
  parseConnectionUrl,
} from "../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import { type Run, useEngine } from "../support/engine.ts";
import { type RegistryGate, startRegistryGate } from "./support/registryGate.ts";

/**
 * The main database goes away during a `pulumi up`: an orchestra is Active only where its registration was committed, and one plain rerun
 * completes the others. Each statement of a registration is cut off in test/database/registrationFaults.test.ts.
 */
describe("a main database that is down", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  let direct: Connection;
  let gate: RegistryGate;

  beforeAll(async () => {
    direct = parseConnectionUrl(engine.env["DATABASE_URL"]!);
    gate = await startRegistryGate(direct.port);
    engine.env["DATABASE_URL"] = formatConnectionUrl({ ...direct, port: gate.port });
    expectCode(await engine.up(), 0);
  });
  afterAll(() => gate.close());

  const expectCode = ({ code, output }: Run, expected: number) => {
    expect(code, output).toBe(expected);
    expect(output).not.toContain(direct.password);
    return output;
  };
  const statuses = async () => {
    const rows = await readOrchestraRows(direct);
    return rows.map(({ subdomain, status }) => `${subdomain} ${status}`).sort();
  };
  const registered = async (): Promise<string[]> => {
    const state = await engine.state();
    const found = state.filter(({ type }) => type.endsWith(":OrchestraRegistration"));
    return found.map(({ urn }) => urn.split("::")[3]!).sort();
  };

  it("leaves an orchestra not Active anywhere, and lets the others through: before, at COMMIT, its answer lost", async () => {
    await engine.declare("gavle", "kiruna", "lund");
    gate.cuts = { gavle: "before", kiruna: "at COMMIT", lund: "after COMMIT" };
    const output = expectCode(await engine.up(), 1);
    expect(output).toContain("the main database: the connection to the database was lost");
    expect(output).toContain("lost during COMMIT: all of it is done, or nothing, never half");
    // A registration that the server committed is whole: nothing follows it, so Active is true of it.
    expect(await statuses()).toEqual(["lund Active", "malmo Active"]);
    expect(await registered()).toEqual(["malmo"]);
  });

  it("refuses a preview that must ask it, in words", async () => {
    gate.shut = true;
    const { code, output } = await engine.pulumi("preview");
    gate.shut = false;
    expect(code, output).not.toBe(0);
    expect(output).toContain(`Cannot connect to 127.0.0.1:${gate.port} as `);
  });

  it("is made good by one plain rerun, and the next changes nothing: every row once", async () => {
    gate.cuts = {};
    const before = await readOrchestraRows(direct);
    expectCode(await engine.up(), 0);
    expect(await statuses()).toEqual(["gavle Active", "kiruna Active", "lund Active", "malmo Active"]);
    const after = await readOrchestraRows(direct);
    expect(after).toHaveLength(4);
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
    expect(await registered()).toEqual(["gavle", "kiruna", "lund", "malmo"]);
    expectCode(await engine.up("--refresh", "--expect-no-changes"), 0);
  });
});
