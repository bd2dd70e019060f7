import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { backupDatabase } from "../../infra/database/backup/backupDatabase.ts";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { readBackup } from "../../infra/database/backup/readBackup.ts";
import { restoreDatabase } from "../../infra/database/backup/restoreDatabase.ts";
import { withThrowAwayServer } from "../../infra/database/programs/withThrowAwayServer.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { usePostgresPrograms } from "../support/postgresPrograms.ts";
import { malmoRegistration, messageOf, migrations, query, specFor } from "./support.ts";

/** A cluster as initdb leaves it: none of Supabase's roles, no default privileges, and a role that may only make roles and databases. */
describe("on a PostgreSQL that nobody has prepared", () => {
  usePostgresPrograms();

  it("an orchestra's database and the main database are set up, backed up, and restored, also on another such server", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "stagesub-plain-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const programs = await findPostgresPrograms(17, "client and server programs");
    const backup = { stack: "production", key: "malmo", name: "malmo", folder };
    const makeDatabase = async (server: Parameters<typeof query>[0], database: string) => {
      await query(server, `CREATE DATABASE ${database} OWNER owner`);
      return { ...server, user: "owner", database };
    };
    const { file, contents } = await withThrowAwayServer(programs, "root", async (server) => {
      await query(server, "CREATE ROLE owner LOGIN CREATEROLE");
      const spec = specFor(await makeDatabase(server, "malmo"), {
        appRole: { name: "app_malmo", version: 1, password: "AppPassword-Secret-1" },
      });
      const state = await ensureOrchestraDatabase(spec);
      expect(await ensureOrchestraDatabase(spec)).toEqual(state);
      const registry = await makeDatabase(server, "registry");
      await ensureRegistryDatabase({ connection: registry, migrations: migrations.registry });
      await ensureRegistration(registry, malmoRegistration);
      const { connection } = spec;
      const { file } = await backupDatabase({ ...backup, connection, rehearse: true });
      await query(connection, 'DELETE FROM "User"');
      await restoreDatabase({ connection, path: file });
      expect(await ensureOrchestraDatabase(spec)).toEqual(state);
      return { file, contents: (await readBackup(file)).manifest.contents };
    });
    await withThrowAwayServer(programs, "root", async (server) => {
      await query(server, "CREATE ROLE owner LOGIN CREATEROLE");
      const connection = await makeDatabase(server, "another");
      await restoreDatabase({ connection, path: file });
      const again = await backupDatabase({ ...backup, connection });
      expect((await readBackup(again.file)).manifest.contents).toEqual(contents);
    });
  });

  it("whose programs only this account can reach is run from a copy of nothing but the installation", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "stagesub-home-"));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const programs = await findPostgresPrograms(17, "client and server programs");
    await cp(path.dirname(programs), home, { recursive: true });
    await mkdir(path.join(home, "diary"));
    await withThrowAwayServer(path.join(home, path.basename(programs)), "owner", async (server) => {
      expect(await query(server, "SELECT current_user::text AS name")).toEqual([{ name: "owner" }]);
      const copied = await readdir(path.join(server.host, "programs")).catch(() => []);
      expect(copied).not.toContain("diary");
      // Only root runs the server under another account.
      expect(copied.length > 0).toBe(process.getuid?.() === 0);
    });
    await rm(path.join(home, "share"), { recursive: true });
    const alone = withThrowAwayServer(path.join(home, path.basename(programs)), "owner", () => Promise.resolve());
    expect(await messageOf(alone)).toMatch(/which only root can reach|initdb/);
  });
});
