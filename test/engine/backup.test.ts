import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

import { afterEach, describe, expect, it, vi } from "vitest";

import { closeClient, connectClient } from "../../infra/database/connection/connectClient.ts";

import { type Connection, parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { useEngine } from "../support/engine.ts";
import { proveEditsOfTheStackFile } from "./stackFileEdits.ts";

/**
 * The commands over the real `pulumi` and a local cloud, through its session pooler. It does not prove that Supavisor lets
 * COPY through, nor how long a large database takes; what a backup holds, test/database/backup.test.ts proves. The edits of the stack file share the stack, and come last.
 */
describe("a stack that runs", () => {
  const engine = useEngine({ orchestras: ["gavle", "malmo", "vasteras"], spares: 1 });
  afterEach(() => void vi.unstubAllEnvs());

  const query = async <T extends object>(sql: string): Promise<T[]> =>
    (await withClient(parseConnectionUrl(engine.env["DATABASE_URL"]!), (client) => client.query<T>(sql))).rows;
  const automaticBackups = async () =>
    (await readdir(path.join(engine.checkout.dir, "backups/local"))).filter((name) => name.includes("automatic"));

  it("is made by a saved plan, which holds no secret in clear and is refused once the state has changed", async () => {
    const file = path.join(engine.checkout.dir, "plan.json");
    const saved = await engine.orchestra("plan", "--save", file);
    expect(saved.code, saved.stderr).toBe(7);
    expect(saved.stderr).toContain(`./stagesub up -s local --plan ${file}`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    engine.hear("the saved plan", await readFile(file, "utf8"));
    const { code, stdout, stderr } = await engine.orchestra("up", "--plan", file);
    expect(code, stdout + stderr).toBe(0);
    const again = await engine.orchestra("up", "--plan", file);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("another run changed the state. Make another: ./stagesub plan -s local --save");
  });

  it("back up the main database and every orchestra's, also when one of them is not there yet", async () => {
    const flags = ["--name", "Umeå Symfoniorkester", "--contact", "Åsa", "--email", "umea@example.se"];
    expect((await engine.orchestra("add", ...flags)).code).toBe(0);

    const { code, stdout, stderr } = await engine.orchestra("backup", "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("umea has no database yet: `pulumi up -s local` makes it.");
    const { backups, recorded } = JSON.parse(stdout) as {
      recorded: boolean;
      backups: { name: string; ok: boolean; rows?: number }[];
    };
    expect(recorded).toBe(true);
    expect(backups.filter(({ ok }) => ok).map(({ name }) => name)).toEqual(["registry", "gavle", "malmo", "vasteras"]);
    expect(backups.find(({ name }) => name === "malmo")!.rows).toBeGreaterThan(80);
    const folder = path.join(engine.checkout.dir, "backups/local");
    const files = await readdir(folder);
    expect(files).toHaveLength(4);
    for (const file of files) expect((await stat(path.join(folder, file))).mode & 0o777, file).toBe(0o600);
  });

  it("restore a claimed pool database into itself, an open session of the app ended, and into a new one beside it", async () => {
    const folder = path.join(engine.checkout.dir, "backups/local");
    const file = path.join(
      folder,
      (await readdir(folder)).find((name) => name.startsWith("vasteras-"))!,
    );
    const { migrators, connections } =
      await engine.outputs<Record<"migrators" | "connections", Record<string, string>>>();
    const owner = parseConnectionUrl(migrators["pool-1"]!);
    const app = parseConnectionUrl(connections["vasteras"]!);
    const users = 'SELECT "email" FROM "User" ORDER BY 1';
    const read = async (connection: Connection, sql: string) =>
      (await withClient(connection, (client) => client.query<object>(sql))).rows;
    const before = await read(owner, users);
    await read(owner, `DELETE FROM "User"; DROP TABLE "AuditLog"; CREATE TABLE "Later" (id int)`);

    const beside = await engine.orchestra("restore", "vasteras", "--from", file, "--as", "a_look");
    expect(beside.code, beside.stderr).toBe(0);
    expect(await read({ ...owner, database: "a_look" }, users)).toEqual(before);
    expect(await read(owner, users)).toEqual([]);

    const session = await connectClient(app);
    const restored = await engine.orchestra("restore", "vasteras", "--from", file);
    expect(restored.code, restored.stderr).toBe(0);
    expect(restored.stderr).not.toContain("not in the log");
    expect(restored.stdout).toMatch(
      /^Restored vasteras as it was at .*, all compared\. What was there before: .*before-restore/m,
    );
    await expect(session.query("SELECT 1")).rejects.toThrow();
    await closeClient(session);
    expect(await read(app, users)).toEqual(before);
    expect(
      await read(owner, `SELECT to_regclass('"Later"') AS later, to_regclass('"AuditLog"') IS NOT NULL AS log`),
    ).toEqual([{ later: null, log: true }]);

    expect(await engine.orchestra("restore", "malmo", "--from", file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        "Refusing to restore over malmo of the stack local: expected a backup of it, got one of vasteras",
      ) as string,
    });
    for (const args of [[file], ["malmoe", "--from", file], ["malmo", "--from", file, "--as", "A look"]])
      expect((await engine.orchestra("restore", ...args)).code).toBe(2);
    expect((await engine.orchestra("restore", "vasteras", "--from", file, "--as", "a_look")).stderr).toContain(
      "already exists",
    );
  });

  it("up is refused at preview while the main database's last backup is too old, but for a run that is told to go without", async () => {
    await query(`INSERT INTO stagesub.audit (stack, orchestra, action, actor, detail)
      SELECT stack, orchestra, action, actor, detail || jsonb_build_object('takenAt', now() - interval '2 days')
      FROM stagesub.audit WHERE orchestra = 'registry' AND action = 'backup'`);
    await engine.checkout.edit(stackFile, automatic, "stagesub:backup: { maxAge: 24h }");
    const refused = await engine.pulumi("preview");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(
      /Refusing to write to the main database: .* at most 24h old .*, got one of .* UTC \(registry-/,
    );
    expect(refused.output).toContain("./stagesub backup registry --stack local");

    vi.stubEnv("STAGESUB_BACKUP_CHECK", "skip");
    const warning = "STAGESUB_BACKUP_CHECK=skip: the age of the main database's last backup is not looked at";
    // `--refresh` brings the database that was restored by hand into line.
    const told = await engine.up("--refresh");
    expect(told.code, told.output).toBe(0);
    expect(told.output).toContain(warning);
    expect(await automaticBackups()).toEqual([]);
  });

  it("up makes that backup by itself where the stack file says so, once, before its first write", async () => {
    await engine.checkout.edit(stackFile, "stagesub:backup: { maxAge: 24h }", automatic);
    await engine.checkout.edit(stackFile, "Gävle Symfoniorkester", "Gävles orkester");
    await engine.checkout.edit(stackFile, "Umeå Symfoniorkester", "Umeås orkester");
    const up = await engine.up();
    expect(up.code, up.output).toBe(0);
    const [file, ...more] = await automaticBackups();
    expect(more).toEqual([]);
    expect(up.output).toContain(`Backed up the main database before writing to it: backups/local/${file}`);
    const rows = await query<{ action: string; orchestra: string; file: string | null }>(
      "SELECT action, orchestra, detail->>'file' AS file FROM stagesub.audit ORDER BY id",
    );
    const made = rows.findIndex((row) => row.file === file);
    expect(rows[made]).toMatchObject({ action: "backup", orchestra: "registry" });
    for (const written of [
      { action: "renamed", orchestra: "umea" },
      { action: "renamed", orchestra: "gavle" },
    ])
      expect(
        rows.findIndex((row) => row.action === written.action && row.orchestra === written.orchestra),
      ).toBeGreaterThan(made);
  });

  it("show who was registered, and what nobody knows is refused", async () => {
    const { code, stdout } = await engine.orchestra("log", "malmo", "--json", "--since", "1h");
    expect(code).toBe(0);
    const { entries } = JSON.parse(stdout) as { entries: { orchestra: string; action: string; actor: string }[] };
    expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(["registered", "backup"]));
    expect(entries[0]!.actor).not.toBe("");
    expect(await engine.orchestra("backup", "malmoe")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('got "malmoe"') as string,
    });
  });

  proveEditsOfTheStackFile(engine);
});

const stackFile = "stacks/Pulumi.local.yaml";
const automatic = "stagesub:backup: { maxAge: 1h, automatic: true }";
