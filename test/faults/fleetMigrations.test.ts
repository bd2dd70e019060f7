import { rm } from "node:fs/promises";
import path from "node:path";

import { beforeAll, describe, expect, it, vi } from "vitest";

import { type Connection, parseConnectionUrl } from "../../infra/database/connection/connection.ts";
import { migrationLock } from "../../infra/database/connection/withLockedTransaction.ts";
import type { Fleet } from "../../scripts/fleet/readFleet.ts";
import { connect, query } from "../database/support.ts";
import { useEngine } from "../support/engine.ts";
import { expectDone } from "./support/steps.ts";

/**
 * Migrations that fail on one orchestra of a fleet: their reach, the messages and the next run. The steps build on each
 * other. noTransaction.test.ts and connections.test.ts test a single database. This suite does not prove how long waves take.
 */
describe("a fleet's migrations", () => {
  const engine = useEngine({ orchestras: ["malmo", "gavle", "goteborg", "norrkoping"], spares: 1 });
  const stackFile = "stacks/Pulumi.local.yaml";
  const write = (name: string, up: string, mark = "") =>
    engine.checkout.write(
      `migrations/orchestra/${name}.sql`,
      `${mark}-- Up Migration\n${up}\n\n-- Down Migration\nSELECT 1;\n`,
    );
  let databases: Record<string, Connection>;

  /** Returns the version that `list` reads inside each database. */
  const versions = async () => {
    const { orchestras, pool } = JSON.parse((await engine.orchestra("list", "--json")).stdout) as Fleet;
    const readings = [
      ...orchestras.map(({ id, database }) => [id, database] as const),
      ...pool.map(({ id, reading }) => [id, reading] as const),
    ];
    return Object.fromEntries(
      readings.map(([key, reading]) => [
        key,
        reading.kind === "read" ? reading.state.version.slice(0, 4) : reading.kind,
      ]),
    );
  };
  const everywhere = (version: string) =>
    Object.fromEntries(["gavle", "goteborg", "malmo", "norrkoping", "pool-1"].map((key) => [key, version]));
  /** Returns the databases that a preview would migrate. */
  const open = async () =>
    (await engine.preview())
      .filter(({ what }) => what.startsWith("OrchestraDatabase "))
      .map(({ op, what }) => `${op} ${what.split(" ")[1]}`)
      .sort();
  const appliedAt = async (key: string, file: string) => {
    const rows = await query<{ at: number }>(
      databases[key]!,
      "SELECT extract(epoch FROM applied_at)::float AS at FROM stagesub.migration WHERE file = $1",
      [file],
    );
    return rows[0]?.at ?? NaN;
  };

  beforeAll(async () => {
    const waves = "canary: [malmo], waves: [[gavle], [goteborg]]";
    await engine.checkout.edit(stackFile, "canary: [ malmo ]", waves);
    expectDone(await engine.up());
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    databases = Object.fromEntries(Object.entries(migrators).map(([key, url]) => [key, parseConnectionUrl(url)]));
  });

  it("that fails on the canary reaches nobody else, and the run says who was not touched", async () => {
    await write("0012_city", 'ALTER TABLE "Musicians" ADD COLUMN "city" text;');
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toContain(
      "Migrations go canary: malmo → wave 1: gavle → wave 2: goteborg → the rest: 1 orchestra, 1 free database (onError: stop).",
    );
    expect(output).toMatch(/0012_city\.sql:2: relation "Musicians" does not exist/);
    expect(output).toContain(
      "Stopped: the canary malmo failed, for the reason beside its name, so these were not touched and stay on the version that they " +
        "have: 3 orchestras (gavle, goteborg, norrkoping) and 1 free database (pool-1).",
    );
    expect(await versions()).toEqual(everywhere("0011"));
    const { stdout } = await engine.orchestra("list");
    expect(stdout).toContain("≠ goteborg: behind, 1 pending: 0012_city.sql");
    expect(stdout).toContain("behind, at 0011_audit_log: gavle, goteborg, malmo, norrkoping");
  });

  it("reaches them all once the file is mended, the canary first, wave after wave", async () => {
    await write("0012_city", 'ALTER TABLE "Musician" ADD COLUMN "city" text;');
    expectDone(await engine.up());
    expect(await versions()).toEqual(everywhere("0012"));
    const order = await Promise.all(
      ["malmo", "gavle", "goteborg", "norrkoping"].map((key) => appliedAt(key, "0012_city.sql")),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(await engine.preview()).toEqual([]);
  });

  it("outside a transaction runs over the fleet; where one orchestra's data breaks it, the later waves are not touched", async () => {
    const twins = `INSERT INTO "Musician" ("firstName", "lastName", "email", "phone") VALUES ('A', 'B', 'a@x.se', '1'), ('C', 'D', 'c@x.se', '1')`;
    await query(databases["gavle"]!, twins);
    await write("0013_phone", `${index};`, "-- no-transaction\n\n");
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/0013_phone\.sql:4: could not create unique index "Musician_phone_key"/);
    expect(output).toContain('left the index "Musician_phone_key", which is not valid: the next run drops it');
    expect(output).toContain("Stopped: gavle in wave 1 failed");
    expect(output).toContain("2 orchestras (goteborg, norrkoping) and 1 free database (pool-1)");
    expect(await versions()).toEqual({ ...everywhere("0012"), malmo: "0013" });
    expect(await validity()).toEqual({ malmo: [true], gavle: [false], goteborg: [], norrkoping: [], "pool-1": [] });
    const { stdout } = await engine.orchestra("list");
    expect(stdout).toContain("at 0013_phone: malmo\nbehind, at 0012_city: gavle, goteborg, norrkoping");
  });

  it("goes on with what is left once the data is put right: drops the index that is not valid and makes it", async () => {
    await query(databases["gavle"]!, `UPDATE "Musician" SET "phone" = '2' WHERE "firstName" = 'C'`);
    expect(await open()).toEqual(["gavle", "goteborg", "norrkoping", "pool-1"].map((key) => `update ${key}`));
    const run = await engine.up();
    expectDone(run);
    expect(run.output).toContain('gavle: dropping the index "Musician_phone_key", which is not valid');
    expect(await versions()).toEqual(everywhere("0013"));
    expect(Object.values(await validity())).toEqual([[true], [true], [true], [true], [true]]);
    expect(await engine.preview()).toEqual([]);
  });

  it("that waits on a lock for ever ends with its own words; with onError: continue the later waves go on, after it", async () => {
    await engine.checkout.edit(stackFile, "[goteborg]]", "[goteborg]], onError: continue");
    const app = await connect(databases["gavle"]!);
    await app.query(`SET application_name = 'the app'; BEGIN; SELECT FROM "Musician"`);
    await write("0014_note", 'ALTER TABLE "Musician" ADD COLUMN "note" text;');
    const { code, output } = await engine.up();
    await app.end();
    expect(code).not.toBe(0);
    expect(output).toMatch(/0014_note\.sql:2: canceling statement due to lock timeout \(SQLSTATE 55P03\)/);
    expect(output).toMatch(/begun by "the app"|"the app" \(server process/);
    expect(output).not.toContain("Stopped:");
    expect(await versions()).toEqual({ ...everywhere("0014"), gavle: "0013" });
    const [canary, later, last] = await Promise.all(
      ["malmo", "goteborg", "norrkoping"].map((key) => appliedAt(key, "0014_note.sql")),
    );
    // gavle waited for ten seconds, the limit for a table's lock, and wave 2 for gavle.
    expect(later! - canary!).toBeGreaterThan(10);
    expect(last!).toBeGreaterThan(later!);
  });

  it("reaches who is left with the next run, and a canary's failure stops all others with onError: continue too", async () => {
    expect(await open()).toEqual(["update gavle"]);
    expectDone(await engine.up());
    expect(await versions()).toEqual(everywhere("0014"));
    await write("0015_broken", 'ALTER TABLE "Musicians" ADD COLUMN "x" text;');
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toContain("Stopped: the canary malmo failed");
    expect(output).toContain("3 orchestras (gavle, goteborg, norrkoping) and 1 free database (pool-1)");
    expect(await versions()).toEqual(everywhere("0014"));
  });

  it("edited while `up` works is refused for the databases that are left: no two of them get different texts", async () => {
    await rm(path.join(engine.checkout.dir, "migrations/orchestra/0015_broken.sql"), { force: true });
    const holder = await connect(databases["malmo"]!);
    await holder.query(`SELECT pg_advisory_lock(${migrationLock})`);
    await write("0016_edited", 'ALTER TABLE "Musician" ADD COLUMN "first" text;');
    const run = engine.start("up", "--yes", "--skip-preview");
    await vi.waitUntil(() => run.output().includes("malmo: waiting for another run"), { timeout: 120_000 });
    await write("0016_edited", 'ALTER TABLE "Musician" ADD COLUMN "second" text;');
    await holder.end();
    const { code, output } = await run.ended;
    expect(code, output).not.toBe(0);
    expect(output).toContain(
      "Refusing to run migrations/orchestra: expected its files as they were when this run was planned",
    );
    expect(output).toContain("found that 0016_edited.sql was edited. Nothing was changed in this database.");
    const columns = `SELECT attname FROM pg_attribute WHERE attrelid = '"Musician"'::regclass AND attname IN ('first', 'second')`;
    const found = Object.entries(databases).map(async ([key, at]) => [key, await query(at, columns)] as const);
    const none = Object.fromEntries(Object.keys(databases).map((key) => [key, [] as object[]]));
    expect(Object.fromEntries(await Promise.all(found))).toEqual({ ...none, malmo: [{ attname: "first" }] });
    await write("0016_edited", 'ALTER TABLE "Musician" ADD COLUMN "first" text;');
    expectDone(await engine.up());
    expect(await versions()).toEqual(everywhere("0016"));
  });

  const index = 'CREATE UNIQUE INDEX CONCURRENTLY "Musician_phone_key" ON "Musician" ("phone")';
  /** Returns per database whether that index is valid, where it exists. */
  const validity = async () => {
    const sql = `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('"Musician_phone_key"')`;
    const found = Object.entries(databases).map(async ([key, connection]) => {
      const rows = await query<{ indisvalid: boolean }>(connection, sql);
      return [key, rows.map(({ indisvalid }) => indisvalid)] as const;
    });
    return Object.fromEntries(await Promise.all(found));
  };
});
