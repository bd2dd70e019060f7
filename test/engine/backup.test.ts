import { readdir, stat } from "node:fs/promises";
import path from "node:path";

import { afterEach, describe, expect, it, vi } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection.ts";
import { useEngine } from "../support/engine.ts";

/**
 * The commands over the real `pulumi` and a local cloud, through its session pooler. It does not prove that Supavisor lets
 * COPY through, nor how long a large database takes; what a backup holds, test/database/backup.test.ts proves.
 */
describe("backup, restore and log", () => {
  const engine = useEngine();
  afterEach(() => void vi.unstubAllEnvs());

  const createEmptyProject = async (): Promise<string> => {
    const [url, token] = [engine.env["SUPABASE_API_ENDPOINT"]!, engine.env["SUPABASE_ACCESS_TOKEN"]!];
    const password = "Restore-Secret-1234567890";
    const response = await fetch(`${url}/v1/projects`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "empty", organization_id: "stagesub", region: "eu-north-1", db_pass: password }),
    });
    const { ref } = (await response.json()) as { ref: string };
    return `postgresql://postgres.${ref}:${password}@127.0.0.1:${engine.cloud.ports.session}/postgres`;
  };

  it("back up the main database and every orchestra's, also when one of them is not there yet", async () => {
    const up = await engine.up();
    expect(up.code, up.output).toBe(0);
    const flags = ["--name", "Umeå Symfoniorkester", "--contact", "Åsa", "--email", "umea@example.se"];
    expect((await engine.orchestra("add", ...flags)).code).toBe(0);

    const { code, stdout, stderr } = await engine.orchestra("backup", "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("umea has no database yet: `pulumi up -s local` makes it.");
    const { backups } = JSON.parse(stdout) as { backups: { name: string; ok: boolean; rows?: number }[] };
    expect(backups.filter(({ ok }) => ok).map(({ name }) => name)).toEqual([
      "registry",
      "gavle",
      "goteborg",
      "malmo",
      "norrkoping",
      "vasteras",
    ]);
    expect(backups.find(({ name }) => name === "malmo")!.rows).toBeGreaterThan(80);
    const folder = path.join(engine.checkout.dir, "backups/local");
    const files = await readdir(folder);
    expect(files).toHaveLength(6);
    for (const file of files) expect((await stat(path.join(folder, file))).mode & 0o777, file).toBe(0o600);
  });

  it("restore a claimed pool database's backup into an empty project, and only there", async () => {
    const folder = path.join(engine.checkout.dir, "backups/local");
    const file = path.join(
      folder,
      (await readdir(folder)).find((name) => name.startsWith("vasteras-"))!,
    );
    expect((await engine.orchestra("restore", file)).code).toBe(2);

    const url = await createEmptyProject();
    vi.stubEnv("RESTORE_DATABASE_URL", url);
    const restored = await engine.orchestra("restore", file);
    expect(restored.code, restored.stderr).toBe(0);
    expect(restored.stdout).toMatch(/^Restored pool-1 as it was at .*, all compared\.$/m);
    const { rows } = await withClient(parseConnectionUrl(url), (client) =>
      client.query("SELECT key, orchestra FROM stagesub.owner"),
    );
    expect(rows).toEqual([{ key: "pool-1", orchestra: "vasteras" }]);

    const again = await engine.orchestra("restore", file);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("Refusing to restore over pool-1, of vasteras: expected an empty database");
    expect(restored.stdout + restored.stderr + again.stdout + again.stderr).not.toContain("Restore-Secret");
  });

  it("show who was registered, and what nobody knows is refused", async () => {
    const { code, stdout } = await engine.orchestra("log", "--json", "--orchestra", "malmo", "--since", "1h");
    expect(code).toBe(0);
    const { entries } = JSON.parse(stdout) as { entries: { orchestra: string; action: string; actor: string }[] };
    expect(entries).toMatchObject([{ orchestra: "malmo", action: "registered" }]);
    expect(entries[0]!.actor).not.toBe("");
    expect(await engine.orchestra("backup", "malmoe")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('got "malmoe"') as string,
    });
  });
});
