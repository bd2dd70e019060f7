import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readAudit } from "../../infra/database/registry/audit.ts";
import { readBackup } from "../../infra/database/backup/readBackup.ts";
import { withRole } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { requireRetirementBackup } from "../../infra/database/backup/backupLog.ts";
import { retireDatabase } from "../../infra/database/tenant/retireDatabase.ts";
import { provider } from "../../infra/resources/orchestraRetirementProvider.ts";
import { usePostgres } from "../support/postgres.ts";
import { usePostgresPrograms } from "../support/postgresPrograms.ts";
import { connect, malmoRegistration, messageOf, migrations, query, specFor } from "./support.ts";

/** The effect of a retirement inside databases; the whole life: test/faults/lifecycle.test.ts. */
describe("retiring an orchestra", () => {
  const postgres = usePostgres();
  usePostgresPrograms();
  const key = { stack: "production", orchestra: "malmo" };
  const registration = { ...malmoRegistration, ...key };

  const prepare = async () => {
    const registry = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: registry, migrations: migrations.registry });
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await ensureRegistration(registry, registration);
    await ensureRegistration(registry, { ...registration, status: "Retired" });
    const folder = await mkdtemp(path.join(tmpdir(), "stagesub-retired-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const app = withRole(spec.connection, `${spec.appRole.name}_1`, spec.appRole.password);
    const retirement = {
      ...key,
      connection: spec.connection,
      registry,
      key: "malmo",
      appRole: spec.appRole.name,
      folder,
    };
    return { registry, spec, folder, app, retirement };
  };
  const actions = async (registry: Parameters<typeof readAudit>[0]) =>
    (await readAudit(registry, { stack: "production", limit: 100 })).reverse().map(({ action }) => action);

  it("shuts the app out, ends its sessions, backs up and writes so into the log; the next ensure lets it in again", async () => {
    const { registry, spec, folder, app, retirement } = await prepare();
    const session = await connect(app);
    session.on("error", () => undefined);
    const backup = await retireDatabase(retirement);

    expect(await messageOf(session.query("SELECT 1"))).toMatch(/terminat|not queryable|closed/i);
    expect(await messageOf(query(app, "SELECT 1"))).toContain("is not permitted to log in");
    const { manifest } = await readBackup(path.join(folder, backup.file));
    expect(manifest).toMatchObject({ key: "malmo", orchestra: "malmo" });
    expect(manifest.contents.tables['public."User"']!.rows).toBe(1);
    expect((await readAudit(registry, { stack: "production", limit: 1 }))[0]).toMatchObject({
      action: "retired",
      detail: { file: backup.file, sha256: backup.sha256 },
    });
    await expect(requireRetirementBackup(registry, key, folder)).resolves.toBeUndefined();

    await ensureOrchestraDatabase(spec);
    expect(await query(app, 'SELECT count(*)::int AS n FROM "User"')).toEqual([{ n: 1 }]);
  });

  it("is refused at preview where no backup could be made here, with what to install", async () => {
    const { retirement } = await prepare();
    const { folder: _, ...inputs } = retirement;
    const check = async (before: object) =>
      (await provider.check(before as typeof inputs, inputs)).failures!.map(({ reason }) => reason);
    expect(await check({})).toEqual([]);
    const { PATH } = process.env;
    onTestFinished(() => void (process.env["PATH"] = PATH));
    process.env["PATH"] = "";
    // A machine may have them where Debian keeps them.
    const missing = await findPostgresPrograms(17, "client and server programs").then(
      () => [],
      ({ message }: Error) => [`Refusing to retire malmo: no backup could be made. ${message} [program-missing]`],
    );
    expect(await check({})).toEqual(missing);
    expect(missing.join()).toMatch(/^$|Install them \(Debian and Ubuntu: postgresql-17 /);
    // A retirement that is done needs no programs.
    expect(await check(inputs)).toEqual([]);
  });

  it("makes one backup however often it runs, and asks the database no more once there is one", async () => {
    const { registry, folder, retirement } = await prepare();
    const first = await retireDatabase(retirement);
    const gone = { ...retirement.connection, port: 1 };
    expect(await retireDatabase({ ...retirement, connection: gone })).toEqual(first);
    expect(await readdir(folder)).toEqual([first.file]);
    expect(await actions(registry)).toEqual(["registered", "status", "retired"]);
  });

  it("makes another where the orchestra was active in between, and deletes nothing by the old one", async () => {
    const { registry, folder, retirement } = await prepare();
    await retireDatabase(retirement);
    await ensureRegistration(registry, registration);
    await ensureRegistration(registry, { ...registration, status: "Retired" });
    expect(await messageOf(requireRetirementBackup(registry, key, folder))).toMatchInlineSnapshot(
      `"Refusing to delete the data of malmo: expected the backup with which it was retired, got none in the log of the main database. Put its lines back into the stack file, with state: retired, and run \`pulumi up\`: it makes one."`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // files are named by the second
    const second = await retireDatabase(retirement);
    expect(await readdir(folder)).toHaveLength(2);
    await expect(requireRetirementBackup(registry, key, folder)).resolves.toBeUndefined();
    expect((await readAudit(registry, { stack: "production", limit: 1 }))[0]!.detail).toMatchObject({
      file: second.file,
    });
  });

  it("refuses deletion where the file is gone or another, and says where it belongs", async () => {
    const { registry, folder, retirement } = await prepare();
    const { file, sha256 } = await retireDatabase(retirement);
    const refusal = async () =>
      (await messageOf(requireRetirementBackup(registry, key, folder)))
        .replace(file, "FILE")
        .replace(sha256, "SHA")
        .replace(/[0-9a-f]{64}/, "DIGEST");
    await writeFile(path.join(folder, file), "another");
    expect(await refusal()).toMatchInlineSnapshot(
      `"Refusing to delete the data of malmo: expected the backup with which it was retired, backups/production/FILE (sha256 SHA), got DIGEST. Put that file there, from wherever backups are kept, and run this again."`,
    );
    await rm(path.join(folder, file));
    expect(await refusal()).toContain("got none (ENOENT).");
    const unreachable = { ...retirement, connection: { ...retirement.connection, password: "Wrong-Secret" } };
    expect(await messageOf(retireDatabase(unreachable))).toContain("No other can be made now: ");
  });
});
