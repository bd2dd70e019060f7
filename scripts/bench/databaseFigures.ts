import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import getPort from "get-port";
import pg from "pg";

import { type Connection, formatConnectionUrl } from "../../infra/database/connection/connection.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { sources } from "../../infra/database/sources.ts";
import {
  ensureOrchestraDatabase,
  type OrchestraDatabaseSpec,
} from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { readProgram } from "../../infra/util/runProgram.ts";
import { projectOwner } from "../../local/cloud/cluster/projects.ts";
import { removeCluster, startCluster } from "../../local/cloud/cluster/startCluster.ts";
import type { Toolchain } from "../../local/toolchain/ensureToolchain.ts";
import { compare, type Figure, type Job } from "./compare.ts";

/** Databases as those of new Supabase projects, on a PostgreSQL of the benchmark's own. */
export interface Server {
  folder: string;
  createDatabase: () => Promise<Connection>;
  /** Gives a database all migrations as a person would: `psql -1 -f all.sql`. */
  runPsql: (database: Connection) => Promise<string>;
}

/** Measures one database: from empty to whole, and one that needs nothing. */
export async function measureDatabases({ environment }: Toolchain, repetitions: number): Promise<Figure[]> {
  return withServer(environment, async (server) => {
    const whole = await measureMigration(server, repetitions);
    return [whole, await measureNothing(server, repetitions * 3)];
  });
}

async function measureMigration(server: Server, repetitions: number): Promise<Figure> {
  // Started as our commands and the program of Pulumi are.
  const loader = pathToFileURL(path.join(checkout, "infra/util/loadProgram.js")).href;
  const ensureOne = `await (await import("${loader}")).loadProgram("scripts/bench/ensureOne.ts")`;

  const migrations = readMigrations(sources.orchestraMigrations);
  const forDbmate = path.join(server.folder, "dbmate");
  await mkdir(forDbmate);
  for (const { file, up } of migrations)
    await writeFile(path.join(forDbmate, file), `-- migrate:up\n${up}\n-- migrate:down\n`);

  const onNew =
    (work: (database: Connection) => Promise<unknown>): Job =>
    async () => {
      const database = await server.createDatabase();
      return () => work(database);
    };
  const local = (name: string) => path.join(checkout, "node_modules/.bin", name);
  const url = (database: Connection) => formatConnectionUrl(database, "sslmode=disable");
  return compare(
    { id: "migrate", title: "Migrate, set up and verify one empty database, as a process", reach: 1 },
    {
      ours: onNew((database) =>
        run(process.execPath, ["--input-type=module", "-e", ensureOne], {
          BENCH_SPEC: JSON.stringify(spareSpec(database)),
        }),
      ),
      "psql -1 -f all.sql": onNew(server.runPsql),
      "node-pg-migrate up": onNew((database) =>
        run(local("node-pg-migrate"), ["up", "-m", sources.orchestraMigrations, "--ignore-pattern", "schema"], {
          DATABASE_URL: url(database),
        }),
      ),
      "dbmate up": onNew((database) =>
        run(local("dbmate"), ["--migrations-dir", forDbmate, "--no-dump-schema", "migrate"], {
          DATABASE_URL: url(database),
        }),
      ),
    },
    repetitions,
  );
}

async function measureNothing(server: Server, repetitions: number): Promise<Figure> {
  const database = await server.createDatabase();
  const spec = spareSpec(database);
  await ensureOrchestraDatabase(spec);
  const figure = await compare(
    { id: "nothing", title: "A database that needs nothing", reach: 4 },
    {
      ours: async () => () => ensureOrchestraDatabase(spec),
      "connect and SELECT 1": async () => () => connect(database, "SELECT 1"),
    },
    repetitions,
  );
  const ours = await countRoundTrips(database.port, (port) =>
    ensureOrchestraDatabase({ ...spec, connection: { ...database, port } }),
  );
  const login = await countRoundTrips(database.port, (port) => connect({ ...database, port }));
  return { ...figure, more: { "round trips": ours - login, "more for its login": login } };
}

async function connect(database: Connection, query?: string): Promise<void> {
  const client = new pg.Client(database);
  await client.connect();
  if (query !== undefined) await client.query(query);
  await client.end();
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return readProgram(command, args, { cwd: checkout, env: { PATH: process.env["PATH"], ...env } });
}

function spareSpec(connection: Connection): OrchestraDatabaseSpec {
  return {
    connection,
    key: "pool-1",
    stack: "bench",
    appRole: { name: `app_${connection.database}`, version: 1, password: "only-on-loopback" },
    migrations: sources.orchestraMigrations,
    seeds: sources.orchestraSeeds,
  };
}

/** Counts how often the client waited for an answer of the server. */
async function countRoundTrips(serverPort: number, work: (port: number) => Promise<unknown>): Promise<number> {
  let count = 0;
  const proxy = createServer((client) => {
    const server = createConnection(serverPort, "127.0.0.1");
    let isAnswered = true;
    client.on("data", () => {
      if (isAnswered) count++;
      isAnswered = false;
    });
    server.on("data", () => (isAnswered = true));
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    await work((proxy.address() as AddressInfo).port);
    return count;
  } finally {
    proxy.close();
  }
}

/** Starts a PostgreSQL of the benchmark's own, lends it, and takes it away. */
export async function withServer<T>(
  environment: Toolchain["environment"],
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "stagesub-bench-"));
  const id = randomBytes(8).toString("hex");
  try {
    const cluster = await startCluster({
      dir: folder,
      port: await getPort(),
      ...{ id, superuserPassword: id, durable: false, log: () => undefined },
    });
    const searchPath = environment["PATH"] ?? process.env["PATH"];
    const psql = path.join(await findPostgresPrograms(17, "client programs", searchPath), "psql");
    const all = path.join(folder, "all.sql");
    const statements = readMigrations(sources.orchestraMigrations).map(({ up }) => up);
    await writeFile(all, statements.join("\n"));
    return await work({
      folder,
      runPsql: ({ host, port, user, password, database }) =>
        run(psql, ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", all], {
          ...{ PGHOST: host, PGPORT: `${port}`, PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
        }),
      async createDatabase() {
        const [ref, password] = [`bench${randomBytes(8).toString("hex")}`, randomBytes(16).toString("hex")];
        await cluster.createProject(ref, password);
        return { host: "127.0.0.1", port: cluster.port, user: projectOwner(ref), password, database: ref };
      },
    });
  } finally {
    await removeCluster(folder);
    await rm(folder, { recursive: true, force: true });
  }
}
