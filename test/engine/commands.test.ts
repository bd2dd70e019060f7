import { describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection.ts";
import type { Fleet, FleetOrchestra } from "../../scripts/fleet/readFleet.ts";
import { useEngine } from "../support/engine.ts";

/**
 * The daily commands over the real `pulumi` and a local cloud, as a shell without a terminal runs them. The steps build on each
 * other. It does not prove what the commands ask on a terminal.
 */
describe("the daily commands", () => {
  const engine = useEngine();
  const sql = (text: string) =>
    withClient(parseConnectionUrl(engine.env["DATABASE_URL"]!), async (client) => void (await client.query(text)));
  const readFleet = async () => {
    const { code, stdout, stderr } = await engine.orchestra("list", "--json");
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Fleet;
  };
  const textsOf = ({ orchestras }: Fleet, id: string) =>
    orchestras.find((orchestra) => orchestra.id === id)?.differences.map(({ text }) => text);

  it("lists what is declared and not made yet", async () => {
    const fleet = await readFleet();
    expect(fleet.orchestras.map(({ id }) => id)).toEqual(["gavle", "goteborg", "malmo", "norrkoping", "vasteras"]);
    expect(textsOf(fleet, "gavle")).toEqual(["declared, and not made yet: `pulumi up` makes it"]);
  });

  it("adds an orchestra on the next free pool database, which `pulumi up` then provisions", async () => {
    const flags = ["--name", "Umeå Symfoniorkester", "--contact", "Åsa", "--email", "umea@example.se"];
    const { code, stdout, stderr } = await engine.orchestra("add", ...flags, "--database", "pool");
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("+      database: pool-2");
    const up = await engine.up();
    expect(up.code, up.output).toBe(0);
  });

  it("lists no difference after an up, and every database at head with its size", async () => {
    const fleet = await readFleet();
    expect(fleet.registryFailure).toBeNull();
    expect(fleet.orchestras.flatMap(({ differences }) => differences)).toEqual([]);
    const readings = [...fleet.orchestras.map(({ database }) => database), ...fleet.pool.map(({ reading }) => reading)];
    for (const reading of readings) {
      if (reading.kind !== "read") throw new Error(JSON.stringify(reading));
      expect(reading.state.version).toBe(fleet.head);
      expect(reading.bytes).toBeGreaterThan(5_000_000);
    }
    expect(fleet.pool.map(({ name, state }) => [name, state.kind])).toEqual([
      ["pool-1", "claimed"],
      ["pool-2", "claimed"],
      ["pool-3", "spare"],
      ["pool-4", "spare"],
    ]);
  });

  it("marks a row that somebody changed and one that somebody else made", async () => {
    await sql(`UPDATE "Orchestra" SET "contactName" = 'Någon annan' WHERE "subdomain" = 'gavle'`);
    await sql(`INSERT INTO "Orchestra" ("id", "name", "subdomain", "databaseUrl", "status", "contactName", "contactEmail", "setupDate")
      VALUES ('by-hand', 'Borås Symfoniorkester', 'boras', 'postgresql://u:h3mlig@h/d', 'Active', 'B', 'boras@example.se', '2025-01-01')`);
    const fleet = await readFleet();
    expect(textsOf(fleet, "gavle")).toEqual(['contact: declared "Åsa Bergström", in the main database "Någon annan"']);
    expect(textsOf(fleet, "boras")).toEqual(["a row in the main database that this program did not make"]);
    expect(textsOf(fleet, "malmo")).toEqual([]);
  });

  it("shows one orchestra, side by side", async () => {
    const { code, stdout, stderr } = await engine.orchestra("show", "gavle");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/contact ≠ +│ Åsa Bergström +│ Någon annan/);
    const json = JSON.parse((await engine.orchestra("show", "boras", "--json")).stdout) as FleetOrchestra;
    expect(json.row?.name).toBe("Borås Symfoniorkester");
  });

  it("says which orchestra was meant, and ends with 1, where there is none of that name", async () => {
    const { code, stderr } = await engine.orchestra("show", "gavel");
    expect(code).toBe(1);
    expect(stderr).toContain("Was gavle meant?");
  });

  it("goes on where a database cannot be reached, and says so of that one", async () => {
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    const malmo = parseConnectionUrl(migrators["malmo"]!);
    await withClient(malmo, (client) =>
      client.query("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$"),
    );
    const fleet = await readFleet();
    expect(textsOf(fleet, "malmo")?.[0]).toMatch(/its database cannot be read: .*too many connections/);
    expect(fleet.orchestras.filter(({ database }) => database.kind === "read")).toHaveLength(5);
    expect(fleet.orchestras).toHaveLength(7);
  });

  it("shows no password and no connection string", async () => {
    const outputs = await engine.outputs<{ connections: Record<string, string>; migrators: Record<string, string> }>();
    const secrets = [...Object.values(outputs.connections), ...Object.values(outputs.migrators)].map(
      (url) => new URL(url).password,
    );
    const runs = await Promise.all([
      engine.orchestra("list"),
      engine.orchestra("list", "--json"),
      engine.orchestra("show", "malmo"),
    ]);
    const shown = runs.map(({ stdout, stderr }) => stdout + stderr).join("\n");
    expect([...secrets, "h3mlig"].filter((secret) => shown.includes(secret))).toEqual([]);
  });
});
