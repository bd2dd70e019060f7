import { describe, expect, it } from "vitest";

import { parseStack } from "../../../infra/config/parseStack.ts";
import { adopted, goodFile, parse, problemsFor, read, refusalOf, spoil, summarize } from "./stackFile.ts";

const retire = "      database: pool-3\n      state: retired\n";

/** Every bad value, in short. Names and contacts: names.test.ts; secrets: secrets.test.ts, which shows whole messages. */
describe("a stack file is refused for", () => {
  it("a key that is not known", () => {
    expect(problemsFor("      database: pool-3", "      databas: pool-3", "      conductor: Alva"))
      .toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.databas (15:7): expected one of the keys name, subdomain, contact, since, database, passwordVersion, state, protect
        a key that is not known here | database was probably meant | rename it to database
      stagesub:orchestras.malmo.conductor (15:7): expected one of the keys name, subdomain, contact, since, database, passwordVersion, state, protect
        a key that is not known here | – | remove it"
    `);
    // Both begin alike.
    expect(problemsFor("stagesub:rollout", "stagesub:rolout", "stagesub:theme")).toMatchInlineSnapshot(`
      "stagesub:rolout (9:3): expected one of the keys stagesub:domain, stagesub:app, stagesub:cloudflare, stagesub:supabase, stagesub:key, stagesub:keyVersion, stagesub:previousKey, stagesub:databaseUrl, stagesub:databaseMovedTo, stagesub:adopted, stagesub:backup, stagesub:pool, stagesub:rollout, stagesub:orchestras
        a key that is not known here | stagesub:rollout was probably meant | rename it to stagesub:rollout
      stagesub:theme (9:3): expected one of the keys stagesub:domain, stagesub:app, stagesub:cloudflare, stagesub:supabase, stagesub:key, stagesub:keyVersion, stagesub:previousKey, stagesub:databaseUrl, stagesub:databaseMovedTo, stagesub:adopted, stagesub:backup, stagesub:pool, stagesub:rollout, stagesub:orchestras
        a key that is not known here | – | remove it"
    `);
  });

  it("a stagesub: key beside config:, which Pulumi passes over", () => {
    const text = `${spoil(["  stagesub:pool: { spares: 2, max: 20, retired: [2] }\n", ""])}stagesub:pool: { spares: 2 }\n`;
    const { "stagesub:pool": _, ...values } = read(goodFile).values;
    const raw = { ...read(goodFile), values, file: { path: "stacks/Pulumi.production.yaml", text } };
    expect(summarize(refusalOf(() => parseStack(raw, {})))).toMatchInlineSnapshot(`
      "stagesub:pool (24:1): expected a map with the keys config, encryptionsalt, secretsprovider, encryptedkey, environment
        a key that is not known here | – | remove it, or indent it under config:"
    `);
  });

  it("a key that is missing", () => {
    expect(problemsFor("  stagesub:domain: stagesub.com\n", "")).toMatchInlineSnapshot(`
      "stagesub:domain (1:1): expected a domain
        nothing | – | add stagesub:domain: stagesub.com"
    `);
    expect(problemsFor("  stagesub:databaseUrl: { secure: v1:main }\n", "")).toMatchInlineSnapshot(`
      "stagesub:databaseUrl (1:1): expected the main database's connection URL
        nothing, neither here nor in DATABASE_URL | every orchestra is registered in the main database | pulumi config set --secret stagesub:databaseUrl -s production, or set DATABASE_URL"
    `);
    expect(problemsFor(", direct: { secure: v1:direct }", "")).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.direct (7:23): expected a connection URL
        nothing | – | pulumi config set --secret --path stagesub:adopted.gavle.direct -s production"
    `);
  });

  it("a value of another kind", () => {
    expect(problemsFor("{ spares: 2, max: 20, retired: [2] }", "two")).toMatchInlineSnapshot(`
      "stagesub:pool (8:18): expected a map with the keys spares, max, retired
        "two" (a text) | – | write it like { spares: 2, max: 20 }"
    `);
    expect(problemsFor("{ canary: [malmo] }", "[malmo]", "{ waves: [orebro] }")).toMatchInlineSnapshot(`
      "stagesub:rollout (9:21): expected a map with the keys canary, waves, onError, staging
        a list of 1 | – | write it like { canary: [ malmo ], waves: [ [ gavle, goteborg ] ] }
      stagesub:rollout.waves[0] (9:31): expected a list; in it an orchestra's id
        "orebro" (a text) | – | write it like [ gavle, goteborg ]"
    `);
    expect(problemsFor("[malmo]", "malmo")).toMatchInlineSnapshot(`
      "stagesub:rollout.canary (9:31): expected a list; in it an orchestra's id
        "malmo" (a text) | – | write it like [ malmo ]"
    `);
    expect(problemsFor("spares: 2", 'spares: "2"', "spares: 2.5", "spares: -1")).toMatchInlineSnapshot(`
      "stagesub:pool.spares (8:28): expected a whole number from 0 to 100
        "2" (a text) | – | write a whole number from 0 to 100, without quotes
        2.5 (a number) | – | write a whole number from 0 to 100, without quotes
        -1 (a number) | – | write a whole number from 0 to 100, without quotes"
    `);
    const versions = ["0", "-1", "1.5", '"2"', "10000", "two"].map((text) => `passwordVersion: ${text}`);
    expect(problemsFor("database: pool-3", ...versions)).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.passwordVersion (15:24): expected a whole number from 1 to 9999
        0 (a number) | – | write it like 2
        -1 (a number) | – | write it like 2
        1.5 (a number) | – | write it like 2
        "2" (a text) | – | write it like 2
        10000 (a number) | – | write it like 2
        "two" (a text) | – | write it like 2"
    `);
    expect(problemsFor("target: cname.vercel-dns.com", "target: cname.vercel-dns.com, proxied: yes"))
      .toMatchInlineSnapshot(`
      "stagesub:app.proxied (3:58): expected true or false
        "yes" (a text) | – | write true or false, without quotes"
    `);
    expect(problemsFor("stagesub:orchestras:", "stagesub:orchestras:\n    lund: Lunds Studentorkester"))
      .toMatchInlineSnapshot(`
      "stagesub:orchestras.lund (11:11): expected a map with the keys name, subdomain, contact, since, database, passwordVersion, state, protect
        "Lunds Studentorkester" (a text) | – | write it like { name: Malmö Symfoniorkester, contact: { name: Orkesterkontoret, email: kontoret@example.se }, since: "2026-11-22" }"
    `);
  });

  it("a choice that there is not", () => {
    expect(problemsFor("eu-north-1", "eu-nord-1", "Stockholm")).toMatchInlineSnapshot(`
      "stagesub:supabase.region (5:56): expected one of eu-north-1, eu-central-1, eu-central-2, eu-west-1, eu-west-2, eu-west-3, us-east-1, us-east-2, us-west-1, us-west-2, ca-central-1, sa-east-1, ap-east-1, ap-northeast-1, ap-northeast-2, ap-south-1, ap-southeast-1, ap-southeast-2
        "eu-nord-1" | eu-north-1 was probably meant | write eu-north-1
        "Stockholm" | – | write one of those, such as eu-north-1"
    `);
    const region = "region: eu-north-1";
    expect(problemsFor(region, `${region}, size: 2xl`, `${region}, connect: transaction`)).toMatchInlineSnapshot(`
      "stagesub:supabase.size (5:74): expected one of nano, micro, small, medium, large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, 24xlarge_optimized_cpu, 24xlarge_optimized_memory, 24xlarge_high_memory, 48xlarge, 48xlarge_optimized_cpu, 48xlarge_optimized_memory, 48xlarge_high_memory
        "2xl" | 2xlarge was probably meant | write 2xlarge
      stagesub:supabase.connect (5:77): expected one of session, direct
        "transaction" | – | write one of those, such as session"
    `);
    expect(problemsFor("{ canary: [malmo] }", "{ onError: contine }")).toMatchInlineSnapshot(`
      "stagesub:rollout.onError (9:32): expected one of stop, continue
        "contine" | continue was probably meant | write continue"
    `);
    expect(problemsFor("database: adopted", "database: adopted\n      state: retierd")).toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.state (21:14): expected one of active, suspended, retired
        "retierd" | retired was probably meant | write retired"
    `);
  });

  it("a zone id of another form", () => {
    const texts = ["v1.0-secrettoken", "12345678901234567890123456789012"];
    expect(problemsFor("023e105f4ecef8ad9ca31a8372d0c353", ...texts)).toMatchInlineSnapshot(`
      "stagesub:cloudflare.zoneId (4:34): expected 32 hexadecimal digits
        a text of 16 characters (not shown) | it is not 32 of 0–9 and a–f | write it like 023e105f4ecef8ad9ca31a8372d0c353
      stacks/Pulumi.production.yaml (4:34): expected a number in decimal digits, or a text in quotes
        a number in another form, which readers of YAML do not agree about | – | write 1000 and not 1_000, 0x3e8 or 1e3; quote it where it is a text"
    `);
  });

  it("an app's address or parameters that lead to no orchestra", () => {
    const target = "target: cname.vercel-dns.com";
    expect(
      problemsFor(target, `${target}, url: https://app.stagesub.com`, `${target}, urlParameters: '?pgbouncer=true'`),
    ).toMatchInlineSnapshot(`
      "stagesub:app.url (3:54): expected a URL with {host} in place of the name
        "https://app.stagesub.com" | it must be http:// or https://, then {host} once, then at most a port and a path | write it like https://{host}
      stagesub:app.urlParameters (3:64): expected parameters such as pgbouncer=true&connection_limit=1
        "?pgbouncer=true" | it must be name=value pairs joined by &, without a leading ? | write it like pgbouncer=true&connection_limit=1&sslmode=require"
    `);
  });

  it("networks that are none, or that could mean all or nobody", () => {
    const lists = ["[203.0.113.7]", "[]", "[office]"].map((list) => `region: eu-north-1, networkRestrictions: ${list}`);
    expect(problemsFor("region: eu-north-1", ...lists)).toMatchInlineSnapshot(`
      "stagesub:supabase.networkRestrictions[0] (5:90): expected a network in CIDR form
        "203.0.113.7" | it has no prefix length | for this one address write 203.0.113.7/32
      stagesub:supabase.networkRestrictions (5:89): expected a list; in it a network in CIDR form
        an empty list | – | write it like [ 203.0.113.0/24 ]
      stagesub:supabase.networkRestrictions[0] (5:90): expected a network in CIDR form
        "office" | it does not begin with an IP address | write an address and a prefix length, such as 203.0.113.0/24 or 203.0.113.7/32"
    `);
  });

  it("an age of backups that is none", () => {
    const texts = ["24", "0h", "2 days", '"1w"', "never"].map((text) => `{ maxAge: ${text} }`);
    const lines = [...texts, "{ maxage: 2d }"].map((text) => `  stagesub:backup: ${text}\n  stagesub:pool:`);
    expect(problemsFor("  stagesub:pool:", ...lines)).toMatchInlineSnapshot(`
      "stagesub:backup.maxAge (8:30): expected an age such as 24h
        24 (a number) | YAML reads it as a number or as true/false | put it in quotes: maxAge: "…"
        "0h" | it must be a number from 1 to 9999, then m (minutes), h (hours) or d (days) | write it like 24h
        "2 days" | it must be a number from 1 to 9999, then m (minutes), h (hours) or d (days) | write it like 24h
        "1w" | it must be a number from 1 to 9999, then m (minutes), h (hours) or d (days) | write it like 24h
        "never" | it must be a number from 1 to 9999, then m (minutes), h (hours) or d (days) | write it like 24h
      stagesub:backup.maxage (8:22): expected one of the keys maxAge, automatic
        a key that is not known here | maxAge was probably meant | rename it to maxAge"
    `);
  });

  it("a pool database that does not exist or is not free", () => {
    const another =
      'database: pool-3\n    lund:\n      name: Lund\n      contact: { name: A, email: a@example.se }\n      since: "2026-11-22"\n      database: pool-3';
    expect(problemsFor("database: pool-3", "database: pool-03", "database: pool-2", "database: pool-21", another))
      .toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.database (15:17): expected pool-N (such as pool-3) or adopted, or no such key for a project of its own
        "pool-03" | it is neither a pool database's name nor \`adopted\` | write it like pool-3
      stagesub:orchestras.malmo.database (15:17): expected a pool database that is free: a number from 1 to 20 that is neither claimed nor retired
        "pool-2" | pool-2 is retired: it has held another orchestra, and its number is never used again | claim another number, or leave \`database:\` out for a project of its own
        "pool-21" | No databases available in pool: pool-21 lies beyond stagesub:pool.max, which is 20 | claim a lower number, or raise stagesub:pool.max to 21
      stagesub:orchestras.lund.database (20:17): expected a pool database that is free: a number from 1 to 20 that is neither claimed nor retired
        "pool-3" | malmo claims pool-3 too | let one of the two claim another number, or leave its \`database:\` out for a project of its own"
    `);
  });

  it("an adoption without URLs, and URLs without an adoption", () => {
    expect(problemsFor("database: pool-3", "database: adopted")).toMatchInlineSnapshot(`
      "stagesub:orchestras.malmo.database (15:17): expected the adopted database's URLs under stagesub:adopted.malmo
        no such entry | – | pulumi config set --secret --path stagesub:adopted.malmo.url -s production, then pulumi config set --secret --path stagesub:adopted.malmo.direct -s production"
    `);
    const keys = ["malmo", "gavel", "pool-21", "pool-0", "pool-01"];
    const entries = keys.map((key) => `adopted: { ${key}: { url: { secure: v1:x }, direct: { secure: v1:y } }, gavle:`);
    expect(problemsFor("adopted: { gavle:", ...entries)).toMatchInlineSnapshot(`
      "stagesub:adopted.malmo (7:23): expected the id of an orchestra with \`database: adopted\`, or a pool database such as pool-3
        "malmo", whose database is not adopted | an adopted database that nobody uses is most often a slip in a name | write \`database: adopted\` at malmo, or remove this entry
      stagesub:adopted.gavel (7:23): expected the id of an orchestra with \`database: adopted\`, or a pool database such as pool-3
        "gavel", which is no orchestra of this stack | an adopted database that nobody uses is most often a slip in a name | remove this entry, or correct its name
      stagesub:adopted.pool-21 (7:23): expected a pool database up to pool-20, as stagesub:pool.max says
        "pool-21" | an adopted database is one of the pool from here on, as a free one too | adopt it under a lower number, or raise stagesub:pool.max to 21
      stagesub:adopted.pool-0 (7:23): expected a pool database up to pool-20, as stagesub:pool.max says
        "pool-0" | pool databases are counted from 1, without zeros in front | write it like pool-1
      stagesub:adopted.pool-01 (7:23): expected a pool database up to pool-20, as stagesub:pool.max says
        "pool-01" | pool databases are counted from 1, without zeros in front | write it like pool-1"
    `);
  });

  it("URLs that cannot be used, of which nothing is shown", () => {
    const pooler = "postgresql://u:p@pooler.example.se:6543/d";
    const pairs = [
      { url: "mysql://u:p@h/d", direct: "postgresql://u:p@ss/w@h/d" },
      { url: "postgresql://h/d", direct: "postgresql://u:p@h" },
      { url: pooler, direct: pooler },
    ];
    expect(summarize(...pairs.map((gavle) => refusalOf(() => parse(goodFile, adopted({ gavle }))))))
      .toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.url (7:37): expected a connection URL
        a text that is not shown, because it is a secret | it does not begin with postgresql:// | give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE
      stagesub:adopted.gavle.direct (7:65): expected a connection URL
        a text that is not shown, because it is a secret | it does not parse as a URL; characters such as @ / : # ? % in a password must be percent-encoded | give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE
      stagesub:adopted.gavle.url (7:37): expected a connection URL
        a text that is not shown, because it is a secret | it lacks a user, a password | give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE
      stagesub:adopted.gavle.direct (7:65): expected a connection URL
        a text that is not shown, because it is a secret | it lacks a database | give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE
        a text that is not shown, because it is a secret | it leads to a transaction pooler, where the lock that keeps two runs apart would be lost | use the session pooler (the same host, port 5432) or the direct host, without pgbouncer=true"
    `);
  });

  it("a rollout that reaches an orchestra twice, not at all, or that is none", () => {
    const texts = [
      "{ canary: [malmo], waves: [[orebro, malmo], [], [orebro, oerebro]] }",
      "{ canary: [malmö, nobody] }",
    ];
    expect(problemsFor("{ canary: [malmo] }", ...texts)).toMatchInlineSnapshot(`
      "stagesub:rollout.waves[0][1] (9:57): expected each orchestra once, in the canary or in one wave
        "malmo", which is in the canary already | a migration reaches a database once | remove it in one of the two places
      stagesub:rollout.waves[1] (9:65): expected a wave of at least one orchestra
        an empty list | – | name an orchestra in it, or remove the wave
      stagesub:rollout.waves[2][0] (9:70): expected each orchestra once, in the canary or in one wave
        "orebro", which is in wave 1 already | a migration reaches a database once | remove it in one of the two places
      stagesub:rollout.waves[2][1] (9:78): expected the id of an orchestra of this stack
        "oerebro", which is none | orebro was probably meant | write orebro
      stagesub:rollout.canary[0] (9:32): expected the id of an orchestra of this stack
        "malmö", which is none | malmo was probably meant | write malmo
      stagesub:rollout.canary[1] (9:39): expected the id of an orchestra of this stack
        "nobody", which is none | – | remove it, or declare that orchestra"
    `);
    expect(problemsFor("      database: pool-3\n", retire)).toMatchInlineSnapshot(`
      "stagesub:rollout.canary[0] (9:32): expected an orchestra that migrations reach
        "malmo", whose state is retired | a canary that no migration reaches protects nobody | name another orchestra, or remove it here"
    `);
    const waved = spoil(["{ canary: [malmo] }", "{ waves: [[malmo]] }"], ["      database: pool-3\n", retire]);
    expect(summarize(refusalOf(() => parse(waved)))).toMatchInlineSnapshot(`
      "stagesub:rollout.waves[0][0] (9:32): expected an orchestra that migrations reach
        "malmo", whose state is retired | – | name another orchestra, or remove it here"
    `);
  });

  it("a stack that proves migrations to itself, and an unproven file that is no path", () => {
    const texts = ["{ stack: production }", "{ stack: staging, unproven: [0012_nickname.sql] }"];
    expect(problemsFor("{ canary: [malmo] }", ...texts.map((text) => `{ staging: ${text} }`))).toMatchInlineSnapshot(`
      "stagesub:rollout.staging.stack (9:41): expected the name of another stack of this program
        "production", which is this one | a stack proves nothing to itself | name the stack that gets migrations first, such as staging
      stagesub:rollout.staging.unproven[0] (9:61): expected a migration file's path under migrations/
        "0012_nickname.sql" | it begins with orchestra/ or registry/ and ends with .sql | write it like orchestra/0012_nickname.sql"
    `);
  });

  it("an orchestra that may be deleted before it is retired", () => {
    expect(problemsFor("database: adopted", "database: adopted\n      state: suspended\n      protect: false"))
      .toMatchInlineSnapshot(`
      "stagesub:orchestras.gavle.protect (22:16): expected \`protect: false\` beside \`state: retired\` alone
        false at an orchestra that is not retired | retiring backs its database up; without that its data would be lost | remove the line, or retire it first: ./stagesub retire gavle"
    `);
  });
});
