import { readdir, rename, rm } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { useEngine } from "../support/engine.ts";

/**
 * The whole life of an orchestra with a project of its own and of one on a pool database, over the real engine. It does not
 * prove how long Supabase takes to pause a project, nor that it deletes a paused one.
 */
describe("an orchestra's life on a protected stack", () => {
  const engine = useEngine({ orchestras: ["gavle", "norrkoping", "vasteras"], spares: 0 });
  const stackFile = "stacks/Pulumi.local.yaml";

  interface Outputs {
    orchestras: Record<string, { database: string; status: string }>;
    connections: Record<string, string>;
    migrators: Record<string, string>;
  }
  let before: Outputs;

  const statuses = async () => {
    const sql = 'SELECT "subdomain", "status" FROM "Orchestra" ORDER BY 1';
    const { rows } = await withClient(parseConnectionUrl(engine.env["DATABASE_URL"]!), (client) =>
      client.query<{ subdomain: string; status: string }>(sql),
    );
    return Object.fromEntries(rows.map(({ subdomain, status }) => [subdomain, status]));
  };
  const projects = async () => {
    const headers = { authorization: `Bearer ${engine.env["SUPABASE_ACCESS_TOKEN"]}` };
    const answer = await fetch(`${engine.env["SUPABASE_API_ENDPOINT"]}/v1/projects`, { headers });
    const list = (await answer.json()) as { name: string; status: string }[];
    return Object.fromEntries(list.map(({ name, status }) => [name, status]));
  };
  const records = async () => {
    const names = (await engine.state()).filter(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord");
    return names.map(({ outputs }) => (outputs["name"] as string).split(".")[0]!).sort();
  };
  /** Returns the status of the app's answer under the orchestra's name. */
  const page = (subdomain: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: `${subdomain}.stagesub.localhost`, accept: "text/html" };
      http
        .get({ host: "127.0.0.1", port: engine.cloud.ports.app, headers }, (answer) =>
          resolve(answer.resume().statusCode),
        )
        .on("error", reject);
    });
  const change = async (...[from, to]: [RegExp, string]) => {
    const text = await engine.checkout.read(stackFile);
    expect(text).toMatch(from);
    await engine.checkout.write(stackFile, text.replace(from, to));
  };
  const succeed = async (run: Promise<{ code: number; output: string }>) => {
    const { code, output } = await run;
    expect(code, output).toBe(0);
    return output;
  };

  it("suspended, it keeps data, name and migrations, and its page lets nobody in", async () => {
    await succeed(engine.up());
    before = await engine.outputs<Outputs>();
    const { code, stdout } = await engine.orchestra("suspend", "gavle");
    expect(code).toBe(0);
    expect(stdout).toContain("+      state: suspended");
    const output = await succeed(engine.up());
    expect(output).toContain("gavle is suspended: its page says so and nobody signs in.");
    expect(await statuses()).toEqual({ gavle: "Suspended", norrkoping: "Active", vasteras: "Active" });
    expect(await page("norrkoping")).toBe(200);
    expect(await page("gavle")).toBe(503);
    expect(await records()).toEqual(["gavle", "norrkoping", "vasteras"]);
  });

  it("cannot be taken out of the file while it holds data, and the refusal says how", async () => {
    const text = await engine.checkout.read(stackFile);
    await change(/ {4}gavle:\n( {6}.*\n)+/, "");
    const refused = await engine.pulumi("preview");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(
      "Refusing to delete orchestra gavle, which the stack file no longer has: its database holds",
    );
    expect(refused.output).toContain("1. ./stagesub retire gavle -s local");
    await engine.checkout.write(stackFile, text);
  });

  it("retired, it is backed up, shut, paused and without a name, and nobody else notices", async () => {
    expect((await engine.orchestra("retire", "gavle", "vasteras")).code).toBe(0);
    const output = await succeed(engine.up());
    expect(output).toContain("gavle is retired: the app is shut out of its database (gavle)");
    expect(await statuses()).toEqual({ gavle: "Retired", norrkoping: "Active", vasteras: "Retired" });
    expect(await projects()).toEqual({
      "local-gavle": "INACTIVE",
      "local-norrkoping": "ACTIVE_HEALTHY",
      "local-pool-1": "INACTIVE",
    });
    expect(await records()).toEqual(["norrkoping"]);
    const files = await readdir(path.join(engine.checkout.dir, "backups/local"));
    expect(
      files
        .filter((file) => !file.startsWith("registry-"))
        .map((file) => file.split("-")[0]!)
        .sort(),
    ).toEqual(["gavle", "vasteras"]);
    const after = await engine.outputs<Outputs>();
    expect(after.orchestras["gavle"]).toMatchObject({
      database: before.orchestras["gavle"]!.database,
      status: "Retired",
    });
    expect(Object.keys(after.migrators)).toEqual(["norrkoping"]);
    expect(after.connections["norrkoping"]).toBe(before.connections["norrkoping"]);
  });

  it("stays so: a refresh, a preview with a new migration and the commands ask nothing of it", async () => {
    await succeed(engine.pulumi("refresh", "--yes", "--skip-preview"));
    await engine.checkout.write(
      "migrations/orchestra/0099_later.sql",
      "-- Up Migration\nSELECT 1;\n\n-- Down Migration\nSELECT 1;\n",
    );
    const updated = (await engine.preview()).map(({ op, what }) => `${op} ${what}`).sort();
    expect(updated).toEqual(["update OrchestraDatabase norrkoping", "update OrchestraRegistration norrkoping"]);
    await rm(path.join(engine.checkout.dir, "migrations/orchestra/0099_later.sql"));
    const { orchestras } = JSON.parse((await engine.orchestra("list", "--json")).stdout) as {
      orchestras: { id: string; database: { kind: string }; row: { status: string }; differences: object[] }[];
    };
    expect(
      orchestras.map(({ id, database, row, differences }) => [id, database.kind, row.status, differences]),
    ).toEqual([
      ["gavle", "retired", "Retired", []],
      ["norrkoping", "read", "Active", []],
      ["vasteras", "retired", "Retired", []],
    ]);
    expect((await engine.orchestra("pool")).code).toBe(0);
    expect((await engine.orchestra("backup", "gavle")).stderr).toContain("gavle is retired");
  });

  it("let go, it is deleted with its project, database and row; only with its backup, and the log stays", async () => {
    await change(/state: retired/g, "state: retired\n      protect: false");
    await succeed(engine.up());
    await change(/ {4}(gavle|vasteras):\n( {6}.*\n)+/, "");
    await change(/ {4}(gavle|vasteras):\n( {6}.*\n)+/, "");
    await change(/pool: \{ spares: 0,/, "pool: { retired: [1], spares: 0,");
    const folder = path.join(engine.checkout.dir, "backups/local");
    const file = (await readdir(folder)).find((name) => name.startsWith("gavle-"))!;
    await rename(path.join(folder, file), path.join(folder, "elsewhere"));
    const refused = await engine.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(
      "Refusing to delete the data of gavle: expected the backup with which it was retired",
    );
    const destroyed = await engine.pulumi("destroy", "--yes");
    expect(destroyed.code).not.toBe(0);
    expect(Object.keys(await projects()).sort()).toEqual(["local-gavle", "local-norrkoping", "local-pool-1"]);

    await rename(path.join(folder, "elsewhere"), path.join(folder, file));
    const output = await succeed(engine.up());
    expect(output).toContain("gavle is deleted for good: its database (gavle)");
    expect(await projects()).toEqual({ "local-norrkoping": "ACTIVE_HEALTHY" });
    expect(await statuses()).toEqual({ norrkoping: "Active" });
    expect(await engine.preview()).toEqual([]);
    const log = await engine.orchestra("log", "gavle", "--json");
    const { entries } = JSON.parse(log.stdout) as { entries: { action: string }[] };
    expect(entries.map(({ action }) => action)).toEqual(["removed", "retired", "status", "status", "registered"]);
  });
});
