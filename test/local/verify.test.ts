import { createSocket } from "node:dgram";
import { once } from "node:events";
import * as dns from "dns-packet";
import pLimit from "p-limit";
import { afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Connection, formatConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { ensureRegistration, type Registration } from "../../infra/database/registry/registration.ts";
import { everyNetwork } from "../../infra/config/schema/networks.ts";
import type { OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import { commentFor } from "../../infra/cloud/recordComment.ts";
import { startApp } from "../../local/cloud/app/startApp.ts";
import { openRecordStore, prepareRecordTables, type RecordValues } from "../../local/cloud/cloudflare/recordStore.ts";
import { startDnsServer } from "../../local/cloud/dns/startDnsServer.ts";
import { formatDrift } from "../../scripts/fleet/difference.ts";
import { formatFleet, formatOrchestra } from "../../scripts/fleet/formatFleet.ts";
import { type Fleet, readFleet } from "../../scripts/fleet/readFleet.ts";
import type { OpenStack } from "../../scripts/stack/openStack.ts";
import { renderReport } from "../../scripts/fleet/report/renderReport.ts";
import type { CheckResults } from "../../scripts/fleet/verify/checkResult.ts";
import { openNameServers, type VerifyTarget } from "../../scripts/fleet/verify/checkName.ts";
import { verifyOrchestra } from "../../scripts/fleet/verify/verifyOrchestra.ts";
import { useCloudContext } from "../support/cloudContext.ts";
import { prepareMalmo } from "../support/prepareMalmo.ts";

/**
 * `verify` against a real database, the stand-in for the app and a real name server, each broken in turn. It does not prove how
 * fast Cloudflare's servers and the world's resolvers spread a record.
 */
const cloud = useCloudContext();
const host = "malmo.stagesub.localhost";
const appHost = "cname.app-host.localhost";
const password = "one-time-Password-7";
let target: VerifyTarget;
let stack: OpenStack;
let registration: Omit<Registration, "stack" | "orchestra">;
let dnsServer: string;
let owner: Connection;

beforeAll(async () => {
  const { ports } = cloud.context().settings;
  await prepareRecordTables(cloud.context().store);
  await cloud.start(startApp);
  await cloud.start(startDnsServer);
  dnsServer = `127.0.0.1:${ports.dns}`;
  const administrator = { name: "Åsa", email: "asa@example.se", password };
  const { migrator, app } = await prepareMalmo(cloud, { name: "Malmö", administrator });
  owner = migrator;
  const readDigests = (folder: string) =>
    Object.fromEntries(readMigrations(folder).map(({ file, sha256 }) => [file, sha256]));
  const contact = { name: "Kontoret", email: "asa@example.se" };
  const appView = { target: appHost, proxied: false, urlTemplate: "", urlParameters: "" };
  target = {
    id: "malmo",
    host,
    url: `http://${host}:${ports.app}`,
    state: "active",
    app: appView,
    oneTimePassword: password,
  };
  registration = {
    ...{ name: "Malmö", subdomain: "malmo", databaseUrl: formatConnectionUrl(app), status: "Active" },
    ...{ contactName: contact.name, contactEmail: contact.email, setupDate: "2026-11-22" },
  };
  const orchestra: OrchestraPlan = {
    ...{ ...target, name: "Malmö", subdomain: "malmo", contact, since: "2026-11-22", canary: false, released: false },
    ...{ appRole: "app_malmo", passwordVersion: 1, database: { kind: "adopted", url: "", direct: "" } },
  };
  stack = {
    name: "local",
    plan: {
      ...{ stack: "local", domain: "stagesub.localhost", app: appView, pool: [], orchestras: [orchestra] },
      supabase: { region: "eu-north-1", size: "micro", networkRestrictions: everyNetwork },
      migrations: readDigests("migrations/orchestra"),
      registryMigrations: readDigests("migrations/registry"),
    } as unknown as OpenStack["plan"],
    registry: cloud.context().settings.mainDatabase,
    outputs: {
      ...{ orchestras: {}, pool: {}, migrators: {}, connections: { malmo: registration.databaseUrl } },
      administrators: { malmo: { email: contact.email, oneTimePassword: password } },
    },
    migrators: { malmo: owner },
    ...{ config: {} as OpenStack["config"], values: {}, env: {} },
  };
  await putRight();
});
afterEach(putRight);

async function putRight(): Promise<void> {
  const { mainDatabase } = cloud.context().settings;
  await ensureRegistration(mainDatabase, { stack: "local", orchestra: "malmo", ...registration });
  await setRecord({});
}

/** The one record of the orchestra's name; `undefined` for none. */
async function setRecord(change: Partial<RecordValues> | undefined): Promise<void> {
  const records = openRecordStore(cloud.context().store);
  for (const { id } of await records.list()) await records.remove(id);
  const plain = {
    proxied: false,
    ttl: 1,
    comment: commentFor("malmo", "local"),
    tags: [],
    settings: {},
  };
  if (change) await records.insert({ name: host, type: "CNAME", content: appHost, ...plain, ...change });
}

const inMain = (sql: string) => withClient(cloud.context().settings.mainDatabase, (client) => client.query(sql));
const inside = (sql: string) => withClient(owner, (client) => client.query(sql));

/** Reads the fleet as `list` and `drift` do; Cloudflare's API is read in its own store. */
async function observe(change: Partial<OpenStack> = {}): Promise<Fleet> {
  const found = await openRecordStore(cloud.context().store).list();
  const records = found.map((record) => ({ ...record, comment: record.comment ?? "" }));
  const clouds = { projects: [], records, refs: new Map<string, string>(), settings: new Map<string, never>() };
  return readFleet({ ...stack, ...change }, undefined, clouds);
}

interface Look {
  target?: Partial<VerifyTarget>;
  stack?: Partial<OpenStack>;
  resolver?: string;
  waitMs?: number;
  onWait?: (what: string) => void;
}

async function look({
  target: change,
  stack: otherwise,
  resolver,
  waitMs = 0,
  onWait,
}: Look = {}): Promise<CheckResults> {
  const context = openContext({ ...(resolver && { resolver }), waitMs }, await observe(otherwise));
  return verifyOrchestra({ ...target, ...change }, context, onWait);
}

function openContext({ resolver = dnsServer, waitMs = 0 }: Pick<Look, "resolver" | "waitMs">, fleet: Fleet) {
  const servers = openNameServers("stagesub.localhost", { zone: dnsServer, public: resolver });
  return { servers, fleet, deadline: Date.now() + waitMs };
}

/** A resolver that remembers what was: it answers every question with `answers`, or that there is no such name. */
async function withStaleResolver<T>(answers: dns.Answer[], work: (address: string) => Promise<T>): Promise<T> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.on("message", (message, { port }) => {
    const { id = 0, questions = [] } = dns.decode(message);
    const rcode = answers.length > 0 ? 0 : 3;
    socket.send(dns.encode({ type: "response", id, questions, answers, flags: dns.RECURSION_AVAILABLE | rcode }), port);
  });
  try {
    return await work(`127.0.0.1:${socket.address().port}`);
  } finally {
    socket.close();
  }
}

/** Ports differ from run to run. */
const fixed = (text: string | undefined) =>
  text?.replace(/\d+\.\d+\.\d+\.\d+:\d+/g, "IP:PORT").replace(/:\d{4,5}\b/g, ":PORT");

describe("an orchestra that is well", () => {
  it("holds every check", async () => {
    const results = await look();
    expect(Object.entries(results).map(([name, { state, seen }]) => `${name}: ${state}, ${seen}`))
      .toMatchInlineSnapshot(`
      [
        "DNS: ok, cname.app-host.localhost",
        "page: ok, login page",
        "sign-in: ok, one-time password",
        "templates: ok, 16",
        "settings: ok, 21",
        "ledger: ok, 0011_audit_log",
        "rights: ok, app_malmo_1",
        "project: ok, adopted",
        "record: ok, as declared",
        "status: ok, Active",
      ]
    `);
  });

  it("passes behind Cloudflare's proxy too, where the world sees addresses", async () => {
    await setRecord({ proxied: true });
    const { DNS, page } = await look({ target: { app: { target: appHost, proxied: true } } });
    expect([DNS?.seen, page?.state]).toEqual(["proxied", "ok"]);
  });

  it("takes a changed password for well, and does not try the old one", async () => {
    await inside(`UPDATE "User" SET "mustChangePassword" = false`);
    expect((await look())["sign-in"]).toEqual({ state: "ok", seen: "changed" });
    await inside(`UPDATE "User" SET "mustChangePassword" = true`);
  });

  it("is looked at two hundred times over within a minute", { timeout: 120_000 }, async () => {
    const started = Date.now();
    // Two hundred times scrypt would be the app's time, not ours.
    await inside(`UPDATE "User" SET "mustChangePassword" = false`);
    const context = openContext({}, await observe());
    const results = await pLimit(10).map(Array<VerifyTarget>(200).fill(target), (each) =>
      verifyOrchestra(each, context),
    );
    await inside(`UPDATE "User" SET "mustChangePassword" = true`);
    expect(results.filter(({ page }) => page?.state === "ok")).toHaveLength(200);
    expect(Date.now() - started).toBeLessThan(60_000);
  });
});

describe("a subdomain that does not answer", () => {
  it("has no record", async () => {
    await setRecord(undefined);
    const { DNS, page } = await look();
    expect(DNS?.reason).toMatchInlineSnapshot(
      `"Expected malmo.stagesub.localhost CNAME cname.app-host.localhost; the zone's own name servers know no such name. \`pulumi up\` makes the record; if it finds nothing to do, somebody deleted it by hand: \`pulumi up --refresh\`."`,
    );
    expect(page).toEqual({ state: "skipped", seen: "see DNS" });
  });

  it("has the wrong target", async () => {
    await setRecord({ content: "elsewhere.example.com" });
    expect((await look({ waitMs: 60_000 })).DNS?.reason).toMatchInlineSnapshot(
      `"Expected malmo.stagesub.localhost CNAME cname.app-host.localhost; the zone's own name servers say CNAME elsewhere.example.com. Somebody changed the record by hand: \`pulumi refresh --preview-only --diff\` shows it, \`pulumi up --refresh\` puts it right."`,
    );
  });

  it("has an address in place of the CNAME", async () => {
    await setRecord({ type: "A", content: "192.0.2.7" });
    expect((await look()).DNS?.reason).toMatch(/say address 192\.0\.2\.7/);
  });

  it("is not propagated: the resolver knows nothing yet, or what was", async () => {
    await withStaleResolver([], async (resolver) => {
      expect(fixed((await look({ resolver })).DNS?.reason)).toMatchInlineSnapshot(
        `"Expected malmo.stagesub.localhost CNAME cname.app-host.localhost, as the zone's own name servers say; the resolver IP:PORT says no such name. It remembers what it heard before, for half an hour as a rule: wait and verify again (--wait), or ask another one (--resolver)."`,
      );
    });
    await withStaleResolver([{ name: host, type: "CNAME", data: "old.example.com" }], async (resolver) => {
      expect((await look({ resolver })).DNS?.reason).toMatch(/says CNAME old\.example\.com/);
    });
  });

  it("is asked again while it spreads, and passes once it has", async () => {
    await setRecord(undefined);
    const waits: string[] = [];
    const onWait = (what: string) => {
      waits.push(what);
      void setRecord({});
    };
    expect((await look({ waitMs: 30_000, onWait })).DNS?.state).toBe("ok");
    expect(waits).toEqual(["no record"]);
  });

  it("is not known to the app", async () => {
    await inMain(`UPDATE "Orchestra" SET "subdomain" = 'malmoe'`);
    const { page, status } = await look();
    expect(fixed(page?.reason)).toMatchInlineSnapshot(
      `"Expected a login page at http://malmo.stagesub.localhost:PORT, got 404: the app does not know malmo.stagesub.localhost. It looks the subdomain up in the main database: see status; or its hosting does not know the domain: add it there, or its wildcard."`,
    );
    expect(status?.reason).toMatchInlineSnapshot(
      `"subdomain: declared "malmo", in the main database "malmoe". \`pulumi up --refresh\` puts right what is ours and names what it leaves."`,
    );
  });

  it("has a database that the app cannot reach", async () => {
    await inMain(`UPDATE "Orchestra" SET "databaseUrl" = 'postgresql://app_malmo_1:wrong@127.0.0.1:1/malmo'`);
    const { page, status, "sign-in": signIn } = await look();
    expect(fixed(page?.reason)).toMatchInlineSnapshot(
      `"Expected a login page at http://malmo.stagesub.localhost:PORT, got 503: the app does not reach the orchestra's database, or the orchestra is not Active. See ledger, rights and status; where they hold, look at the app's log."`,
    );
    expect(status?.reason).toMatchInlineSnapshot(
      `"the connection URL in the main database is not the provisioned one. \`pulumi up --refresh\` puts right what is ours and names what it leaves."`,
    );
    expect(signIn).toEqual({ state: "skipped", seen: "see page" });
  });

  it("has name servers that do not answer", async () => {
    const servers = openNameServers("stagesub.localhost", { zone: "127.0.0.1:9", public: dnsServer });
    const { DNS } = await verifyOrchestra(target, { ...openContext({}, await observe()), servers });
    expect(DNS?.reason).toMatchInlineSnapshot(
      `"Expected malmo.stagesub.localhost CNAME cname.app-host.localhost; the zone's own name servers did not answer (ECONNREFUSED). Check that this machine may ask it (UDP port 53), or name others with --dns-server and --resolver."`,
    );
  });

  it("has a zone whose name servers nobody can name", async () => {
    await withStaleResolver([], async (resolver) => {
      const servers = openNameServers("stagesub.localhost", { public: resolver });
      const { DNS } = await verifyOrchestra(target, { ...openContext({}, await observe()), servers });
      expect(DNS?.reason).toContain("nobody is named as the name server of stagesub.localhost");
    });
  });
});

describe("an orchestra whose inside is not as it should be", () => {
  it("lacks seeded rows", async () => {
    await inside(`BEGIN; CREATE TABLE kept AS SELECT * FROM "EmailTemplate" WHERE "name" = 'welcome';
      ALTER TABLE kept SET SCHEMA stagesub; DELETE FROM "EmailTemplate" WHERE "name" = 'welcome'; COMMIT`);
    const { templates } = await look();
    expect(templates).toMatchInlineSnapshot(`
      {
        "reason": "missing: EmailTemplate welcome.en; missing: EmailTemplate welcome.sv. \`pulumi up --refresh\` puts right what is ours and names what it leaves.",
        "seen": "differs",
        "state": "failed",
      }
    `);
    await inside(`INSERT INTO "EmailTemplate" SELECT * FROM stagesub.kept; DROP TABLE stagesub.kept`);
  });

  it("is behind the migrations on disk", async () => {
    const { ledger } = await look({
      stack: {
        plan: { ...stack.plan, migrations: { ...stack.plan.migrations, "0012_next.sql": "0".repeat(64) } },
      },
    });
    expect(ledger).toMatchInlineSnapshot(`
      {
        "reason": "behind, 1 pending: 0012_next.sql. Run \`pulumi up\`.",
        "seen": "pending",
        "state": "failed",
      }
    `);
  });

  it("gives the app too much", async () => {
    await inside(`GRANT CREATE ON SCHEMA public TO app_malmo; GRANT USAGE ON SCHEMA stagesub TO app_malmo;
      GRANT SELECT ON stagesub.owner TO app_malmo`);
    expect((await look()).rights?.reason).toMatchInlineSnapshot(
      `"rights: REVOKE ALL ON SCHEMA public FROM "app_malmo"; rights: GRANT USAGE ON SCHEMA public TO "app_malmo"; rights: REVOKE ALL ON SCHEMA stagesub FROM "app_malmo"; grant table stagesub.owner to app_malmo: made by hand (SELECT). \`pulumi up --refresh\` puts right what is ours and names what it leaves."`,
    );
    await inside(`REVOKE CREATE ON SCHEMA public FROM app_malmo; REVOKE USAGE ON SCHEMA stagesub FROM app_malmo;
      REVOKE SELECT ON stagesub.owner FROM app_malmo`);
    expect((await look()).rights?.state).toBe("ok");
  });

  it("lets the app in with a right that only trying finds", async () => {
    await inside(`GRANT CREATE ON SCHEMA public TO app_malmo_1`);
    expect((await look()).rights?.reason).toMatchInlineSnapshot(
      `"grant schema public to app_malmo_1: made by hand (CREATE); rights: app_malmo_1 can make tables. Its group's rights are as declared: look at what app_malmo_1 and PUBLIC were given by hand. \`pulumi up --refresh\` puts right what is ours and names what it leaves."`,
    );
    await inside(`REVOKE CREATE ON SCHEMA public FROM app_malmo_1`);
  });

  it("refuses the one-time password that it says is unchanged", async () => {
    const { "sign-in": signIn } = await look({ target: { oneTimePassword: "another" } });
    expect(fixed(signIn?.reason)).toMatchInlineSnapshot(
      `"Expected asa@example.se to sign in at http://malmo.stagesub.localhost:PORT with the one-time password, which the database says was never changed; got 401. Reset it in the app, or look at the app's log."`,
    );
    expect(JSON.stringify(signIn)).not.toContain("another");
  });

  it("has an administrator of whom only `setup` told the password, which is a warning until it is changed", async () => {
    const { "sign-in": signIn } = await look({ target: { oneTimePassword: undefined } });
    expect(signIn).toMatchObject({ state: "warning", seen: "not tried" });
  });

  it("is not provisioned yet", async () => {
    await inMain(`DELETE FROM "Orchestra"; DELETE FROM stagesub.registration`);
    const outputs = { ...stack.outputs, connections: {} };
    const results = await look({ stack: { outputs, migrators: {} } });
    expect(results.ledger?.reason).toMatchInlineSnapshot(`"declared, and not made yet. Run \`pulumi up\`."`);
    expect(results.rights).toEqual({ state: "skipped", seen: "see ledger" });
  });

  it("is suspended", async () => {
    await inMain(`UPDATE "Orchestra" SET "status" = 'Suspended', "name" = 'Another'`);
    expect((await look()).status).toMatchInlineSnapshot(`
      {
        "reason": "name: declared "Malmö", in the main database "Another"; status: declared "Active", in the main database "Suspended". \`pulumi up --refresh\` puts right what is ours and names what it leaves.",
        "seen": "differs",
        "state": "failed",
      }
    `);
  });
});

/** One change each that only one of the commands saw before; everything is observed and compared once. */
describe("what differs is the same thing to drift, list, show, report and verify", () => {
  const seenBy = async (text: string, check: keyof CheckResults, fleet: Fleet): Promise<string[]> => {
    const [orchestra] = fleet.orchestras;
    const pool = { databases: [], claimed: 0, free: 0, retired: 0, spares: 0, max: 0, growth: [], warnings: [] };
    const page = renderReport(fleet, pool, new Date()).replaceAll("&quot;", '"').replaceAll("&#39;", "'");
    const says = {
      drift: formatDrift(fleet.orchestras, "local"),
      list: formatFleet(fleet),
      show: formatOrchestra(orchestra!, fleet),
      report: page,
      verify: (await verifyOrchestra(target, openContext({}, fleet)))[check]?.reason,
    };
    return Object.entries(says).flatMap(([command, said]) => (said?.includes(text) ? [command] : []));
  };
  const all = ["drift", "list", "show", "report", "verify"];

  it("nothing where nothing was changed", async () => {
    expect((await observe()).orchestras).toMatchObject([{ id: "malmo", differences: [] }]);
  });

  it("a hijacked CNAME, a record without our comment and a second record", async () => {
    await setRecord({ content: "elsewhere.example.com" });
    expect(await seenBy(`${host} is CNAME to elsewhere.example.com`, "record", await observe())).toEqual(all);
    await setRecord({ comment: "mine" });
    expect(await seenBy('has the comment "mine"', "record", await observe())).toEqual(all);
  });

  it("a second row that leads to the same database, by its owner's login", async () => {
    await inMain(`INSERT INTO "Orchestra" ("id", "name", "subdomain", "databaseUrl", "status", "contactName", "contactEmail", "setupDate", "updatedAt")
      VALUES ('second', 'Twin', 'twin', '${formatConnectionUrl(owner)}', 'Active', 'T', 't@example.se', '2026-11-22', now())`);
    expect(await seenBy('leads to its database: "twin"', "status", await observe())).toEqual(all);
    await inMain(`DELETE FROM "Orchestra" WHERE "id" = 'second'`);
  });

  it("the first administrator's address taken over, and a second user before the hand-over", async () => {
    await inside(`UPDATE "User" SET "email" = 'evil@example.net'`);
    expect(await seenBy("expected asa@example.se, found evil@example.net", "rights", await observe())).toEqual(all);
    await inside(`UPDATE "User" SET "email" = 'asa@example.se'`);
    await inside(
      `INSERT INTO "User" ("id", "name", "email", "role", "updatedAt") VALUES ('2', 'E', 'evil@example.net', 'ADMIN', now())`,
    );
    expect(await seenBy("found one of 2 users", "rights", await observe())).toEqual(all);
    await inside(`DELETE FROM "User" WHERE "id" = '2'`);
  });

  it("an index made by hand, and a password of the app that somebody changed", async () => {
    await inside(`CREATE INDEX by_name ON "User" ("name")`);
    expect(await seenBy("index by_name: made by hand", "rights", await observe())).toEqual(all);
    await inside(`DROP INDEX by_name`);
    const url = new URL(registration.databaseUrl);
    url.password = "another";
    const outputs = { ...stack.outputs, connections: { malmo: url.href } };
    expect(await seenBy("the app's login: ", "rights", await observe({ outputs }))).toEqual(all);
  });

  it("a database that does not answer, which counts as unseen", async () => {
    const migrators = { malmo: { ...owner, port: 1 } };
    const fleet = await observe({ migrators });
    expect(fleet.orchestras[0]!.differences.map(({ kind }) => kind)).toEqual(["unseen"]);
    expect(await seenBy("its database: Cannot connect", "ledger", fleet)).toEqual(all);
  });

  it("the main database's ledger, edited or behind", async () => {
    const registryMigrations = { ...stack.plan.registryMigrations, "0099_next.sql": "0" };
    const [first] = Object.keys(registryMigrations);
    const plan = { ...stack.plan, registryMigrations: { ...registryMigrations, [first!]: "edited" } };
    const [registry] = (await observe({ plan })).shared;
    expect(registry?.differences.map(({ kind, text }) => [kind, text.replace(/\(.*\)/, "(…)")])).toEqual([
      ["pending", "behind, 1 pending: 0099_next.sql"],
      ["drift", `${first} was edited after it was applied (…). Undo the edit and put the change in a new file.`],
    ]);
  });
});

describe("what the guide called “Failed to seed database”", () => {
  const provision = (connection: Connection, migrations = "migrations/orchestra") =>
    ensureOrchestraDatabase({
      connection,
      key: "gavle",
      stack: "local",
      appRole: { name: "app_gavle", version: 1, password: "p" },
      owner: { orchestra: "gavle", name: "Gävle", administrator: { name: "Å", email: "a@example.se", password } },
      migrations,
      seeds: "seeds/orchestra",
      limits: { connectMs: 0 },
    }).then(
      () => "done",
      (error: Error) => fixed(error.message.replaceAll(connection.database, "DATABASE")),
    );

  it("is a wrong password in the connection string", async () => {
    expect(await provision({ ...(await cloud.createDatabase()), password: "wrong" })).toMatchInlineSnapshot(
      `"Cannot connect to IP:PORT as postgres_DATABASE: password authentication failed for user "postgres_DATABASE" (28P01). The server does not accept this login: check user and password."`,
    );
  });

  it("is a wrong port in the connection string", async () => {
    expect(await provision({ ...(await cloud.createDatabase()), port: 1 })).toMatchInlineSnapshot(
      `"Cannot connect to IP:PORT as postgres_DATABASE: connect ECONNREFUSED IP:PORT. Nothing listens there: check host and port, or start the server. Tried for 0 s."`,
    );
  });

  it("is a wrong database in the connection string: another orchestra's", async () => {
    expect(await provision(owner)).toMatchInlineSnapshot(
      `"Refusing to treat this database as gavle: the database itself says that it is malmo. Check the connection; a database is never handed on."`,
    );
  });

  it("is a schema in the way", async () => {
    const connection = await cloud.createDatabase();
    await withClient(connection, (client) => client.query(`CREATE TABLE "User" (); CREATE TABLE old_stuff ()`));
    expect(await provision(connection)).toMatchInlineSnapshot(
      `"Refusing to migrate gavle: expected an empty database, found 2 things that this program did not make (public."User", public.old_stuff). Check the connection; give an empty database. If the app made it by other means, take it over as it is: ./stagesub baseline gavle --at <the last migration it holds>"`,
    );
  });

  it("is migrations that are behind: seeding never starts without its tables", async () => {
    expect(await provision(await cloud.createDatabase(), "migrations/registry")).toMatchInlineSnapshot(`
      "gavle: the database would not be complete; missing:
      - the table "User"
      - the table "EmailTemplate"
      - the table "SystemSetting"
      Nothing was changed."
    `);
  });
});
