import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import type { Fleet } from "../../scripts/fleet/readFleet.ts";
import { generator } from "../../scripts/fleet/report/renderReport.ts";
import { useBrowser } from "../support/browser.ts";
import { useEngine } from "../support/engine.ts";
import { findAccessibilityProblems } from "../support/findAccessibilityProblems.ts";
import { proveVerifyPoolAndEnv } from "./verify.ts";

/**
 * The daily commands over the real `pulumi` and a local cloud, as a shell without a terminal runs them. The steps build on each
 * other. It does not prove what the commands ask on a terminal.
 */
describe("the daily commands", () => {
  const engine = useEngine({ orchestras: ["gavle", "malmo", "vasteras"], spares: 1 });
  const browser = useBrowser();
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
    expect(fleet.orchestras.map(({ id }) => id)).toEqual(["gavle", "malmo", "vasteras"]);
    expect(textsOf(fleet, "gavle")).toEqual(["declared, and not made yet"]);
  });

  it("adds an orchestra on the next free pool database, which `pulumi up` then provisions", async () => {
    const flags = ["--name", "Umeå Symfoniorkester", "--contact", "Åsa", "--email", "umea@example.se"];
    const place = ["--since", "2026-11-28", "--database", "pool"];
    const { code, stdout, stderr } = await engine.orchestra("add", ...flags, ...place);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("+      database: pool-2");
    // Events, as a machine reads them: they hold the SDK's debug messages too.
    const up = await engine.up("--json");
    expect(up.code, up.output).toBe(0);
  });

  it("lists no difference after an up, and every database at head with its size", async () => {
    const fleet = await readFleet();
    expect([...fleet.orchestras, ...fleet.pool, ...fleet.shared].flatMap(({ differences }) => differences)).toEqual([]);
    const readings = [...fleet.orchestras.map(({ database }) => database), ...fleet.pool.map(({ reading }) => reading)];
    for (const reading of readings) {
      if (reading.kind !== "read") throw new Error(JSON.stringify(reading));
      expect(reading.state.version).toBe(fleet.head);
      expect(reading.bytes).toBeGreaterThan(5_000_000);
    }
    expect(fleet.pool.map(({ id, state }) => [id, state.kind])).toEqual([
      ["pool-1", "claimed"],
      ["pool-2", "claimed"],
      ["pool-3", "free"],
    ]);
  });

  proveVerifyPoolAndEnv(engine);

  it("lets the first administrator sign in with the one-time password, in a real browser on the orchestra's own name", async () => {
    const { orchestras, administrators } = await engine.outputs<{
      orchestras: Record<string, { url: string }>;
      administrators: Record<string, { email: string; oneTimePassword: string }>;
    }>();
    const { email, oneTimePassword } = administrators["umea"]!;
    const { page } = await browser.open(orchestras["umea"]!.url, { viewport: { width: 375, height: 812 } });
    expect(new URL(page.url()).hostname).toBe("umea.stagesub.localhost");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Umeå Symfoniorkester");
    const signIn = async (password: string) => {
      await page.getByLabel("Lösenord").fill(password);
      await page.getByRole("button", { name: "Logga in" }).click();
    };
    expect(await findAccessibilityProblems(page)).toEqual([]);
    await page.getByLabel("E-postadress").fill(email);
    await signIn("another password");
    expect(await page.getByRole("alert").textContent()).toContain("Det gick inte att logga in.");
    expect(await findAccessibilityProblems(page)).toEqual([]);
    await signIn(oneTimePassword);
    expect(await page.getByRole("status").textContent()).toContain("Du måste byta lösenord.");
    expect(await page.getByText(email).isVisible()).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(375);
    expect(await findAccessibilityProblems(page)).toEqual([]);
  });

  it("marks a row that somebody changed and one that somebody else made", async () => {
    await sql(`UPDATE "Orchestra" SET "contactName" = 'Någon annan' WHERE "subdomain" = 'gavle'`);
    await sql(`INSERT INTO "Orchestra" ("id", "name", "subdomain", "databaseUrl", "status", "contactName", "contactEmail", "setupDate")
      VALUES ('by-hand', 'Borås Symfoniorkester', 'boras', 'postgresql://u:h3mlig@h/d', 'Active', 'B', 'boras@example.se', '2025-01-01')`);
    const fleet = await readFleet();
    expect(textsOf(fleet, "gavle")).toEqual(['contact: declared "Åsa Bergström", in the main database "Någon annan"']);
    expect(textsOf(fleet, "boras")).toEqual(["a row in the main database that this program did not make"]);
    expect(textsOf(fleet, "malmo")).toEqual([]);
    expect(JSON.stringify(fleet)).not.toContain("h3mlig");
  });

  it("refuses in a preview a subdomain that somebody else's row has", async () => {
    const file = "stacks/Pulumi.local.yaml";
    const text = await engine.checkout.read(file);
    const contact = "{ name: Bo, email: bo@example.se }";
    const entry = `    boras: { name: Borås Symfoniorkester, contact: ${contact}, since: "2026-11-22" }\n`;
    await engine.checkout.edit(file, "    gavle:\n", `${entry}    gavle:\n`);
    const { code, output } = await engine.pulumi("preview");
    await engine.checkout.write(file, text);
    expect(code).not.toBe(0);
    expect(output).toContain(
      "Refusing to take over the subdomain boras in the main database: this program did not make its row",
    );
    expect(output).not.toContain("h3mlig");
  });

  it("shows one orchestra, side by side, and says which was meant where there is none of that name", async () => {
    const { code, stdout, stderr } = await engine.orchestra("show", "gavle");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/contact ≠ +│ Åsa Bergström +│ Någon annan/);
    const other = await engine.orchestra("show", "gavel");
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("Was gavle meant?")]);
  });

  it("goes on where a database cannot be reached, and says so of that one", async () => {
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    const malmo = parseConnectionUrl(migrators["malmo"]!);
    await withClient(malmo, (client) =>
      client.query("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$"),
    );
    const fleet = await readFleet();
    expect(textsOf(fleet, "malmo")?.[0]).toMatch(/^its database: .*too many connections/);
    expect(fleet.orchestras.filter(({ database }) => database.kind === "read")).toHaveLength(3);
    expect(fleet.orchestras).toHaveLength(5);
  });

  it("reports the same as a page, which replaces its own kind of file and no other", async () => {
    const file = path.join(engine.checkout.dir, "fleet.html");
    await writeFile(file, `<meta name="generator" content="${generator}" />an older report`);
    const { code, stdout, stderr } = await engine.orchestra("report", "--file", file);
    expect(code, stderr).toBe(0);
    expect(stdout.trim()).toBe(file);
    const report = await readFile(file, "utf8");
    expect(report).not.toContain("h3mlig");
    engine.hear("the report", report);
    const { page, errors } = await browser.open(pathToFileURL(file).href);
    const counts = await page.locator(".tile .number").allTextContents();
    expect(counts).toEqual(["5", "1", "1", "0", "1"]);
    expect(await page.locator("tbody.orchestra", { hasText: "Malmö" }).textContent()).toContain("too many connections");
    expect((await page.locator(".counts").textContent())!.replace(/\s+/g, " ")).toContain("Claimed 2 Free 1");
    expect(errors).toEqual([]);
    const stackFile = path.join(engine.checkout.dir, "stacks/Pulumi.local.yaml");
    const before = await readFile(stackFile, "utf8");
    const refused = await engine.orchestra("report", "--file", stackFile);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Refusing to replace");
    expect(await readFile(stackFile, "utf8")).toBe(before);
  });
});
