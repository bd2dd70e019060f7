import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import type { Connection } from "../../infra/database/connection/connection.ts";
import { projectOwner } from "../../local/cloud/cluster/projects.ts";
import { removeCluster, startCluster, type ClusterOptions } from "../../local/cloud/cluster/startCluster.ts";
import { makeClusterFolder } from "../support/clusterFolder.ts";
import { findFreePorts } from "../support/freePorts.ts";
import { usePostgres } from "../support/postgres.ts";

/**
 * Not proven here: a power cut (only the death of processes), macOS. As root and as a normal user these take different
 * paths: run both.
 */
describe("a project's database", () => {
  const postgres = usePostgres();

  it("is PostgreSQL 17 that listens on loopback over TCP and keeps passwords as SCRAM verifiers", async () => {
    const rows = await postgres.cluster().withDatabase("postgres", async (client) => {
      const settings = await client.query<{ name: string; setting: string }>(
        `select name, setting from pg_settings where name = any($1) order by name`,
        [
          [
            "server_version_num",
            "listen_addresses",
            "unix_socket_directories",
            "password_encryption",
            "max_connections",
          ],
        ],
      );
      return Object.fromEntries(settings.rows.map((row) => [row.name, row.setting]));
    });
    expect(rows["server_version_num"]).toMatch(/^17/);
    expect(rows).toMatchObject({
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      password_encryption: "scram-sha-256",
    });
    expect(Number(rows["max_connections"])).toBeGreaterThanOrEqual(300);
  });

  it("belongs to a role that may make roles and databases and is no superuser", async () => {
    const connection = await postgres.createDatabase();
    const [row] = await query(
      connection,
      `select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, pg_get_userbyid(datdba) = current_user as owner,
              has_schema_privilege('public', 'create') as creates
         from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    );
    expect(row).toEqual({
      rolsuper: false,
      rolcreaterole: true,
      rolcreatedb: true,
      rolbypassrls: false,
      owner: true,
      creates: true,
    });
  });

  it("opens new tables, functions and sequences to the API roles, as Supabase does", async () => {
    const connection = await postgres.createDatabase();
    await query(connection, "create table secret (id serial primary key)");
    await query(connection, "create function answer() returns int language sql as 'select 42'");
    for (const role of ["anon", "authenticated", "service_role"]) {
      const [row] = await query(
        connection,
        `select has_table_privilege($1, 'secret', 'select, insert, update, delete, truncate') as "table",
                has_sequence_privilege($1, 'secret_id_seq', 'usage') as sequence,
                has_function_privilege($1, 'answer()', 'execute') as function, has_schema_privilege($1, 'public', 'usage') as schema`,
        [role],
      );
      expect(row).toEqual({ table: true, sequence: true, function: true, schema: true });
    }
  });

  it("lets nobody in from another project", async () => {
    const [one, other] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await expect(query({ ...one, database: other.database }, "select 1")).rejects.toThrow(
      /permission denied for database/,
    );
    await expect(query({ ...one, database: "postgres" }, "select 1")).rejects.toThrow(/permission denied for database/);
    await expect(query({ ...one, database: "template1" }, "select 1")).rejects.toThrow(
      /permission denied for database/,
    );
  });

  it("keeps an owner's hands off the roles of other projects and of the APIs", async () => {
    const [one, other] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await query(other, `create role app_${other.database} login`);
    for (const role of [other.user, `app_${other.database}`, "anon", "supabase_admin"]) {
      await expect(query(one, `alter role ${role} password 'stolen'`)).rejects.toThrow(/permission denied/);
      await expect(query(one, `drop role ${role}`)).rejects.toThrow(/permission denied/);
      await expect(query(one, `grant ${role} to ${one.user}`)).rejects.toThrow(/permission denied/);
    }
  });

  it("takes a new password and refuses the old one", async () => {
    const connection = await postgres.createDatabase();
    await postgres.cluster().setProjectPassword(connection.database, `quote ' and "å" \\`);
    await expect(query(connection, "select 1")).rejects.toThrow(/password authentication failed/);
    await query({ ...connection, password: `quote ' and "å" \\` }, "select 1");
  });

  it("is made once: a second call completes it and leaves its data", async () => {
    const connection = await postgres.createDatabase();
    await query(connection, "create table kept (id int)");
    await postgres.cluster().createProject(connection.database, connection.password);
    expect(await query(connection, "select count(*)::int as rows from kept")).toEqual([{ rows: 0 }]);
  });

  it("is dropped with its open connections, its owner and the roles that the owner made", async () => {
    const connection = await postgres.createDatabase();
    const ref = connection.database;
    await query(connection, `create role app_${ref} nologin; create role app_${ref}_1 login in role app_${ref}`);
    await query(connection, `create table t (id int); grant select on t to app_${ref}`);
    const open = await connect(connection);
    await postgres.cluster().dropProject(ref);
    await postgres.cluster().dropProject(ref);
    await open.end().catch(() => undefined);
    const left = await postgres
      .cluster()
      .withDatabase("postgres", (client) =>
        client.query(
          "select from pg_roles where rolname like '%' || $1 || '%' union all select from pg_database where datname = $1",
          [ref],
        ),
      );
    expect(left.rowCount).toBe(0);
  });
});

describe("a cluster", () => {
  const dirs: string[] = [];
  afterAll(async () => {
    for (const dir of dirs) {
      await removeCluster(dir);
      await rm(path.dirname(dir), { recursive: true, force: true });
    }
  });

  async function newOptions(): Promise<ClusterOptions> {
    // As `mktemp -d` makes it: nobody but us may enter, so the server's own account (as root) may not either.
    const outer = await makeClusterFolder("stagesub-cluster-");
    await chmod(outer, 0o700);
    dirs.push(path.join(outer, "state"));
    await mkdir(path.join(outer, "state"));
    const [port] = await findFreePorts(1);
    return {
      dir: path.join(outer, "state"),
      port: port!,
      id: "one",
      superuserPassword: "pw",
      durable: false,
      log: () => undefined,
    };
  }

  it("keeps its data over a stop, the killing of its server, and a server that its supervisor left behind", async () => {
    const options = await newOptions();
    const first = await startCluster(options);
    await first.createProject("kept", "secret");
    const kept = {
      host: "127.0.0.1",
      port: options.port,
      user: projectOwner("kept"),
      password: "secret",
      database: "kept",
    };
    await query(kept, "create table t (id int)");
    await first.close();

    const second = await startCluster(options);
    await query(kept, "insert into t values (1)");
    process.kill(second.pid, "SIGKILL");
    await second.exited;

    await startCluster(options); // left behind: nobody calls close
    expect(await query(kept, "select id from t")).toEqual([{ id: 1 }]);
    const last = await startCluster(options);
    expect(await query(kept, "select id from t")).toEqual([{ id: 1 }]);
    await last.close();
    await last.exited;
  });

  it("starts over a stale postmaster.pid that names a living stranger, and leaves the stranger alone", async () => {
    const options = await newOptions();
    const first = await startCluster(options);
    const data = await first.withDatabase("postgres", (client) =>
      client.query<{ setting: string }>("show data_directory"),
    );
    const file = path.join(Object.values(data.rows[0]!)[0]!, "postmaster.pid");
    const text = await readFile(file, "utf8");
    await first.close();
    await writeFile(file, text.replace(/^\d+/, String(process.pid)));
    const second = await startCluster(options);
    expect(await second.withDatabase("postgres", async (client) => (await client.query("select 1")).rowCount)).toBe(1);
    await second.close();
  });

  it("starts empty where the state directory was deleted and made again", async () => {
    const options = await newOptions();
    const first = await startCluster(options);
    await first.createProject("gone", "secret");
    const second = await startCluster({ ...options, id: "two", superuserPassword: "other" });
    const found = await second.withDatabase("postgres", (client) =>
      client.query("select from pg_database where datname = 'gone'"),
    );
    expect(found.rowCount).toBe(0);
    await second.close();
  });

  it("says why it did not come up", async () => {
    const options = await newOptions();
    const first = await startCluster(options);
    const other = { ...(await newOptions()), port: options.port };
    await expect(startCluster(other)).rejects.toThrow(/did not come up[^]*could not bind IPv4 address/);
    await first.close();
  });
});

async function connect(connection: Connection): Promise<pg.Client> {
  const client = new pg.Client(connection);
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function query(connection: Connection, text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  const client = await connect(connection);
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}
