import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";

import { type Connection, withRole } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { malmoRegistration, messageOf, migrations, query, specFor } from "./support.ts";

/** One of each kind of object that the real migrations have none of yet. */
const everyKind = `
CREATE TABLE "Counted" (id serial PRIMARY KEY, note text);
CREATE VIEW "CountedView" AS SELECT * FROM "Counted";
CREATE MATERIALIZED VIEW "CountedStore" AS SELECT * FROM "Counted";
CREATE FUNCTION counted() RETURNS int LANGUAGE sql RETURN 1;
CREATE FUNCTION counted_as_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT count(*) FROM "User"';
CREATE PROCEDURE count_up() LANGUAGE sql AS 'SELECT 1';
INSERT INTO "Counted" (note) VALUES ('one');
REFRESH MATERIALIZED VIEW "CountedStore";
`;

/** The statements to try, in a transaction that is rolled back. `OWNER` stands for the database's owner, `ME` for the role that tries. */
const inOrchestra = [
  'SELECT * FROM public."User"',
  'SELECT * FROM public."Counted"',
  `INSERT INTO public."Counted" (note) VALUES ('x')`,
  `UPDATE public."Counted" SET note = 'x'`,
  'DELETE FROM public."Counted"',
  'TRUNCATE public."Counted"',
  'LOCK TABLE public."Counted" IN ACCESS SHARE MODE',
  'SELECT * FROM public."CountedView"',
  'SELECT * FROM public."CountedStore"',
  'REFRESH MATERIALIZED VIEW public."CountedStore"',
  `SELECT nextval('public."Counted_id_seq"')`,
  `SELECT setval('public."Counted_id_seq"', 9)`,
  "SELECT public.counted()",
  "SELECT public.counted_as_owner()",
  "CALL public.count_up()",
  `SELECT 'ADMIN'::public."UserRole"`,
  'ALTER TABLE public."Counted" ADD COLUMN x int',
  'ALTER TABLE public."Counted" DISABLE ROW LEVEL SECURITY',
  'CREATE POLICY mine ON public."Counted" USING (true)',
  'DROP POLICY stagesub_app ON public."Counted"',
  'CREATE INDEX ON public."Counted" (note)',
  'CREATE TRIGGER t BEFORE INSERT ON public."Counted" EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  "COMMENT ON TABLE public.\"Counted\" IS 'x'",
  'DROP TABLE public."Counted" CASCADE',
  'GRANT SELECT ON public."Counted" TO PUBLIC',
  "CREATE TABLE public.mine (id int)",
  "CREATE VIEW public.mine AS SELECT 1",
  "CREATE FUNCTION public.mine() RETURNS int RETURN 1",
  "CREATE TYPE public.mine AS ENUM ('a')",
  "CREATE SCHEMA mine",
  "CREATE TEMP TABLE mine (id int)",
  "SELECT * FROM stagesub.owner",
  "SELECT * FROM stagesub.login",
  "SELECT * FROM stagesub.migration",
  "SELECT * FROM stagesub.pgmigrations",
  "INSERT INTO stagesub.pgmigrations (name, run_on) VALUES ('x', now())",
  "CREATE TABLE stagesub.mine (id int)",
  "CREATE ROLE somebody",
  "ALTER ROLE OWNER PASSWORD 'x'",
  "SET ROLE OWNER",
  "ALTER DATABASE DATABASE SET work_mem = '1MB'",
  "CREATE EXTENSION dblink SCHEMA public",
  "SELECT * FROM pg_authid",
  "SELECT pg_read_file('postgresql.conf')",
  "COPY public.\"Counted\" TO PROGRAM 'cat'",
  "SELECT lo_import('/etc/hosts')",
];

const inMainDatabase = [
  'SELECT * FROM public."Orchestra"',
  'SELECT "databaseUrl" FROM public."Orchestra"',
  `UPDATE public."Orchestra" SET "status" = 'Active'`,
  'DELETE FROM public."Orchestra"',
  'ALTER TABLE public."Orchestra" DISABLE ROW LEVEL SECURITY',
  'DROP TABLE public."Orchestra"',
  "SELECT * FROM stagesub.registration",
  "DELETE FROM stagesub.registration",
  "SELECT * FROM stagesub.audit",
  "INSERT INTO stagesub.audit (stack, orchestra, action, actor) VALUES ('s', 'o', 'registered', 'a')",
  "UPDATE stagesub.audit SET actor = 'nobody'",
  "DELETE FROM stagesub.audit",
  "TRUNCATE stagesub.audit",
  "SELECT * FROM stagesub.pgmigrations",
  "CREATE TABLE stagesub.mine (id int)",
  "CREATE SCHEMA mine",
  "SELECT * FROM pg_authid",
];

const apiRoles = ["anon", "authenticated", "service_role"];

/** A role gets in by its own login, or as Supabase's Data API does, which logs in as another and turns into it. */
type Way = { login: Connection } | { role: string };

/**
 * Tries each statement as each role, instead of reading catalogues. grantsMatrix.txt holds the answers; `npx vitest run -u` writes it
 * anew, for a reviewer to read. It does not prove what Supabase's own roles (supabase_admin, authenticator) may do.
 */
describe("who may do what", () => {
  const postgres = usePostgres();
  let orchestra: Connection;
  let app: Connection;
  let main: Connection;

  beforeAll(async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    // Migrated later, as a release brings it.
    const folder = await mkdtemp(path.join(tmpdir(), "stagesub-kinds-"));
    await cp(spec.migrations, folder, { recursive: true });
    await writeFile(
      path.join(folder, "0999_every_kind.sql"),
      `-- Up Migration\n${everyKind}\n-- Down Migration\nSELECT 1;\n`,
    );
    await ensureOrchestraDatabase({ ...spec, migrations: folder });
    await rm(folder, { recursive: true });
    orchestra = spec.connection;
    app = withRole(orchestra, `${spec.appRole.name}_1`, spec.appRole.password);
    main = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: main, migrations: migrations.registry });
    await ensureRegistration(main, malmoRegistration);
    // Nobody has granted this role anything: its rights are everybody's.
    await query(orchestra, "CREATE ROLE nobody_special");
  });

  it("is as grantsMatrix.txt says, of each kind of object", async () => {
    const everyone = Object.fromEntries([...apiRoles, "nobody_special"].map((role) => [role, { role }]));
    const matrix = [
      "An orchestra's database, with one more migration that has one of each kind of object",
      await tryAll(inOrchestra, orchestra, { migrator: { login: orchestra }, app: { login: app }, ...everyone }),
      "The main database; the registrar is the role of its URL",
      await tryAll(inMainDatabase, main, { registrar: { login: main }, ...everyone }),
    ];
    await expect(`${matrix.join("\n\n")}\n`).toMatchFileSnapshot("grantsMatrix.txt");
  });

  it("ends at the door of another orchestra's database and of the main one, for the app", async () => {
    for (const { database } of [await postgres.createDatabase(), main])
      expect(await messageOf(query({ ...app, database }, "SELECT 1"))).toMatch(/permission denied for database/);
  });

  it("leaves no table of public without row-level security and a single policy, and nothing to PUBLIC", async () => {
    for (const connection of [orchestra, main]) {
      const open = await query(
        connection,
        `SELECT c.oid::regclass::text AS name FROM pg_class c
         WHERE c.relnamespace IN ('public'::regnamespace, 'stagesub'::regnamespace) AND (
           c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
           OR EXISTS (SELECT FROM aclexplode(c.relacl) WHERE grantee = 0))
         UNION ALL SELECT proname FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)
         UNION ALL SELECT nspname FROM pg_namespace
         WHERE nspname IN ('public', 'stagesub') AND EXISTS (SELECT FROM aclexplode(nspacl) WHERE grantee = 0 AND privilege_type = 'CREATE')`,
      );
      expect(open).toEqual([]);
    }
    const policies = await query(
      orchestra,
      "SELECT tablename FROM pg_policies WHERE schemaname = 'public' GROUP BY 1 HAVING count(*) <> 1 OR bool_or('public' = ANY (roles))",
    );
    expect(policies).toEqual([]);
  });

  /** Returns a line per statement and a column per role: yes, no, or the number of rows where row-level security hides all. */
  async function tryAll(statements: string[], at: Connection, ways: Record<string, Way>): Promise<string> {
    const columns = await Promise.all(Object.values(ways).map((way) => tryAs(statements, at, way)));
    const names = Object.keys(ways).map((name) => (name === "nobody_special" ? "PUBLIC" : name));
    const width = Math.max(...statements.map((statement) => statement.length));
    const line = (head: string, cells: string[]) =>
      [head.padEnd(width), ...cells.map((cell, index) => cell.padEnd(names[index]!.length))].join("  ").trimEnd();
    return [
      line("", names),
      ...statements.map((one, row) =>
        line(
          one,
          columns.map((column) => column[row]!),
        ),
      ),
    ].join("\n");
  }

  async function tryAs(statements: string[], at: Connection, way: Way): Promise<string[]> {
    const outcomes: string[] = [];
    let refused = false;
    const work = async (client: pg.Client) => {
      // Without the right to grant, GRANT warns and grants nothing (01007).
      client.on("notice", ({ code }) => (refused ||= code === "01007"));
      if ("role" in way) await client.query(`SET SESSION AUTHORIZATION ${way.role}`);
      for (const statement of statements) {
        const sql = statement
          .replaceAll("OWNER", pg.escapeIdentifier(at.user))
          .replaceAll("DATABASE DATABASE", `DATABASE ${pg.escapeIdentifier(at.database)}`);
        await client.query("BEGIN");
        refused = false;
        const outcome = await client.query(sql).then(say, refuse);
        outcomes.push(refused ? "no" : outcome);
        await client.query("ROLLBACK");
      }
    };
    if ("role" in way) {
      await postgres.cluster().withDatabase(at.database, work);
      return outcomes;
    }
    const { host, port, user, password, database } = way.login;
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
    return outcomes;
  }
});

function say({ command, rowCount }: pg.QueryResult): string {
  return ["SELECT", "UPDATE", "DELETE"].includes(command) && rowCount === 0 ? "0 rows" : "yes";
}

/** Requires the answer "insufficient privilege"; a statement with any other error would prove nothing. */
function refuse(error: pg.DatabaseError): string {
  if (error.code === "42501") return "no";
  throw error;
}
