import { afterEach, describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import type { Compared, Difference } from "../../scripts/fleet/difference.ts";
import { type Engine, useEngine } from "../support/engine.ts";
import { runStagesub } from "../support/runStagesub.ts";
import { withSuperuser } from "./support/killVictim.ts";

interface Report {
  checked: Compared[];
}

/** Runs `./stagesub drift`. */
async function lookForDrift(engine: Engine) {
  const env = { ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir };
  const { code, stdout, stderr } = await runStagesub(engine.checkout.dir, ["drift", "-s", "local", "--json"], env);
  engine.hear("drift", `${stdout}\n${stderr}`);
  expect(stdout, stderr).toMatch(/^\{/);
  const { checked } = JSON.parse(stdout) as Report;
  const lines = (wanted: Difference["kind"]) =>
    checked.flatMap(({ id, differences }) =>
      differences.filter(({ kind }) => kind === wanted).map(({ text }) => `${id}: ${text}`),
    );
  return { code, drift: lines("drift"), unreachable: lines("unseen") };
}

/** The way from a change by hand to none left. It does not prove each kind of change: test/database/drift.test.ts does. */
describe("drift of a stack", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const drift = () => lookForDrift(engine);
  const inside = async (sql: string) => {
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    await withClient(parseConnectionUrl(migrators["malmo"]!), (client) => client.query(sql));
  };

  it("is none right after an up", async () => {
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    expect(await drift()).toEqual({ code: 0, drift: [], unreachable: [] });
  });

  it("is seen by the command and by a refresh, and changes nothing", async () => {
    await inside(
      `CREATE INDEX by_name ON "User" ("name"); ALTER TABLE "User" DISABLE ROW LEVEL SECURITY; DELETE FROM "EmailTemplate" WHERE "name" = 'welcome'`,
    );
    await withClient(engine.cloud.mainDatabase, (client) =>
      client.query(`UPDATE "Orchestra" SET "contactName" = 'Någon annan'`),
    );
    const seen = await drift();
    expect(seen.code).toBe(7);
    expect(seen.drift).toEqual([
      'malmo: contact: declared "Orkesterkontoret", in the main database "Någon annan"',
      "malmo: missing: EmailTemplate welcome.en",
      "malmo: missing: EmailTemplate welcome.sv",
      'malmo: rights: ALTER TABLE public."User" ENABLE ROW LEVEL SECURITY',
      'malmo: index by_name: made by hand (CREATE INDEX by_name ON "User" USING btree (name))',
    ]);
    const { output } = await engine.pulumi("refresh", "--preview-only", "--diff");
    expect(output).toContain("missing: EmailTemplate welcome.sv");
    expect(output).toContain("index by_name: made by hand");
    expect((await drift()).drift).toEqual(seen.drift);
  });

  it("is put right by up as far as it is ours; the rest is named and stays", async () => {
    const { code, output } = await engine.up("--refresh");
    expect(code, output).toBe(0);
    expect(output).toContain("malmo: left as it is: index by_name: made by hand");
    expect((await drift()).drift).toEqual([expect.stringContaining("index by_name: made by hand")]);
    await inside("DROP INDEX by_name");
    expect(await drift()).toEqual({ code: 0, drift: [], unreachable: [] });
  });
});

/** Unreachable parts are reported as unreachable; the rest is still checked. Each case must find a change by hand in gavle's database. */
describe("drift of a stack of which something cannot be reached", () => {
  const engine = useEngine({ orchestras: ["malmo", "gavle"], spares: 0 });
  const drift = () => lookForDrift(engine);
  afterEach(() => engine.clearFaults());
  const byHand = "gavle: missing: EmailTemplate welcome.sv";

  it("is a change by hand where everything answers", async () => {
    const { code, output } = await engine.up();
    expect(code, output).toBe(0);
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    await withClient(parseConnectionUrl(migrators["gavle"]!), (client) =>
      client.query(`DELETE FROM "EmailTemplate" WHERE "name" = 'welcome' AND "language" = 'sv'`),
    );
    expect(await drift()).toEqual({ code: 7, drift: [byHand], unreachable: [] });
  });

  it.each(["supabase", "cloudflare"] as const)("names %s where it gives no answer", async (service) => {
    await engine.addFault({ service, action: { kind: "drop", when: "before" } });
    const seen = await drift();
    const name = service === "supabase" ? "Supabase" : "Cloudflare";
    expect(seen).toMatchObject({ code: 1, drift: [byHand] });
    expect(seen.unreachable).toEqual([expect.stringMatching(new RegExp(`^${name}: ${name}: GET .* got no answer`))]);
  });

  it("names Supabase and Cloudflare where both refuse the token", async () => {
    for (const service of ["supabase", "cloudflare"] as const)
      await engine.addFault({ service, action: { kind: "status", status: 401 } });
    const seen = await drift();
    expect(seen).toMatchObject({ code: 1, drift: [byHand] });
    expect(seen.unreachable).toEqual([
      expect.stringMatching(/^Supabase: .* answered 401/),
      expect.stringMatching(/^Cloudflare: .* answered 401/),
    ]);
  });

  it("names the one orchestra whose database gives no answer", async () => {
    const { orchestras } = await engine.outputs<{ orchestras: Record<string, { database: string }> }>();
    const path = orchestras["malmo"]!.database;
    await engine.addFault({ service: "router", path, action: { kind: "drop", when: "before" } });
    const seen = await drift();
    expect(seen).toMatchObject({ code: 1, drift: [byHand] });
    expect(seen.unreachable.length).toBeGreaterThan(0);
    for (const line of seen.unreachable) expect(line).toMatch(/^malmo: (its database|as the app): /);
  });

  it("names the main database where it lets nobody in", async () => {
    const { database } = engine.cloud.mainDatabase;
    const allow = (may: boolean) =>
      withSuperuser(engine.cloud, (client) => client.query(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS ${may}`));
    await allow(false);
    try {
      const seen = await drift();
      expect(seen).toMatchObject({ code: 1, drift: [byHand] });
      expect(seen.unreachable).toEqual([expect.stringMatching(/^the main database: /)]);
    } finally {
      await allow(true);
    }
    expect(await drift()).toEqual({ code: 7, drift: [byHand], unreachable: [] });
  });
});
