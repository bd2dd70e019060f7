import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import type { Cluster } from "../context.ts";

type WithDatabase = Cluster["withDatabase"];

/** Supabase's roles for its HTTP APIs. Roles belong to the whole cluster, so all projects share these. */
const apiRoles = ["anon", "authenticated", "service_role"];

/** Returns the role that stands for Supabase's `postgres` in one project. */
export function projectOwner(ref: string): string {
  return `postgres_${ref}`;
}

/** Creates the shared roles, once a cluster, and keeps a project's roles out of the server's own databases. */
export async function createSharedRoles(client: Client): Promise<void> {
  await client.query("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC");
  for (const role of apiRoles) {
    await createRole(client, role, role === "service_role" ? "NOLOGIN BYPASSRLS" : "NOLOGIN");
  }
}

/** Makes a login role with this password, or gives it the password. `attributes` is SQL. */
export async function createRole(client: Client, role: string, attributes: string, password?: string): Promise<void> {
  const known = await client.query("select from pg_roles where rolname = $1", [role]);
  const secret = password === undefined ? "" : ` PASSWORD ${escapeLiteral(password)}`;
  await client.query(`${known.rowCount ? "ALTER" : "CREATE"} ROLE ${escapeIdentifier(role)} ${attributes}${secret}`);
}

/** Makes a database that only its owner may enter. */
export async function createDatabase(client: Client, database: string, owner: string): Promise<void> {
  const known = await client.query("select from pg_database where datname = $1", [database]);
  const [name, role] = [escapeIdentifier(database), escapeIdentifier(owner)];
  // CREATE DATABASE knows no IF NOT EXISTS and no transaction; each statement here can be repeated.
  if (!known.rowCount) await client.query(`CREATE DATABASE ${name} OWNER ${role}`);
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
}

export async function createProject(withDatabase: WithDatabase, ref: string, password: string): Promise<void> {
  const owner = projectOwner(ref);
  await withDatabase("postgres", async (client) => {
    await createRole(client, owner, "LOGIN CREATEROLE CREATEDB NOSUPERUSER", password);
    await createDatabase(client, ref, owner);
  });
  // As at Supabase, everything that the owner makes in "public" is open to the API roles until someone revokes that:
  // https://github.com/supabase/postgres/blob/develop/migrations/db/init-scripts/00000000000000-initial-schema.sql
  const roles = apiRoles.join(", ");
  await withDatabase(ref, async (client) => {
    await client.query(`GRANT USAGE ON SCHEMA public TO ${roles}`);
    for (const kind of ["TABLES", "FUNCTIONS", "SEQUENCES"]) {
      await client.query(
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(owner)} IN SCHEMA public GRANT ALL ON ${kind} TO ${roles}`,
      );
    }
  });
}

export async function setProjectPassword(withDatabase: WithDatabase, ref: string, password: string): Promise<void> {
  const role = escapeIdentifier(projectOwner(ref));
  await withDatabase("postgres", (client) => client.query(`ALTER ROLE ${role} PASSWORD ${escapeLiteral(password)}`));
}

export async function dropProject(withDatabase: WithDatabase, ref: string): Promise<void> {
  const owner = projectOwner(ref);
  await withDatabase("postgres", async (client) => {
    const owned = await client.query<{ datname: string }>(
      "select datname from pg_database where datdba = to_regrole($1)::oid or datname = $2",
      [escapeIdentifier(owner), ref],
    );
    for (const { datname } of owned.rows)
      await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(datname)} WITH (FORCE)`);
    // The maker of a role gets the admin option on it, so these are the owner's own roles (PostgreSQL 16 and later).
    const made = await client.query<{ rolname: string }>(
      `select made.rolname from pg_auth_members m
         join pg_roles made on made.oid = m.roleid
         join pg_roles maker on maker.oid = m.member
        where maker.rolname = $1 and m.admin_option`,
      [owner],
    );
    const roles = [...made.rows.map((row) => row.rolname), owner].map((role) => escapeIdentifier(role));
    await client.query(`DROP ROLE IF EXISTS ${roles.join(", ")}`);
  });
}
