import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Connection } from "../../infra/database/connection/connection.ts";
import type { Service } from "../../local/cloud/context.ts";
import { createFaultSwitch } from "../../local/cloud/faults.ts";
import { startRouter } from "../../local/cloud/router/startRouter.ts";
import { formatStartupPacket, parseFirstPacket } from "../../local/cloud/router/startupPacket.ts";
import { findFreePorts } from "../support/freePorts.ts";
import { usePostgres } from "../support/postgres.ts";

/** Not proven here: that a program keeps to what a transaction pooler allows; this router pools nothing. */
describe("the router", () => {
  const postgres = usePostgres();
  const faults = createFaultSwitch();
  const open = new Set<string>();
  const logged: string[] = [];
  let router: Service;
  let project: Connection;

  beforeAll(async () => {
    const [port] = await findFreePorts(1);
    const isOpen = async (ref: string) => open.has(ref);
    const route = {
      clusterPort: postgres.cluster().port,
      isOpen,
      faults,
      log: (line: string) => void logged.push(line),
    };
    router = await startRouter("session", port!, route);
    project = await postgres.createDatabase();
    open.add(project.database);
  });
  afterAll(() => router.close());
  afterEach(() => faults.clear());

  /** Returns the settings of a project behind the pooler. */
  const through = (role = "postgres", password = project.password): pg.ClientConfig => ({
    host: "127.0.0.1",
    port: router.port,
    user: `${role}.${project.database}`,
    password,
    database: "postgres",
  });

  it("takes postgres.<ref> to the project's database as its owner", async () => {
    expect(await query(through(), "select current_user as role, current_database() as database")).toEqual([
      { role: project.user, database: project.database },
    ]);
  });

  it("takes any other role to the project's database under its own name", async () => {
    await query(through(), `create role app_${project.database} login password 'app'`);
    await query(through(), `grant connect on database ${project.database} to app_${project.database}`);
    expect(await query(through(`app_${project.database}`, "app"), "select current_user as role")).toEqual([
      { role: `app_${project.database}` },
    ]);
  });

  it("leaves the password to PostgreSQL", async () => {
    await expect(query(through("postgres", "wrong"), "select 1")).rejects.toMatchObject({ code: "28P01" });
  });

  const unknown = "(ENOTFOUND) tenant/user postgres.abcdefghijklmnopqrst not found";
  it.each([
    ["an unknown project", "postgres.abcdefghijklmnopqrst", undefined, unknown],
    ["an unknown project in `options`", "postgres", "reference=abcdefghijklmnopqrst", unknown],
    ["an unknown project as a setting", "postgres", "--reference=abcdefghijklmnopqrst", unknown],
    [
      "no project",
      "postgres",
      undefined,
      "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)",
    ],
    [
      "an empty role",
      ".abcdefghijklmnopqrst",
      undefined,
      '(EINVALIDUSERINFO) Authentication error, reason: "Invalid format for user or db_name"',
    ],
  ])("answers as Supavisor does to %s", async (_case, user, options, message) => {
    const client = new pg.Client({ ...through(), user, ...(options && { options }), ssl: false });
    client.on("error", () => undefined);
    await expect(client.connect()).rejects.toMatchObject({ severity: "FATAL", code: "XX000", message });
  });

  it("takes the project from `options` before the user's name", async () => {
    const client = new pg.Client({ ...through(), user: "postgres", options: `reference=${project.database}` });
    await client.connect();
    const { rows } = await client.query<{ database: string }>("select current_database() as database");
    await client.end();
    expect(rows).toEqual([{ database: project.database }]);
  });

  it("refuses a project that is not healthy yet, and lets it in once it is", async () => {
    open.delete(project.database);
    await expect(query(through(), "select 1")).rejects.toMatchObject({ code: "XX000" });
    open.add(project.database);
    await query(through(), "select 1");
  });

  it("lets no client into a database of another project, whatever it names", async () => {
    await expect(query({ ...through(), database: "template1" }, "select 1")).rejects.toMatchObject({ code: "42501" });
    await expect(query({ ...through(), database: "none" }, "select 1")).rejects.toMatchObject({ code: "3D000" });
  });

  it("declines TLS and GSS encryption and goes on in clear", async () => {
    const socket = await dial(router.port);
    for (const code of [80877103, 80877104]) {
      socket.write(requestPacket(code));
      expect(String(await read(socket))).toBe("N");
    }
    socket.write(
      formatStartupPacket(196608, new Map(Object.entries({ user: "postgres.nobody", database: "postgres" }))),
    );
    expect(String(await read(socket))).toContain("(ENOTFOUND) tenant/user postgres.nobody not found");
    socket.destroy();
  });

  it("reads a start-up packet that arrives byte by byte", async () => {
    const socket = await dial(router.port);
    const packet = formatStartupPacket(
      196608,
      new Map(Object.entries({ user: "postgres.nobody", database: "postgres" })),
    );
    for (const byte of packet) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(String(await read(socket))).toContain("(ENOTFOUND) tenant/user postgres.nobody not found");
    socket.destroy();
  });

  it.each([
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n"), /invalid length of startup packet/],
    ["protocol 2", requestPacket(131072), /unsupported frontend protocol 2\.0/],
    [
      "data behind a request for encryption",
      Buffer.concat([requestPacket(80877103), Buffer.from("x")]),
      /data after an encryption request/,
    ],
  ])("refuses %s and hangs up", async (_what, bytes, reason) => {
    const socket = await dial(router.port);
    const end = once(socket, "close");
    socket.write(bytes);
    expect(String(await read(socket))).toMatch(reason);
    await end;
  });

  it("cancels a running query", async () => {
    const client = await connectClient(through());
    const running = client.query("select pg_sleep(30)");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const packet = Buffer.alloc(16);
    [16, 80877102, processID, secretKey].forEach((word, index) => packet.writeInt32BE(word, index * 4));
    const socket = await dial(router.port);
    socket.end(packet);
    await expect(running).rejects.toMatchObject({ code: "57014" });
    await client.end();
  });

  it("carries large results and large parameters whole", async () => {
    const text = "å".repeat(8_000_000);
    const rows = await query(through(), "select $1::text as text, repeat('x', 20000000) as long", [text]);
    expect(rows[0]!["text"] === text).toBe(true);
    expect((rows[0]!["long"] as string).length).toBe(20_000_000);
  });

  it("closes the server's side when the client vanishes, and the client's when the server does", async () => {
    const backends = async () => {
      const found = await postgres
        .cluster()
        .withDatabase("postgres", (client) =>
          client.query<{ pid: number }>("select pid from pg_stat_activity where datname = $1", [project.database]),
        );
      return found.rows.map((row) => row.pid);
    };
    const client = await connectClient(through());
    expect(await backends()).toHaveLength(1);
    (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    await expect.poll(backends).toHaveLength(0);

    const other = await connectClient(through());
    const ended = new Promise((resolve) => other.once("end", resolve));
    const [pid] = await backends();
    await postgres.cluster().withDatabase("postgres", (admin) => admin.query("select pg_terminate_backend($1)", [pid]));
    await ended;
  });

  it("says so when the cluster is down, and logs why", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const clusterPort = (probe.address() as AddressInfo).port;
    probe.close();
    const [port] = await findFreePorts(1);
    const lines: string[] = [];
    const lonely = await startRouter("transaction", port!, {
      clusterPort,
      isOpen: async () => true,
      faults,
      log: (line) => void lines.push(line),
    });
    await expect(query({ ...through(), port: port! }, "select 1")).rejects.toMatchObject({ code: "08006" });
    expect(lines.join()).toMatch(/ECONNREFUSED/);
    await lonely.close();
  });

  it("plays faults on the connections that they name", async () => {
    faults.add({ service: "router", method: "transaction", action: { kind: "drop", when: "before" } });
    await query(through(), "select 1");
    faults.clear();

    faults.add({ service: "router", path: "^postgres\\.", times: 1, action: { kind: "drop", when: "before" } });
    await expect(query(through(), "select 1")).rejects.toThrow(/terminated unexpectedly/);
    faults.add({
      service: "router",
      times: 1,
      action: { kind: "status", status: 500, body: "remaining connection slots are reserved" },
    });
    await expect(query(through(), "select 1")).rejects.toThrow("remaining connection slots are reserved");
    faults.add({ service: "router", times: 1, action: { kind: "delay", ms: 300 } });
    const start = Date.now();
    await query(through(), "select 1");
    expect(Date.now() - start).toBeGreaterThanOrEqual(300);
    expect(faults.list()).toEqual([]);
  });

  it("carries a request out and loses its answer, when asked to drop after it", async () => {
    faults.add({ service: "router", times: 1, action: { kind: "drop", when: "after" } });
    await expect(query(through(), "create table made_unseen ()")).rejects.toThrow(/terminated unexpectedly|ECONNRESET/);
    expect(await query(through(), "select count(*)::int as rows from made_unseen")).toEqual([{ rows: 0 }]);
  });

  it("logs neither users nor passwords", () => {
    expect(logged).toEqual([]);
  });
});

describe("parseFirstPacket", () => {
  it("gives back what formatStartupPacket was given, whatever the characters", () => {
    const parameters = new Map(
      Object.entries({ user: "postgres.åäö", database: "postgres", options: "-c a=b", empty: "" }),
    );
    const packet = formatStartupPacket(196608, parameters);
    expect(parseFirstPacket(packet)).toEqual({
      packet: { kind: "startup", version: 196608, parameters },
      length: packet.length,
    });
    for (let length = 0; length < packet.length; length++) {
      expect(parseFirstPacket(packet.subarray(0, length))).toBeUndefined();
    }
  });
});

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  return socket;
}

async function read(socket: Socket): Promise<Buffer> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk;
}

function requestPacket(code: number): Buffer {
  const packet = Buffer.alloc(8);
  packet.writeInt32BE(8, 0);
  packet.writeInt32BE(code, 4);
  return packet;
}

async function connectClient(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function query(config: pg.ClientConfig, text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  const client = await connectClient(config);
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
