import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { verifyPassword } from "../../infra/database/roles/passwords.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, copyFolder, malmo, messageOf, query, root, specFor } from "./support.ts";

const postgres = usePostgres();

describe("ensureOrchestraDatabase", () => {
  it("migrates, seeds and hands over an empty database; inspect then sees the same", async () => {
    const log = vi.fn();
    const spec = specFor(await postgres.createDatabase(), { log });
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();

    const state = await ensureOrchestraDatabase(spec);
    expect(state).toEqual({
      migrations: Object.fromEntries(readMigrations(spec.migrations).map(({ file, sha256 }) => [file, sha256])),
      version: "0011_audit_log.sql",
      owner: "malmo",
      appRole: `${spec.appRole.name}_1`,
      templates: 16,
      settings: 21,
      users: 1,
      administrator: { email: "asa@example.se", mustChangePassword: true },
      missing: [],
      previousLogins: [],
      drift: [],
      differences: [],
    });
    expect(await inspectOrchestraDatabase(spec)).toEqual(state);
    expect(log.mock.calls.flat()).toEqual([
      expect.stringMatching(/^malmo: applied 0001_users\.sql, .*0011_audit_log\.sql$/),
      "malmo: seeded 37 templates and settings",
      "malmo: made the first administrator",
    ]);
  });

  it("changes nothing when run again: no row written, no object touched", async () => {
    const spec = specFor(await postgres.createDatabase());
    const state = await ensureOrchestraDatabase(spec);
    const observer = await connect(spec.connection);
    // A transaction that writes anything takes a transaction id; one that only reads takes none.
    const before = await observer.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next");
    const log = vi.fn();
    expect(await ensureOrchestraDatabase({ ...spec, log })).toEqual(state);
    const after = await observer.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next");
    expect(after.rows).toEqual(before.rows);
    expect(log).not.toHaveBeenCalled();
  });

  it("applies a new migration and protects its table", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    const spec = specFor(await postgres.createDatabase(), { migrations });
    await ensureOrchestraDatabase(spec);
    await writeFile(
      path.join(migrations, "0012_rooms.sql"),
      '-- Up Migration\nCREATE TABLE "Room" ("id" text PRIMARY KEY);\n',
    );
    const state = await ensureOrchestraDatabase(spec);
    expect(state).toMatchObject({ version: "0012_rooms.sql", drift: [] });
    expect(await query(spec.connection, `SELECT relrowsecurity FROM pg_class WHERE relname = 'Room'`)).toEqual([
      { relrowsecurity: true },
    ]);
    expect(await query(spec.connection, "SELECT name FROM stagesub.pgmigrations ORDER BY id DESC LIMIT 1")).toEqual([
      { name: "0012_rooms" },
    ]);
  });

  it("is made once by two runs at once, one of which waits for the other", async () => {
    const spec = specFor(await postgres.createDatabase());
    const warnings: string[] = [];
    const run = () => ensureOrchestraDatabase({ ...spec, warn: (line) => warnings.push(line) });
    const [one, other] = await Promise.all([run(), run()]);
    expect(other).toEqual(one);
    expect(warnings).toEqual([expect.stringContaining("waiting for another run")]);
  });

  it("migrates several databases side by side", async () => {
    const specs = await Promise.all(
      Array.from({ length: 4 }, async (_, index) => {
        const { owner: _owner, ...spare } = specFor(await postgres.createDatabase(), { key: `pool-${index}` });
        return spare;
      }),
    );
    const states = await Promise.all(specs.map(ensureOrchestraDatabase));
    expect(states.map(({ owner, drift }) => ({ owner, drift }))).toEqual(specs.map(() => ({ owner: null, drift: [] })));
  });
});

describe("the first administrator", () => {
  it("is made once, with a hashed one-time password, and never reset", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    const [made] = await query<{ passwordHash: string }>(spec.connection, 'SELECT * FROM "User"');
    expect(made).toMatchObject({ name: "Åsa Öberg", role: "ADMIN", mustChangePassword: true });
    expect(made!.passwordHash).toMatch(/^\$scrypt\$ln=\d+,r=8,p=1\$/);
    expect(await verifyPassword(malmo.administrator.password, made!.passwordHash)).toBe(true);

    await query(
      spec.connection,
      `UPDATE "User" SET "email" = 'ny@example.se', "passwordHash" = '$own', "mustChangePassword" = false`,
    );
    const administrator = { name: "Någon Annan", email: "annan@example.se", password: "another-secret" };
    const state = await ensureOrchestraDatabase({ ...spec, owner: { ...malmo, administrator } });
    expect(state).toMatchObject({ users: 1, administrator: { email: "ny@example.se", mustChangePassword: false } });
    expect(await query(spec.connection, 'SELECT "passwordHash" FROM "User"')).toEqual([{ passwordHash: "$own" }]);
  });

  it("is not made with an empty or a short password", async () => {
    const spec = specFor(await postgres.createDatabase());
    const owner = { ...malmo, administrator: { ...malmo.administrator, password: "" } };
    expect(await messageOf(ensureOrchestraDatabase({ ...spec, owner }))).toMatchInlineSnapshot(
      `"Refusing to make asa@example.se the first administrator: expected a one-time password of at least 12 characters, got 0."`,
    );
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();
  });

  it("is not made again after being deleted, as long as somebody else can log in", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await query(
      spec.connection,
      `INSERT INTO "User" ("name", "email", "passwordHash") VALUES ('Bo', 'bo@example.se', '$x')`,
    );
    await query(spec.connection, `DELETE FROM "User" WHERE "email" = 'asa@example.se'`);
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ users: 1, administrator: null });

    await query(spec.connection, `DELETE FROM "User"`);
    expect(await messageOf(ensureOrchestraDatabase(spec))).toMatchInlineSnapshot(`
      "malmo: the database would not be complete; missing:
      - anybody who can log in: every user was removed; restore one from a backup
      Nothing was changed."
    `);
  });
});

describe("a database is refused, and left as it was,", () => {
  it("when it holds what someone else made", async () => {
    const spec = specFor(await postgres.createDatabase());
    await query(
      spec.connection,
      `CREATE TABLE "Kund" (id int); CREATE TYPE colour AS ENUM ('red'); CREATE VIEW v AS SELECT 1`,
    );
    expect(await messageOf(ensureOrchestraDatabase(spec))).toMatchInlineSnapshot(
      `"Refusing to migrate malmo: expected an empty database, found 3 things that this program did not make (public."Kund", public.colour, public.v). Check the connection; give an empty database. If the app made it by other means, take it over as it is: ./stagesub baseline malmo --at <the last migration it holds>"`,
    );
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();
    expect(await query(spec.connection, "SELECT FROM pg_namespace WHERE nspname = 'stagesub'")).toEqual([]);
  });

  it("when it is another one than the key says", async () => {
    const spec = specFor(await postgres.createDatabase(), { key: "pool-3" });
    await ensureOrchestraDatabase(spec);
    expect(await messageOf(ensureOrchestraDatabase({ ...spec, key: "pool-4" }))).toMatchInlineSnapshot(
      `"Refusing to treat this database as pool-4: the database itself says that it is pool-3. Check the connection; a database is never handed on."`,
    );
  });

  it("when it belongs to another orchestra", async () => {
    const spec = specFor(await postgres.createDatabase(), { key: "pool-3" });
    await ensureOrchestraDatabase(spec);
    const gavle = { ...malmo, orchestra: "gavle", name: "Gävle Symfoniorkester" };
    expect(await messageOf(ensureOrchestraDatabase({ ...spec, owner: gavle }))).toMatchInlineSnapshot(
      `"Refusing to give pool-3 to gavle: the database itself says that it belongs to malmo. Check the connection; a database is never handed on."`,
    );
  });

  it("when it was used and is now to be a spare", async () => {
    const spec = specFor(await postgres.createDatabase(), { key: "pool-3" });
    await ensureOrchestraDatabase(spec);
    const { owner: _, ...spare } = spec;
    expect(await messageOf(ensureOrchestraDatabase(spare))).toMatchInlineSnapshot(
      `"Refusing to treat pool-3 as a free pool database: the database itself says that it has held malmo. List it as claimed by malmo, or as retired; it never returns to the pool."`,
    );
  });

  it("when it is the main database", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureRegistryDatabase({ connection: spec.connection, migrations: path.join(root, "migrations/registry") });
    expect(await messageOf(ensureOrchestraDatabase(spec))).toMatchInlineSnapshot(
      `"Refusing to treat this database as malmo: the database itself says that it is the main database. Check the connection; a database is never handed on."`,
    );
  });

  it("when migrations were edited, removed or put before applied ones, all named at once", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    const spec = specFor(await postgres.createDatabase(), { migrations });
    const before = await ensureOrchestraDatabase(spec);
    await writeFile(path.join(migrations, "0003_system_settings.sql"), "-- Up Migration\nSELECT 1;\n");
    await rm(path.join(migrations, "0005_instruments.sql"));
    await writeFile(path.join(migrations, "0005_late.sql"), '-- Up Migration\nDROP TABLE "User" CASCADE;\n');
    expect(await messageOf(ensureOrchestraDatabase(spec))).toMatchInlineSnapshot(`
      "Refusing to migrate malmo:
      - 0003_system_settings.sql was edited after it was applied (applied 04e0d85b4793…, on disk f64b413457fb…). Undo the edit and put the change in a new file.
      - 0005_instruments.sql was applied but is gone from disk. Bring it back.
      - 0005_late.sql is new but sorts before 0011_audit_log.sql, which is applied. Give it the next free number."
    `);
    expect(await inspectOrchestraDatabase(spec)).toEqual(before);
  });

  it("when the migrations leave out what every orchestra needs", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    await writeFile(path.join(migrations, "0012_mistake.sql"), '-- Up Migration\nDROP TABLE "SystemSetting";\n');
    const spec = specFor(await postgres.createDatabase(), { migrations });
    expect(await messageOf(ensureOrchestraDatabase(spec))).toMatchInlineSnapshot(`
      "malmo: the database would not be complete; missing:
      - the table "SystemSetting"
      Nothing was changed."
    `);
    expect(await inspectOrchestraDatabase(spec)).toBeUndefined();
  });
});
