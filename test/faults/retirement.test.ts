import { readdir } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";

import { listDnsRecords } from "../../infra/cloud/cloudflareApi.ts";
import { listProjects } from "../../infra/cloud/supabaseApi.ts";
import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { createProject } from "../support/createProject.ts";
import { useEngine } from "../support/engine.ts";
import { findRunProcesses, type Victim } from "./support/findVictims.ts";
import { withSuperuser } from "./support/killVictim.ts";
import { converge, expectDone, waitFor } from "./support/steps.ts";

const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";

/**
 * Retiring that is cut off at each of its steps, and the way back, over the real engine; of an orchestra with a project of its own and of an adopted
 * database. The steps build on each other. It does not prove how long Supabase takes to pause and to restore, nor that it lets one do so.
 */
describe("a retirement", () => {
  const engine = useEngine({ orchestras: ["malmo", "gavle"], spares: 0 });

  const main = () => parseConnectionUrl(engine.env["DATABASE_URL"]!);
  const statusOf = async (id: string) =>
    (await readOrchestraRows(main())).find(({ subdomain }) => subdomain === id)?.status;
  const projectOf = async (name: string) =>
    (await listProjects(engine.supabase(), "stagesub")).find((project) => project.name === name)!;
  const names = async () =>
    (await listDnsRecords(engine.cloudflare(), zoneId)).map(({ name }) => name.split(".")[0]!).sort();
  const backups = async (id: string) =>
    (await readdir(path.join(engine.checkout.dir, "backups/local"))).filter((name) => name.startsWith(`${id}-`));
  const retirements = (id: string) =>
    withClient(main(), async (client) => {
      const sql =
        "SELECT detail->>'file' AS file FROM stagesub.audit WHERE action = 'retired' AND orchestra = $1 ORDER BY id";
      return (await client.query<{ file: string }>(sql, [id])).rows.map(({ file }) => file);
    });
  const mayLogIn = (role: string) =>
    withSuperuser(engine.cloud, async (client) => {
      const { rows } = await client.query<{ may: boolean }>(
        "SELECT rolcanlogin AS may FROM pg_roles WHERE rolname = $1",
        [role],
      );
      return rows[0]!.may;
    });
  /** Something that the orchestra's people wrote. */
  const musicians = (url: string) =>
    withClient(parseConnectionUrl(url), async (client) => {
      const { rows } = await client.query<{ name: string }>('SELECT "firstName" AS name FROM "Musician"');
      return rows.map(({ name }) => name);
    });
  const command = async (...args: string[]) => {
    const { code, stdout, stderr } = await engine.orchestra(...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const pausing = (ms: number): FaultSpec => ({
    ...{ service: "supabase", method: "POST", path: "/pause$", times: 1, action: { kind: "delay", ms } },
  });
  /** Begins an `up`, kills one of its processes with SIGKILL once something is so, and waits for its end. */
  const killOnce = async (victim: Victim, what: string, isSo: () => Promise<boolean>) => {
    const run = engine.start("up", "--yes", "--skip-preview");
    await waitFor(what, isSo);
    const pid = (await findRunProcesses(run.pid)).get(victim);
    expect(pid, `${victim}: ${run.output()}`).toBeDefined();
    process.kill(pid!, "SIGKILL");
    expect((await run.ended).code).not.toBe(0);
    await engine.clearFaults();
  };
  const back = async (id: string) => {
    await command("resume", id);
    expectDone(await engine.up());
    expect(await statusOf(id)).toBe("Active");
  };
  const expectRetired = async (id: string, count: number) => {
    expect(await statusOf(id)).toBe("Retired");
    expect(await mayLogIn(`app_local_${id}_1`)).toBe(false);
    expect(await names()).not.toContain(id);
    const logged = await retirements(id);
    expect(logged).toHaveLength(count);
    expect(await backups(id)).toEqual(expect.arrayContaining(logged));
    expect((await backups(id)).filter((name) => !name.endsWith(".tar"))).toEqual([]);
  };

  it("is undone by resume and one `up`, which restores the project: data, name, logins and passwords are those of before", async () => {
    const url = await createProject(engine, "norrkoping");
    engine.env["SETUP_URL"] = url;
    await command("setup", "env:SETUP_URL", "Norrköpings Symfoniorkester", "norrkoping", "--email", "n@example.se");
    expectDone(await engine.up());
    const before = await engine.outputs<{ connections: Record<string, string> }>();
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    for (const id of ["gavle", "norrkoping"])
      await withClient(parseConnectionUrl(migrators[id]!), (client) =>
        client.query(
          `INSERT INTO "Musician" ("firstName", "lastName", "email") VALUES ('Åke i ${id}', 'Ek', 'a@example.se')`,
        ),
      );
    await command("retire", "gavle", "norrkoping");
    expectDone(await engine.up());
    await expectRetired("gavle", 1);
    await expectRetired("norrkoping", 1);
    expect((await projectOf("local-gavle")).status).toBe("INACTIVE");
    // Not this stack's to pause.
    expect((await projectOf("norrkoping")).status).toBe("ACTIVE_HEALTHY");
    expect(await musicians(url)).toEqual(["Åke i norrkoping"]);

    expect(await command("resume", "gavle", "norrkoping")).toContain("`up` restores it first");
    const preview = await engine.pulumi("preview");
    expectDone(preview);
    expect(preview.output).toMatch(/project local-gavle \(\w+, INACTIVE\) is restored before anything else/);
    expect((await projectOf("local-gavle")).status).toBe("INACTIVE");
    expectDone(await engine.up());
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
    expect(await names()).toEqual(["gavle", "malmo", "norrkoping"]);
    const after = await engine.outputs<{ connections: Record<string, string> }>();
    expect(after.connections).toEqual(before.connections);
    for (const id of ["gavle", "norrkoping"]) {
      expect(await statusOf(id)).toBe("Active");
      expect(await musicians(after.connections[id]!)).toEqual([`Åke i ${id}`]);
    }
  });

  it("of an adopted database ends with the database as it was, its logins shut out, once its lines go", async () => {
    await command("retire", "norrkoping");
    expectDone(await engine.up());
    await expectRetired("norrkoping", 2);
    const file = "stacks/Pulumi.local.yaml";
    const document = parseDocument(await engine.checkout.read(file));
    const write = () => engine.checkout.write(file, document.toString({ lineWidth: 0 }));
    document.setIn(["config", "stagesub:orchestras", "norrkoping", "protect"], false);
    await write();
    expectDone(await engine.up());
    document.deleteIn(["config", "stagesub:orchestras", "norrkoping"]);
    document.deleteIn(["config", "stagesub:adopted"]);
    await write();
    expectDone(await engine.up());
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
    expect(await statusOf("norrkoping")).toBeUndefined();
    expect((await engine.state()).filter(({ urn }) => urn.includes("norrkoping"))).toEqual([]);
    expect((await projectOf("norrkoping")).status).toBe("ACTIVE_HEALTHY");
    expect(await mayLogIn("app_local_norrkoping_1")).toBe(false);
  });

  it("killed once the row says so, the CLI: `up` goes on", async () => {
    await command("retire", "gavle");
    await engine.addFault(pausing(20_000));
    await killOnce("CLI", "the row", async () => (await statusOf("gavle")) === "Retired");
    await converge(engine);
    await expectRetired("gavle", 2);
    await back("gavle");
  });

  it("killed once the app is shut out, the provider: `up` goes on", async () => {
    await command("retire", "gavle");
    await engine.addFault(pausing(20_000));
    await killOnce("dynamic provider", "the app shut out", async () => !(await mayLogIn("app_local_gavle_1")));
    await converge(engine);
    await expectRetired("gavle", 3);
    await back("gavle");
  });

  it("killed while Supabase pauses, the provider: `up` makes no second backup", async () => {
    await command("retire", "gavle");
    await engine.addFault(pausing(20_000));
    await killOnce("dynamic provider", "the backup in the log", async () => (await retirements("gavle")).length === 4);
    const made = await backups("gavle");
    await converge(engine);
    await expectRetired("gavle", 4);
    expect(await backups("gavle")).toEqual(made);
    expect((await projectOf("local-gavle")).status).toBe("INACTIVE");
  });

  it("coming back, killed while Supabase restores, the program: `up` goes on; what Supabase refuses is said, and stops nobody else", async () => {
    await command("resume", "gavle");
    const restore = { service: "supabase", method: "POST", path: "/restore$" } as const;
    const body = { message: "Project has been paused for more than 90 days" };
    await engine.addFault({ ...restore, action: { kind: "status", status: 400, body } });
    await engine.checkout.edit("stacks/Pulumi.local.yaml", "email: malmo@example.se", "email: office@example.se");
    const refused = await engine.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/project local-gavle \(\w+\) stays paused: .*more than 90 days/);
    expect((await readOrchestraRows(main())).find(({ subdomain }) => subdomain === "malmo")?.contactEmail).toBe(
      "office@example.se",
    );
    await engine.clearFaults();

    await engine.addFault({ ...restore, times: 1, action: { kind: "drop", when: "after" } });
    await engine.addFault({ ...restore, times: 1, action: { kind: "delay", ms: 20_000 } });
    await killOnce("program", "the restoration", async () => (await projectOf("local-gavle")).status !== "INACTIVE");
    await converge(engine);
    expect(await statusOf("gavle")).toBe("Active");
    expect(await names()).toEqual(["gavle", "malmo"]);
  });
});
