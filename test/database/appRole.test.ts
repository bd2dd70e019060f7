import pg from "pg";
import { describe, expect, it, vi } from "vitest";
import { withRole, type Connection } from "../../infra/database/connection/connection.ts";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { messageOf, query, specFor } from "./support.ts";

const postgres = usePostgres();

const denied = /permission denied/;

describe("the app's role", () => {
  it("may read and write every table of public, and nothing else", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    const app = appConnection(spec);

    const tables = await query<{ name: string }>(
      spec.connection,
      "SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
    );
    expect(tables.length).toBeGreaterThan(12);
    for (const { name } of tables) await query(app, `SELECT * FROM ${name}`);
    const [{ id } = { id: "" }] = await query<{ id: string }>(
      app,
      `INSERT INTO "Musician" ("firstName", "lastName", "email") VALUES ('Göran', 'Ek', 'g@example.se') RETURNING "id"`,
    );
    expect(await query(app, `UPDATE "Musician" SET "phone" = '1' WHERE "id" = $1 RETURNING "phone"`, [id])).toEqual([
      { phone: "1" },
    ]);
    expect(await query(app, `DELETE FROM "Musician" WHERE "id" = $1 RETURNING 1 AS one`, [id])).toEqual([{ one: 1 }]);
    expect(await query(app, 'SELECT count(*)::int AS n FROM "EmailTemplate"')).toEqual([{ n: 16 }]);

    for (const sql of [
      "SELECT * FROM stagesub.migration",
      "SELECT * FROM stagesub.owner",
      "SELECT * FROM stagesub.pgmigrations",
      "SELECT * FROM stagesub.login",
      'TRUNCATE "Musician" CASCADE',
      'CREATE TABLE public."Own" (id int)',
      "CREATE SCHEMA own",
      `CREATE ROLE ${spec.appRole.name}_x`,
    ])
      expect(await messageOf(query(app, sql)), sql).toMatch(denied);
    expect(await messageOf(query(app, 'ALTER TABLE "Musician" DISABLE ROW LEVEL SECURITY'))).toMatch(/must be owner/);
  });

  it("owns nothing, is no superuser and no role beside its group", async () => {
    const spec = specFor(await postgres.createDatabase());
    const { appRole } = await ensureOrchestraDatabase(spec);
    const roles = await query(
      spec.connection,
      `SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS privileged,
         ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid) AS member_of,
         (SELECT count(*)::int FROM pg_shdepend WHERE refobjid = r.oid AND deptype = 'o') AS owned
       FROM pg_roles r WHERE rolname IN ($1, $2) ORDER BY 1`,
      [spec.appRole.name, appRole],
    );
    expect(roles).toEqual([
      { rolname: spec.appRole.name, rolcanlogin: false, privileged: false, member_of: [], owned: 0 },
      { rolname: appRole, rolcanlogin: true, privileged: false, member_of: [spec.appRole.name], owned: 0 },
    ]);
  });

  it("reaches tables and sequences that come later", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await query(
      spec.connection,
      'CREATE TABLE "Later" ("id" serial, "text" text); ALTER TABLE "Later" ENABLE ROW LEVEL SECURITY',
    );
    expect(await query(appConnection(spec), "SELECT nextval('\"Later_id_seq\"')::int AS n")).toEqual([{ n: 1 }]);
    // Row-level security lets nobody through until the next run adds the policy.
    expect(await messageOf(query(appConnection(spec), `INSERT INTO "Later" ("text") VALUES ('x')`))).toMatch(
      /row-level security/,
    );
    await ensureOrchestraDatabase(spec);
    await query(appConnection(spec), `INSERT INTO "Later" ("text") VALUES ('x')`);
  });

  it("follows a new password, and a second login can stand beside the first", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    const changed = { ...spec, appRole: { ...spec.appRole, password: "AppPassword-Secret-2" } };
    await ensureOrchestraDatabase(changed);
    expect(await messageOf(query(appConnection(spec), "SELECT 1"))).toMatch(/password authentication failed/);
    await query(appConnection(changed), 'SELECT * FROM "User"');

    const second = { ...spec, appRole: { ...spec.appRole, version: 2, password: "AppPassword-Secret-3" } };
    expect(await ensureOrchestraDatabase(second)).toMatchObject({ appRole: `${spec.appRole.name}_2` });
    await query(appConnection(second), 'SELECT * FROM "User"');
    await query(appConnection(changed), 'SELECT * FROM "User"');
  });

  it("comes back, with its password, when it was dropped", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await query(spec.connection, `DROP ROLE ${spec.appRole.name}_1`);
    expect(await inspectOrchestraDatabase(spec)).toMatchObject({ appRole: "" });
    await ensureOrchestraDatabase(spec);
    await query(appConnection(spec), 'SELECT * FROM "User"');
  });

  it("is refused where the name is taken by a role of someone else, or means more than an app may do", async () => {
    const spec = specFor(await postgres.createDatabase());
    const other = specFor(await postgres.createDatabase(), {
      appRole: { ...spec.appRole, name: spec.appRole.name },
    });
    await ensureOrchestraDatabase(spec);
    const hide = (message: string) => message.replaceAll(spec.appRole.name, "app_x");
    expect(hide(await messageOf(ensureOrchestraDatabase(other)))).toMatchInlineSnapshot(
      `"Refusing to use the role app_x: someone else made it, and this connection has no ADMIN option on it. Drop it or choose another name for the app's role."`,
    );
    const named = (name: string) => ensureOrchestraDatabase({ ...other, appRole: { ...spec.appRole, name } });
    await query(other.connection, "CREATE ROLE app_strong CREATEROLE; CREATE ROLE app_person LOGIN");
    expect(await messageOf(named("app_strong"))).toMatch(/^Refusing to use the role app_strong: it may do more/);
    expect(await messageOf(named("app_person"))).toMatch(/^Refusing to use the role app_person: it can log in/);
    for (const name of ['app_x"; DROP ROLE y', "anon", "postgres"])
      expect(await messageOf(named(name))).toMatch(/^Expected an app role like app_malmo/);
    expect(await inspectOrchestraDatabase(other)).toBeUndefined();
  });

  it("is in no statement with its password in clear", async () => {
    const spec = specFor(await postgres.createDatabase());
    const spy = vi.spyOn(pg.Client.prototype, "query");
    await ensureOrchestraDatabase(spec);
    const statements = (spy.mock.calls as unknown[][]).map((call) => JSON.stringify(call));
    spy.mockRestore();
    expect(statements.length).toBeGreaterThan(50);
    expect(statements.filter((text) => text.includes("Secret"))).toEqual([]);
  });
});

describe("everyone else", () => {
  it.each(["anon", "authenticated"])("%s, whom Supabase lets into public, is kept out of it", async (role) => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    const outsider = await actAs(spec.connection, role);
    for (const table of ["User", "EmailTemplate", "Musician"])
      for (const sql of [`SELECT * FROM public."${table}"`, `DELETE FROM public."${table}"`])
        expect(await messageOf(outsider(sql)), sql).toMatch(denied);
    expect(await messageOf(outsider("SELECT * FROM stagesub.owner"))).toMatch(denied);

    // Objects that are made later are closed to them, too: Supabase's default privileges are gone.
    await query(
      spec.connection,
      'CREATE TABLE public."Later" (id serial); CREATE FUNCTION public.later() RETURNS int RETURN 1',
    );
    expect(await messageOf(outsider('SELECT * FROM public."Later"'))).toMatch(denied);
    expect(await messageOf(outsider("SELECT public.later()"))).toMatch(denied);
  });

  it("sees no row even if somebody grants it a table", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await query(spec.connection, 'GRANT USAGE ON SCHEMA public TO anon; GRANT SELECT ON "User" TO anon');
    const outsider = await actAs(spec.connection, "anon");
    expect(await outsider('SELECT * FROM public."User"')).toEqual([]);
  });

  it("loses again whatever was loosened by hand, and the drift is seen before", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    await query(
      spec.connection,
      `GRANT USAGE ON SCHEMA public TO anon;
       GRANT SELECT ON "User" TO anon;
       GRANT SELECT ("email") ON "Musician" TO authenticated;
       GRANT ALL ON "AuditLog" TO PUBLIC;
       GRANT TRUNCATE ON "Service" TO ${spec.appRole.name};
       ALTER TABLE "EmailTemplate" DISABLE ROW LEVEL SECURITY;
       CREATE POLICY everyone ON "Instrument" USING (true);
       DROP POLICY stagesub_app ON "Production";
       ALTER POLICY stagesub_app ON "Engagement" TO PUBLIC;
       ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon;
       CREATE FUNCTION public.helper() RETURNS int RETURN 1`,
    );
    const drift = (await inspectOrchestraDatabase(spec))!.drift.map((statement) =>
      statement.replaceAll(spec.appRole.name, "app_x"),
    );
    expect(drift).toMatchInlineSnapshot(`
      [
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon",
        "REVOKE ALL ON ROUTINE public.helper() FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM anon",
        "REVOKE ALL ON TABLE public."AuditLog" FROM PUBLIC",
        "ALTER TABLE public."EmailTemplate" ENABLE ROW LEVEL SECURITY",
        "DROP POLICY IF EXISTS stagesub_app ON public."Engagement"",
        "CREATE POLICY stagesub_app ON public."Engagement" TO "app_x" USING (true) WITH CHECK (true)",
        "DROP POLICY everyone ON public."Instrument"",
        "REVOKE ALL ON TABLE public."Musician" FROM authenticated",
        "DROP POLICY IF EXISTS stagesub_app ON public."Production"",
        "CREATE POLICY stagesub_app ON public."Production" TO "app_x" USING (true) WITH CHECK (true)",
        "REVOKE ALL ON TABLE public."Service" FROM "app_x"",
        "GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE public."Service" TO "app_x"",
        "REVOKE ALL ON TABLE public."User" FROM anon",
      ]
    `);
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ drift: [] });
    const outsider = await actAs(spec.connection, "anon");
    expect(await messageOf(outsider('SELECT * FROM public."User"'))).toMatch(denied);
  });

  it("may be missing: the roles anon and authenticated need not exist", async () => {
    const spec = specFor(await postgres.createDatabase());
    const rename = (from: string, to: string) =>
      postgres.cluster().withDatabase("postgres", (client) => client.query(`ALTER ROLE ${from} RENAME TO ${to}`));
    await rename("anon", "anon_gone");
    await rename("authenticated", "authenticated_gone");
    try {
      expect(await ensureOrchestraDatabase(spec)).toMatchObject({ drift: [] });
    } finally {
      await rename("anon_gone", "anon");
      await rename("authenticated_gone", "authenticated");
    }
  });

  /** Acts as a role of Supabase's Data API, which logs in as another role and turns into it; here the superuser does. */
  async function actAs(connection: Connection, role: string) {
    const superuser = (sql: string) =>
      postgres.cluster().withDatabase(connection.database, async (client) => {
        await client.query(`SET ROLE ${role}`);
        return (await client.query(sql)).rows as unknown[];
      });
    expect(await superuser("SELECT current_user::text AS role")).toEqual([{ role }]);
    return superuser;
  }
});

function appConnection({ connection, appRole }: OrchestraDatabaseSpec): Connection {
  return withRole(connection, `${appRole.name}_${appRole.version}`, appRole.password);
}
