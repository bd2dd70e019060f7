import { describe, expect, it } from "vitest";

import { readProperties, type Resource } from "../../../policy/readResource.ts";
import type { StackFacts } from "../../../policy/readStackFacts.ts";
import { rules } from "../../../policy/rules.ts";
import { types } from "../../../policy/types.ts";

/** Marks a secret as Pulumi does on the wire. */
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const facts: StackFacts = { isDisposable: false, held: new Set(["malmo", "pool-1"]), released: new Set() };

function make(type: keyof typeof types, wire: Record<string, unknown>, more: Partial<Resource> = {}): Resource {
  const urn = `urn:pulumi:production::stagesub::${types[type]}::${more.name ?? "malmo"}`;
  return { urn, type: types[type], name: "malmo", protect: true, ...more, ...readProperties(wire) };
}

/** Returns one rule's messages about some resources, as inputs and as a stack. */
function judge(name: string, resources: Resource[], about: Partial<StackFacts> = {}): string[] {
  const rule = rules.find((candidate) => candidate.name === name)!;
  return [
    ...resources.flatMap((resource) => rule.check?.(resource, () => ({ ...facts, ...about })) ?? []),
    ...(rule.checkStack?.(resources) ?? []).map(({ message }) => message),
  ];
}

const project = { name: "production-malmo", region: "eu-north-1" };
const settings = { sslEnforcement: true, api: '{"db_schema":""}' };
const owner = { orchestra: "malmo" };

/**
 * Each rule as a function over resources as they come over the wire. It does not prove that the engine runs the rules, nor that the marks
 * of secrets get to them: test/engine/policy.test.ts does.
 */
describe("protected-data", () => {
  const unprotected = { protect: false };

  it.each([
    ["an orchestra's project", make("project", project, unprotected)],
    ["the project of a claimed database", make("project", project, { ...unprotected, name: "pool-1" })],
    ["a database that somebody owns", make("database", { key: "malmo", owner }, unprotected)],
    ["the main database", make("registry", {}, { ...unprotected, name: "registry" })],
  ])("refuses %s without protection", (_, resource) => {
    expect(judge("protected-data", [resource])).toHaveLength(1);
    expect(judge("protected-data", [{ ...resource, protect: true }])).toEqual([]);
  });

  it.each([
    ["a spare's project", make("project", project, { ...unprotected, name: "pool-2" })],
    ["a spare", make("database", { key: "pool-2" }, { ...unprotected, name: "pool-2" })],
    ["a DNS record", make("record", { name: "malmo.stagesub.com" }, unprotected)],
  ])("lets %s go unprotected", (_, resource) => {
    expect(judge("protected-data", [resource])).toEqual([]);
  });

  it("excuses a stack of which nothing is of worth, and what is let go by its lines", () => {
    const resource = make("project", project, unprotected);
    expect(judge("protected-data", [resource], { isDisposable: true })).toEqual([]);
    expect(judge("protected-data", [resource], { released: new Set(["malmo"]) })).toEqual([]);
    expect(judge("protected-data", [resource], { released: new Set(["gavle"]) })[0]).toMatchInlineSnapshot(
      `"Refusing the Supabase project of malmo that is not protected: one change of the program could delete its data. Expected protect: true, got false. Take \`protect: false\` out of stagesub:supabase (it counts where stagesub:domain ends with .localhost alone); an orchestra's own database is let go by \`state: retired\` and \`protect: false\` among its lines."`,
    );
  });
});

describe("hidden-secrets", () => {
  const url = "postgresql://app_malmo_1:Hemligt123456789@db.example.com:6543/postgres";

  it.each([
    ["a connection string", { note: `see ${url}` }, "note of malmo shows a connection string with a password"],
    ["one in a list of maps", { a: [{ b: url }] }, "a[0].b of malmo shows a connection string with a password"],
    ["one in key=value form", { dsn: "host=x user=y password=Hemligt" }, "dsn of malmo shows a connection string"],
    ["an access token", { header: `Bearer sbp_${"0a".repeat(20)}` }, "header of malmo shows a Supabase access token"],
    ["a private key", { pem: "-----BEGIN PRIVATE KEY-----\nMII" }, "pem of malmo shows a private key"],
    [
      "a password by its name",
      { databasePassword: "Hemligt" },
      "databasePassword of malmo shows a secret, by its name",
    ],
  ])("finds %s in clear, and lets it pass where it is secret", (_, wire, says) => {
    const found = judge("hidden-secrets", [make("project", wire)]);
    expect(found[0]).toContain(says);
    expect(found.join()).not.toContain("Hemligt");
    const marked = Object.fromEntries(Object.entries(wire).map(([key, value]) => [key, secret(value)]));
    expect(judge("hidden-secrets", [make("project", marked)])).toEqual([]);
  });

  it.each([
    [
      "a connection string without a password",
      { pooler: "postgresql://postgres.abc@pooler.example.com:6543/postgres" },
    ],
    ["the pooler's own placeholder", { pooler: "postgresql://postgres.abc:[YOUR-PASSWORD]@pooler.example.com:6543/x" }],
    ["an address with a port", { url: "https://malmo.stagesub.com:8443/login?next=a@b" }],
    ["a version of a password", { passwordVersion: 2, versions: { app: 1 } }],
    ["an e-mail address", { contactEmail: "kontoret@example.se" }],
    ["what is not known yet", { databasePassword: unknown }],
  ])("lets %s pass", (_, wire) => {
    expect(judge("hidden-secrets", [make("project", wire)])).toEqual([]);
  });

  it("finds a secret of one resource in clear in another or in an output: whole, as a word, or as the password of its URL", () => {
    const password = "Zq8vTn3KpW5xYr7M";
    const holder = make("database", { appPassword: secret(password) });
    const output = (value: unknown) => make("stack", { motd: value }, { name: "stagesub-production" });
    expect(judge("hidden-secrets", [holder, output(password)])).toHaveLength(1);
    expect(judge("hidden-secrets", [holder, output(`log in with ${password}!`)])[0]).toMatchInlineSnapshot(
      `"motd of the stack's outputs shows what is secret elsewhere to everyone who can read the state or a preview (not shown here). Expected it marked secret: wrap it in pulumi.secret(…) where it enters, or name it in additionalSecretOutputs; then change it, because earlier states keep it."`,
    );
    expect(judge("hidden-secrets", [holder, output(secret(password))])).toEqual([]);
    const inUrl = make("registration", { databaseUrl: secret(`postgresql://u:${password}@db.example.com/x`) });
    expect(judge("hidden-secrets", [inUrl, output(password)])).toHaveLength(1);
    const nested = make("database", { state: secret({ values: { database: password } }) });
    expect(judge("hidden-secrets", [nested, output(password)])).toHaveLength(1);
  });

  it.each(["Zq8vTn3KpW5xYr7M", unknown])(
    "takes the address of a secret connection for no secret, its password %s",
    (password) => {
      const connection = { host: "pooler.example.com", port: 5432, user: "postgres.abcdefghij", database: "postgres" };
      const holder = make("database", { whatever: { it: secret({ ...connection, password }) } });
      expect(judge("hidden-secrets", [holder, make("stack", connection)])).toEqual([]);
      expect(judge("hidden-secrets", [holder, make("stack", { word: "Zq8vTn3KpW5xYr7M" })])).toHaveLength(
        password === unknown ? 0 : 1,
      );
    },
  );
});

describe("closed-databases", () => {
  const withProject = (wire: Record<string, unknown>) =>
    judge("closed-databases", [make("project", project), make("settings", wire)]);

  it("wants TLS enforced and the Data API off", () => {
    expect(withProject(settings)).toEqual([]);
    expect(withProject({ ...settings, sslEnforcement: false })).toHaveLength(1);
    expect(withProject({ ...settings, api: '{"db_schema":"public"}' })).toHaveLength(1);
    expect(withProject({})).toHaveLength(2);
  });

  it("wants settings for every project but a retired orchestra's", () => {
    expect(judge("closed-databases", [make("project", project)])).toHaveLength(1);
    const retired = make("database", { key: "malmo", owner, retired: true });
    expect(judge("closed-databases", [make("project", project), retired])).toEqual([]);
  });

  it("refuses a connection string whose client may go without TLS, secret or not, unless it stays on this machine", () => {
    const judgeUrl = (parameters: string, host = "db.example.com", type: keyof typeof types = "registration") =>
      judge("closed-databases", [
        make(type, { databaseUrl: secret(`postgresql://u:hemligt@${host}:6543/x${parameters}`) }),
      ]);
    expect(judgeUrl("?pgbouncer=true&sslmode=disable")).toMatchInlineSnapshot(`
      [
        "databaseUrl of malmo connects with sslmode=disable: expected require, verify-ca or verify-full. Change stagesub:app.urlParameters.",
      ]
    `);
    expect(judgeUrl("?pgbouncer=true")).toMatchInlineSnapshot(`
      [
        "databaseUrl of malmo connects with no sslmode: expected require, verify-ca or verify-full. Change stagesub:app.urlParameters.",
      ]
    `);
    for (const mode of ["allow", "prefer", "no-verify", "REQUIRE", "%20require", ""])
      expect(judgeUrl(`?sslmode=${mode}`), mode).toHaveLength(1);
    for (const mode of ["require", "verify-ca", "verify-full"])
      expect(judgeUrl(`?pgbouncer=true&sslmode=${mode}`)).toEqual([]);
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) expect(judgeUrl("?sslmode=disable", host)).toEqual([]);
    for (const host of ["127.0.0.1.example.com", "db.localhost"]) expect(judgeUrl("", host)).toHaveLength(1);
    expect(judgeUrl("?sslmode=require&sslmode=disable")).toMatchInlineSnapshot(`
      [
        "databaseUrl of malmo is a URL that clients read differently: it holds the parameter sslmode twice. Change stagesub:app.urlParameters.",
      ]
    `);
    expect(judge("closed-databases", [make("registration", { databaseUrl: secret("") })])).toEqual([]);
    // An address that this program itself connects to, always with verified TLS.
    expect(judgeUrl("", "db.example.com", "database")).toEqual([]);
    expect(judgeUrl("?sslmode=disable", "db.example.com", "database")).toHaveLength(1);
  });
});

describe("allowed-region", () => {
  it("keeps projects in the European Union", () => {
    expect(judge("allowed-region", [make("project", project)])).toEqual([]);
    expect(judge("allowed-region", [make("project", { ...project, region: "us-east-1" })])[0]).toMatchInlineSnapshot(
      `"The Supabase project of malmo would hold personal data in "us-east-1": expected one of eu-north-1, eu-central-1, eu-west-1, eu-west-3. Change stagesub:supabase.region, or the list in policy/rules/allowedRegion.ts."`,
    );
  });
});

describe("automatic-ttl", () => {
  it("refuses a fixed TTL behind Cloudflare alone", () => {
    const record = (proxied: boolean, ttl: number) => judge("automatic-ttl", [make("record", { proxied, ttl })]);
    expect(record(true, 300)[0]).toMatchInlineSnapshot(
      `"The DNS record of malmo is proxied: expected ttl 1 (automatic), got 300. Set ttl to 1, or proxied to false."`,
    );
    expect(record(true, 1)).toEqual([]);
    expect(record(false, 300)).toEqual([]);
  });
});

describe("proper-names", () => {
  const row = {
    orchestra: "malmo",
    subdomain: "malmo",
    name: "Malmö Symfoniorkester",
    contactName: "Orkesterkontoret",
    contactEmail: "kontoret@example.se",
  };

  it.each([
    ["an orchestra", make("orchestra", {})],
    ["its project", make("project", project)],
    ["a pool database's", make("project", { name: "production-pool-2" }, { name: "pool-2" })],
    ["its database", make("database", { key: "malmo" })],
    ["its row", make("registration", row)],
    ["its record", make("record", { name: "malmo.stagesub.com" })],
    ["a row of which nothing is known yet", make("registration", { orchestra: unknown })],
  ])("takes %s as the stack file's rules want it", (_, resource) => {
    expect(judge("proper-names", [resource])).toEqual([]);
  });

  it.each([
    ["an id", make("orchestra", {}, { name: "Malmö" })],
    ["an id that is the pool's", make("orchestra", {}, { name: "pool-3" })],
    ["a project under another name", make("project", { name: "staging-malmo" })],
    ["a database under another key", make("database", { key: "gavle" })],
    ["a reserved subdomain", make("registration", { ...row, subdomain: "www" })],
    ["a name on two lines", make("registration", { ...row, name: "Malmö\nSymfoniorkester" })],
    ["a list of addresses", make("registration", { ...row, contactEmail: "a@example.se,b@example.se" })],
    ["a record on a reserved name", make("record", { name: "admin.stagesub.com" })],
    ["a record on the domain itself", make("record", { name: "localhost" })],
    ["a record under a URL", make("record", { name: "malmo.https://stagesub.com" })],
  ])("refuses %s", (_, resource) => {
    expect(judge("proper-names", [resource]).length).toBeGreaterThan(0);
  });
});
