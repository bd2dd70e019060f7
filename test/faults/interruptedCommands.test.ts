import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { beforeAll, describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { verifyPassword } from "../../infra/database/roles/passwords.ts";
import { createProject } from "../support/createProject.ts";
import { describeDatabase } from "../support/describeDatabase.ts";
import { useEngine } from "../support/engine.ts";
import { startProcess } from "../support/startProcess.ts";
import { chooseSeeds, draw } from "./support/instants.ts";
import { listSessions } from "./support/killVictim.ts";
import { converge, expectDone, waitFor } from "./support/steps.ts";

const seeds = chooseSeeds({ all: 20, few: 3 });

/** Ctrl-C at random instants of the commands that change something. randomInstants.test.ts interrupts `up`. */
describe("a command that is interrupted", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const backups = () => readdir(path.join(engine.checkout.dir, "backups/local"));
  let usualMs: number;

  beforeAll(async () => {
    expectDone(await engine.up());
    const before = Date.now();
    expectDone(await start(["backup"]).ended);
    usualMs = Date.now() - before;
  });

  const start = (args: string[], env: Record<string, string> = {}) => {
    const run = startProcess("./stagesub", {
      args: [...args, "--stack", "local"],
      cwd: engine.checkout.dir,
      env: { ...process.env, ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir, ...env },
    });
    engine.hear(`orchestra ${args[0]}`, () => run.output());
    return run;
  };
  /** Interrupts it at the seed's instant, and waits until it has left every database. */
  const interrupt = async (seed: number, args: string[], env?: Record<string, string>) => {
    const run = start(args, env);
    await sleep(draw(args[0]!, seed) * usualMs);
    try {
      process.kill(run.pid, "SIGINT");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    await run.ended;
    await waitFor("nobody in the databases", async () => (await listSessions(engine.cloud)).length === 0);
  };

  it("backup: leaves whole files or none, and is done by the next", async () => {
    for (const seed of seeds) {
      await interrupt(seed, ["backup"]);
      expect((await backups()).filter((name) => !name.endsWith(".tar"))).toEqual([]);
    }
    expectDone(await start(["backup"]).ended);
  });

  it("restore: leaves all or nothing, and the next restores it and lets the app in", async () => {
    const name = (await backups()).find((file) => file.startsWith("malmo-2"))!;
    const file = path.join(engine.checkout.dir, "backups/local", name);
    const { migrators, connections } = await engine.outputs<Record<"migrators" | "connections", { malmo: string }>>();
    const connection = parseConnectionUrl(migrators.malmo);
    const original = await describeDatabase({ connection });
    const run = (sql: string) => withClient(connection, (client) => client.query<object>(sql));
    for (const seed of seeds) {
      await run(`CREATE TABLE "Later" ("id" int); DELETE FROM "User"`);
      await interrupt(seed, ["restore", "malmo", "--from", file]);
      const { rows } = await run(
        `SELECT to_regclass('"Later"') IS NULL AS restored, (SELECT count(*) > 0 FROM "User") AS filled`,
      );
      expect([
        { restored: true, filled: true },
        { restored: false, filled: false },
      ]).toContainEqual(rows[0]);
      expectDone(await start(["restore", "malmo", "--from", file]).ended);
      expect(await describeDatabase({ connection })).toEqual(original);
      await withClient(parseConnectionUrl(connections.malmo), (client) => client.query("SELECT 1"));
      expect((await backups()).filter((name) => !name.endsWith(".tar"))).toEqual([]);
    }
  });

  it("setup: is completed by the same command, the password in its file opens, and up adopts it", async () => {
    for (const seed of seeds) {
      const url = await createProject(engine, `orchestra-${seed}`);
      const args = ["setup", "env:SETUP_URL", `Orkester ${seed}`, `orkester-${seed}`, "--email", "a@example.se"];
      await interrupt(seed, args, { SETUP_URL: url });
      expectDone(await start(args, { SETUP_URL: url }).ended);
      const file = path.join(engine.checkout.dir, `passwords/local/orkester-${seed}.txt`);
      const password = (await readFile(file, "utf8")).trim().split("\n").at(-1)!;
      const users = await withClient(parseConnectionUrl(url), (client) =>
        client.query<{ passwordHash: string }>('SELECT "passwordHash" FROM "User"'),
      );
      expect(users.rowCount).toBe(1);
      expect(await verifyPassword(password, users.rows[0]!.passwordHash)).toBe(true);
    }
    await converge(engine);
  });
});
