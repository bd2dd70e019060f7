import { describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { createProject } from "../support/createProject.ts";
import { type Engine, useEngine } from "../support/engine.ts";
import { makeSecondStack } from "../support/secondStack.ts";
import { findRunProcesses, listProcessesIn } from "./support/findVictims.ts";
import { withSuperuser } from "./support/killVictim.ts";
import { readEndState } from "./support/readEndState.ts";
import { expectDone, waitFor } from "./support/steps.ts";

/**
 * Runs that meet. The steps build on each other. It does not prove what other backends than a folder do with their locks.
 */
describe("two runs at once", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });

  it("of two stacks over one main database: both are done, each orchestra is registered once", async () => {
    const second = await makeSecondStack(engine, "second");
    const runs = await Promise.all([engine.up(), second("up", "--yes", "--skip-preview")]);
    runs.forEach(expectDone);
    expect(await registered(engine)).toEqual(["local malmo", "second lund"]);
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
    expectDone(await second("up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"));
  });

  it("of one stack: one is done, the other refuses and names the first", async () => {
    await engine.checkout.edit("stacks/Pulumi.local.yaml", "email: malmo@example.se", "email: office@example.se");
    const runs = await Promise.all([engine.up(), engine.up()]);
    const [done, refused] = runs.sort((a, b) => a.code - b.code);
    expectDone(done);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/currently locked by 1 lock.*`pulumi cancel`.*created by .* \(pid \d+\)/s);
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
  });

  it("where the first one's CLI is killed while its provider works on: the second refuses and names what helps", async () => {
    await engine.checkout.write("migrations/orchestra/0099_slow.sql", slowMigration);
    const run = engine.start("up", "--yes", "--skip-preview");
    await waitFor("a migration under way", () => isMigrating(engine));
    const provider = (await findRunProcesses(run.pid)).get("dynamic provider");
    process.kill(run.pid, "SIGKILL");
    await run.ended;

    const refused = await engine.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(
      new RegExp(`currently locked by 1 lock.*\`pulumi cancel\`.*\\(pid ${run.pid}\\)`, "s"),
    );
    expectDone(await engine.pulumi("cancel", "--yes"));
    // The others see within a second that the engine has gone.
    await waitFor("one process left", async () => (await listProcessesIn(engine.checkout.dir)).length === 1);
    expect(await listProcessesIn(engine.checkout.dir)).toEqual([provider]);
    expect(await isMigrating(engine)).toBe(true);
  });

  it("then waits until that provider is done, finds nothing left to do, and that provider goes", async () => {
    const rerun = engine.up();
    await waitFor("both at work", async () => (await listRuns(engine)).length === 2);
    await withSuperuser(engine.cloud, (client) => client.query("CREATE ROLE go_on"));
    expectDone(await rerun);
    expectDone(await engine.up("--expect-no-changes"));
    expect(await readEndState(engine)).toMatchObject({
      projects: ["local-malmo ACTIVE_HEALTHY", "second-lund ACTIVE_HEALTHY"],
      pendingOperations: [],
    });
    await waitFor("no process left", async () => (await listProcessesIn(engine.checkout.dir)).length === 0);
  });

  it("an up and a setup: the orchestra is set up once, and the next up adopts it as it is", async () => {
    const url = await createProject(engine, "gavle");
    engine.env["SETUP_URL"] = url;
    const setup = engine.orchestra(
      "setup",
      "env:SETUP_URL",
      "Gävle Symfoniorkester",
      "gavle",
      "--email",
      "g@example.se",
    );
    const [up, { code, stderr }] = await Promise.all([engine.up(), setup]);
    expectDone(up);
    expect(code, stderr).toBe(0);
    expectDone(await engine.up());
    expectDone(await engine.up("--expect-no-changes"));
    expect(await registered(engine)).toEqual(["local gavle", "local malmo", "second lund"]);
    const users = await withClient(parseConnectionUrl(url), (client) => client.query('SELECT FROM "User"'));
    expect(users.rowCount).toBe(1);
  });
});

/** Waits for a role, which the test makes. */
const slowMigration = `-- Up Migration
-- accept: do-block: waits for the test; a refresh says that it has no schema file
DO $$ BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'go_on') LOOP PERFORM pg_sleep(0.05); END LOOP;
END $$;

-- Down Migration
SELECT 1;
`;

async function isMigrating({ cloud }: Engine): Promise<boolean> {
  return withSuperuser(cloud, async (client) => {
    const { rows } = await client.query(
      "SELECT FROM pg_stat_activity WHERE application_name LIKE 'stagesub %' AND query LIKE '%go_on%' AND state = 'active'",
    );
    return rows.length > 0;
  });
}

/** Lists the processes of this program that are in a database, by the names under which they connect. */
async function listRuns({ cloud }: Engine): Promise<string[]> {
  return withSuperuser(cloud, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'stagesub %@%'",
    );
    return rows.map(({ name }) => name);
  });
}

/** Lists the registrations in the main database's audit. */
async function registered(engine: Engine): Promise<string[]> {
  const registry = parseConnectionUrl(engine.env["DATABASE_URL"]!);
  const { rows } = await withClient(registry, (client) =>
    client.query<{ event: string }>(
      "SELECT stack || ' ' || orchestra AS event FROM stagesub.audit WHERE action = 'registered' ORDER BY 1",
    ),
  );
  return rows.map(({ event }) => event);
}
