import { describe, expect, it } from "vitest";
import { parseConnectionUrl, withClient } from "../../infra/database/connection.ts";
import { useEngine } from "../support/engine.ts";
import { runScript } from "../support/runOrchestra.ts";

interface Report {
  checked: { id: string; drift: string[]; unreachable: string[] }[];
}

/** The way from a change by hand to none left. It does not prove each kind of change: test/database/drift.test.ts does. */
describe("drift of a stack", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const drift = async () => {
    const env = { ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir };
    const { code, stdout, stderr } = await runScript("drift", engine.checkout.dir, ["-s", "local", "--json"], env);
    expect(stdout, stderr).toMatch(/^\{/);
    const { checked } = JSON.parse(stdout) as Report;
    const lines = (kind: "drift" | "unreachable") =>
      checked.flatMap((one) => one[kind].map((text) => `${one.id}: ${text}`));
    return { code, drift: lines("drift"), unreachable: lines("unreachable") };
  };
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
