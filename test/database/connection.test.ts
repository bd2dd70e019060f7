import { rootCertificates } from "node:tls";
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  formatConnectionUrl,
  parseConnectionUrl,
  withClient,
  withRole,
  type Connection,
} from "../../infra/database/connection/connection.ts";
import { withSnapshot } from "../../infra/database/connection/withSnapshot.ts";
import { tlsOptions } from "../../infra/database/connection/connectClient.ts";
import { usePostgres } from "../support/postgres.ts";
import { messageOf } from "./support.ts";

const hard: Connection = {
  host: "aws-0-eu-north-1.pooler.supabase.com",
  port: 5432,
  user: "postgres.abcdefghijklmnopqrst",
  password: "p@ss/w#rd?%:[å]&=",
  database: "postgres",
};

describe("a connection URL", () => {
  it("survives being written and read, whatever the password holds", () => {
    expect(parseConnectionUrl(formatConnectionUrl(hard))).toEqual(hard);
    const local = { ...hard, host: "::1", port: 54322 };
    expect(formatConnectionUrl(local)).toContain("@[::1]:54322/");
    expect(parseConnectionUrl(formatConnectionUrl(local, "pgbouncer=true&connection_limit=1"))).toEqual(local);
    expect(parseConnectionUrl("postgres://u:p@db.example/main?sslmode=disable")).toMatchObject({
      port: 5432,
      database: "main",
    });
  });

  it("keeps the pooler's suffix when the role changes", () => {
    expect(withRole(hard, "app_malmo_1", "x").user).toBe("app_malmo_1.abcdefghijklmnopqrst");
    expect(withRole({ ...hard, user: "postgres" }, "app_malmo_1", "x").user).toBe("app_malmo_1");
  });

  it("is refused without showing anything of it", () => {
    const messages = [
      "postgres://user:sec/ret@host:5432/db",
      "mysql://user:secret@host/db",
      "postgres://user@host/secret",
      "postgres://user:secret@host",
      "postgres://user:secret%zz@host/db",
      "secret",
    ].map((url) => {
      try {
        return parseConnectionUrl(url);
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(JSON.stringify(messages)).not.toMatch(/sec\/?ret/);
    expect(messages).toMatchInlineSnapshot(`
      [
        "Expected a connection URL, got one (not shown) that cannot be used: it does not parse as a URL; characters such as @ / : # ? % in a password must be percent-encoded. Do this: give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
        "Expected a connection URL, got one (not shown) that cannot be used: it does not begin with postgresql://. Do this: give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
        "Expected a connection URL, got one (not shown) that cannot be used: it lacks a password. Do this: give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
        "Expected a connection URL, got one (not shown) that cannot be used: it lacks a database. Do this: give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
        "Expected a connection URL, got one (not shown) that cannot be used: it holds a % that starts no percent-encoding. Do this: write a % of a password as %25.",
        "Expected a connection URL, got one (not shown) that cannot be used: it does not begin with postgresql://. Do this: give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
      ]
    `);
  });
});

describe("TLS", () => {
  it("is verified everywhere but on loopback", () => {
    for (const host of ["127.0.0.1", "127.8.9.10", "::1", "localhost"]) expect(tlsOptions(host, undefined)).toBe(false);
    for (const host of [
      "db.abc.supabase.co",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "10.0.0.1",
      "0.0.0.0",
      "127.1",
    ])
      expect(tlsOptions(host, undefined)).toEqual({ rejectUnauthorized: true });
    expect(tlsOptions("db.example", "PEM")).toEqual({ rejectUnauthorized: true, ca: [...rootCertificates, "PEM"] });
  });

  it("is demanded of a server that does not offer it, before the password is sent", async () => {
    let received = "";
    const port = await serve((socket) =>
      socket.on("data", (data) => ((received += data.toString("latin1")), socket.write("N"))),
    );
    // 127.1 leads here, and is not written as a loopback address.
    const message = await messageOf(withClient({ ...hard, host: "127.1", port }, async () => undefined));
    expect(message.replace(String(port), "PORT")).toMatchInlineSnapshot(
      `"Cannot connect to 127.1:PORT as postgres.abcdefghijklmnopqrst: The server does not support SSL connections. The server must offer TLS: outside this machine nothing goes in clear."`,
    );
    expect(received).not.toContain("postgres.abc");
  });
});

describe("connecting", () => {
  const postgres = usePostgres();

  it.each(["(ENOTFOUND) tenant/user postgres.abc not found", "Tenant or user not found"])(
    "waits for a pooler that does not know the project yet, and no longer than told: %s",
    async (wording) => {
      const real = await postgres.createDatabase();
      let refusals = 0;
      const port = await serve((socket) => {
        if (refusals++ >= 2) return pipe(socket, real.port);
        socket.once("data", () => socket.end(fatal("XX000", wording)));
      });
      const one = await withClient(
        { ...real, port },
        async (client) => (await client.query("SELECT 1 AS one")).rows as unknown[],
      );
      expect(one).toEqual([{ one: 1 }]);
      expect(refusals).toBe(3);

      const unknown = await serve((socket) => socket.once("data", () => socket.end(fatal("XX000", wording))));
      const message = await messageOf(
        withClient({ ...real, port: unknown }, async () => undefined, { connectMs: 500 }),
      );
      expect(message).toContain(`: ${wording} (XX000). The pooler does not know `);
      expect(message).toMatch(/Tried for 0\.5 s\.$/);
    },
  );

  it("lasts no statement longer than the session: an error of the pooler that ends it is a lost connection", async () => {
    const real = await postgres.createDatabase();
    let session: Socket | undefined;
    const port = await serve((socket) => pipe((session = socket), real.port));
    const lost = withSnapshot({ ...real, port }, "malmo", async (client) => {
      const running = client.query("SELECT pg_sleep(20)");
      session!.end(fatal("XX000", "(EDBHANDLEREXITED) DbHandler exited. Check logs for more information"));
      await running;
    });
    await expect(lost).rejects.toMatchObject({ code: "connection-lost" });
    await expect(lost).rejects.toThrow(
      /^malmo: the server ended the connection: \(EDBHANDLEREXITED\) DbHandler exited/,
    );
  });

  it("does not know who cancelled a statement, and says neither", async () => {
    const real = await postgres.createDatabase();
    const cancelled = (statement: string) =>
      messageOf(withSnapshot(real, "malmo", (client) => client.query(statement)));
    for (const statement of [
      "SELECT pg_cancel_backend(pg_backend_pid())",
      "SET LOCAL statement_timeout = 50; SELECT pg_sleep(2)",
    ])
      expect(await cancelled(statement)).toMatch(
        /^malmo: PostgreSQL refused: canceling statement due to .* \(SQLSTATE 57014\)\. A time limit of this run, the role, the database or the server ended it, or another session did\./,
      );
  });

  it("waits for a server that is starting, and for one that does not listen yet", async () => {
    const real = await postgres.createDatabase();
    const starting = await serve((socket) =>
      socket.once("data", () => socket.end(fatal("57P03", "the database system is starting up"))),
    );
    for (const port of [starting, await freePort()]) {
      const started = Date.now();
      const message = await messageOf(withClient({ ...real, port }, async () => undefined, { connectMs: 400 }));
      expect(Date.now() - started).toBeGreaterThanOrEqual(400);
      expect(message).toMatch(/Tried for 0\.4 s\.$/);
    }
  });

  it("says everything else at once, and never the password", async () => {
    const real = await postgres.createDatabase();
    const started = Date.now();
    const attempt = async (changes: Partial<Connection>) =>
      (await messageOf(withClient({ ...real, ...changes }, async () => undefined)))
        .replaceAll(real.user, "USER")
        .replaceAll(String(real.port), "PORT");
    const messages = [
      await attempt({ password: "Wrong-Secret" }),
      await attempt({ database: "missing" }),
      await attempt({ host: "no-such-host.invalid" }),
    ];
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(messages.join()).not.toMatch(/Secret/);
    expect(messages.join()).not.toContain(real.password);
    expect(messages.map((message) => message.replace("EAI_AGAIN", "ENOTFOUND"))).toMatchInlineSnapshot(`
      [
        "Cannot connect to 127.0.0.1:PORT as USER: password authentication failed for user "USER" (28P01). The server does not accept this login: check user and password.",
        "Cannot connect to 127.0.0.1:PORT as USER: database "missing" does not exist (3D000). Check the database's name.",
        "Cannot connect to no-such-host.invalid:PORT as USER: getaddrinfo ENOTFOUND no-such-host.invalid. No such host: check its name and this machine's DNS.",
      ]
    `);
  });
});

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function pipe(socket: Socket, port: number): void {
  const upstream = connect(port, "127.0.0.1");
  upstream.on("error", () => socket.destroy());
  socket.pipe(upstream).pipe(socket);
}

/** Makes an ErrorResponse of PostgreSQL's protocol. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
