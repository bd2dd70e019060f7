import dns from "node:dns";

import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { type Connection, parseConnectionUrl, trust, withClient } from "../../infra/database/connection/connection.ts";
import { type Certificate, createAuthority, createCertificate } from "../support/certificates.ts";
import { usePostgres } from "../support/postgres.ts";
import { listen, startTlsFront } from "../support/tlsFront.ts";
import { messageOf } from "./support.ts";

const host = "db.orchestra.example";

/**
 * A database under a name that is not loopback, behind real TLS. The servers listen on loopback and the name is looked up
 * there; nothing else is changed on the way.
 */
describe("a database on another machine", () => {
  const postgres = usePostgres();
  let real: Connection;
  let authority: Certificate;

  beforeAll(async () => {
    real = await postgres.createDatabase();
    authority = await createAuthority();
  });

  beforeEach(() => {
    const lookup = dns.lookup.bind(dns) as (name: string, ...rest: unknown[]) => void;
    const spy = vi.spyOn(dns, "lookup") as unknown as { mockImplementation(stand: typeof lookup): void };
    spy.mockImplementation((name, ...rest) => lookup(name === host ? "127.0.0.1" : name, ...rest));
    return () => {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
    };
  });

  const ask = (connection: Connection) =>
    withClient(connection, async (client) => (await client.query("SELECT 1 AS one")).rows as unknown[]);
  const refusal = async (connection: Connection) => {
    const text = await messageOf(ask(connection));
    const plain = text.replaceAll(String(connection.port), "PORT").replaceAll(real.user, "USER");
    // Node's own words before its code differ from version to version.
    return plain.replace(/(as USER: ).*( \([A-Z_]+\))/, "$1…$2");
  };
  const behind = async (certificate: Certificate) => {
    const front = await startTlsFront(real.port, certificate);
    return { connection: { ...real, host, port: front.port }, front };
  };

  it("is reached with a certificate that a given authority has signed, and the authority is asked for first", async () => {
    const { connection, front } = await behind(await createCertificate(host, { authority }));
    expect(await refusal(connection)).toMatchInlineSnapshot(
      `"Cannot connect to db.orchestra.example:PORT as USER: … (UNABLE_TO_VERIFY_LEAF_SIGNATURE). The certificate could not be verified: give the server's authority (stagesub:supabase.caFile in the stack file). The check is never skipped."`,
    );
    expect(front.received()).toBe("");
    expect(await ask(trust(connection, authority.cert))).toEqual([{ one: 1 }]);
    expect(front.received()).toContain(real.user);
  });

  it("is refused with a certificate that it has signed itself", async () => {
    const { connection, front } = await behind(await createCertificate(host));
    expect(await refusal(trust(connection, authority.cert))).toMatchInlineSnapshot(
      `"Cannot connect to db.orchestra.example:PORT as USER: … (DEPTH_ZERO_SELF_SIGNED_CERT). The certificate could not be verified: give the server's authority (stagesub:supabase.caFile in the stack file). The check is never skipped."`,
    );
    expect(front.received()).toBe("");
  });

  it("is refused with another host's certificate, though the authority is known", async () => {
    const { connection, front } = await behind(await createCertificate("db.another.example", { authority }));
    expect(await refusal(trust(connection, authority.cert))).toMatchInlineSnapshot(
      `"Cannot connect to db.orchestra.example:PORT as USER: … (ERR_TLS_CERT_ALTNAME_INVALID). The certificate is another server's, so nothing was sent: check the host, or give the server a certificate with this name."`,
    );
    expect(front.received()).toBe("");
  });

  it("is refused with a certificate that has ended", async () => {
    const { connection, front } = await behind(await createCertificate(host, { authority, ended: true }));
    expect(await refusal(trust(connection, authority.cert))).toMatchInlineSnapshot(
      `"Cannot connect to db.orchestra.example:PORT as USER: … (CERT_HAS_EXPIRED). The server's certificate has expired, so nothing was sent: renew it there, or set this machine's clock."`,
    );
    expect(front.received()).toBe("");
  });

  it("is refused where it offers no TLS, and where what answers is no PostgreSQL", async () => {
    // This cluster answers "N" by itself.
    expect(await refusal({ ...real, host })).toMatchInlineSnapshot(
      `"Cannot connect to db.orchestra.example:PORT as USER: The server does not support SSL connections. The server must offer TLS: outside this machine nothing goes in clear."`,
    );
    const received: string[] = [];
    const port = await listen((socket) => {
      socket.on("data", (data) => received.push(data.toString("hex")));
      socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    expect(await refusal({ ...real, host, port })).toMatchInlineSnapshot(
      `"Cannot connect to db.orchestra.example:PORT as USER: There was an error establishing an SSL connection. No PostgreSQL answers there: check host and port."`,
    );
    // Nothing but the question for TLS.
    expect(received).toEqual(["0000000804d2162f"]);
  });

  it("is refused whatever the URL's parameters and the environment say", async () => {
    const { connection, front } = await behind(await createCertificate(host));
    const login = `${connection.user}:${connection.password}@${host}:${connection.port}/${connection.database}`;
    for (const parameters of [
      "sslmode=disable",
      "sslmode=no-verify",
      "sslmode=allow&ssl=0",
      "ssl=false",
      "sslmode=prefer",
    ])
      expect(await refusal(parseConnectionUrl(`postgres://${login}?${parameters}`)), parameters).toMatch(/SELF_SIGNED/);
    const environments: Record<string, string>[] = [
      { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
      { PGSSLMODE: "disable" },
      { PGSSLMODE: "no-verify" },
      { PGHOST: "127.0.0.1", PGHOSTADDR: "127.0.0.1" },
    ];
    for (const environment of environments) {
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      expect(await refusal(connection), JSON.stringify(environment)).toMatch(
        /Cannot connect to db\.orchestra\.example/,
      );
      vi.unstubAllEnvs();
    }
    expect(front.received()).toBe("");
  });
});
