import { describe, expect, it } from "vitest";
import { adopted, bodyOf, goodFile, parse, refusalOf, spoil } from "./stackFile.ts";

const main = "postgresql://stagesub:pw@db.example.se:5432/stagesub";
const twoAdopted = spoil(
  ["adopted: { gavle:", "adopted: { malmo: { url: { secure: v1:a }, direct: { secure: v1:b } }, gavle:"],
  ["database: pool-3", "database: adopted"],
);

/** Returns the refusal of a stack in which gavle and malmo adopt these databases. */
function refusal(gavle: { url: string; direct: string }, malmo?: { url: string; direct: string }): string {
  const file = malmo === undefined ? goodFile : twoAdopted;
  const values = { "stagesub:databaseUrl": main, ...adopted(malmo === undefined ? { gavle } : { gavle, malmo }) };
  return bodyOf(refusalOf(() => parse(file, values)));
}

const pair = (place: string) => ({ url: `postgresql://app:pw@${place}`, direct: `postgresql://owner:pw@${place}` });

describe("adopted databases", () => {
  it("takes the app's and the owner's connection to one database", () => {
    const values = { "stagesub:databaseUrl": main, ...adopted({ gavle: pair("db.example.se:5432/gavle") }) };
    expect(Object.keys(parse(goodFile, values).adopted)).toEqual(["gavle"]);
  });

  it("refuses the main database, whoever the user is", () => {
    expect(refusal(pair("DB.example.se/stagesub"))).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.url  (stacks/Pulumi.production.yaml:7:37)
        expected: a database that nobody else uses
        got:      a URL (not shown) that leads to the same database as the main database
        why:      an orchestra's data lives alone in its database
        do this:  pulumi config set --secret --path stagesub:adopted.gavle.url -s production, with the URL of a database of its own

      stagesub:adopted.gavle.direct  (stacks/Pulumi.production.yaml:7:65)
        expected: a database that nobody else uses
        got:      a URL (not shown) that leads to the same database as the main database
        why:      an orchestra's data lives alone in its database
        do this:  pulumi config set --secret --path stagesub:adopted.gavle.direct -s production, with the URL of a database of its own"
    `);
  });

  it("refuses two orchestras in one database", () => {
    expect(refusal(pair("one.example.se:5432/postgres"), pair("one.example.se/postgres"))).toMatchInlineSnapshot(`
      "stagesub:adopted.malmo.url  (stacks/Pulumi.production.yaml:7:37)
        expected: a database that nobody else uses
        got:      a URL (not shown) that leads to the same database as gavle's
        why:      an orchestra's data lives alone in its database
        do this:  pulumi config set --secret --path stagesub:adopted.malmo.url -s production, with the URL of a database of its own

      stagesub:adopted.malmo.direct  (stacks/Pulumi.production.yaml:7:63)
        expected: a database that nobody else uses
        got:      a URL (not shown) that leads to the same database as gavle's
        why:      an orchestra's data lives alone in its database
        do this:  pulumi config set --secret --path stagesub:adopted.malmo.direct -s production, with the URL of a database of its own"
    `);
  });

  it("recognises one Supabase project by its pooler and by its direct host", () => {
    const ref = "abcdefghijklmnopqrst";
    const pooler = `postgresql://postgres.${ref}:pw@aws-0-eu-north-1.pooler.supabase.com`;
    const direct = `postgresql://postgres:pw@db.${ref}.supabase.co:5432/postgres`;
    const other = "postgresql://postgres.tsrqponmlkjihgfedcba:pw@aws-0-eu-north-1.pooler.supabase.com";
    const message = refusal(
      { url: `${pooler}:6543/postgres`, direct: `${pooler}:5432/postgres` },
      { url: `${other}:6543/postgres`, direct },
    );
    expect(message).toContain("leads to the same database as gavle's");
    expect(message).toContain("a connection to the same Supabase project as stagesub:adopted.malmo.url");
  });

  it("refuses what is no connection URL", () => {
    expect(refusal({ url: "mysql://u:p@h/d", direct: "postgresql://u:p@ss/w@h/d" })).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.url  (stacks/Pulumi.production.yaml:7:37)
        expected: a connection URL
        got:      a text that is not shown, because it is a secret
        why:      it does not begin with postgresql://
        do this:  give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE

      stagesub:adopted.gavle.direct  (stacks/Pulumi.production.yaml:7:65)
        expected: a connection URL
        got:      a text that is not shown, because it is a secret
        why:      it does not parse as a URL; characters such as @ / : # ? % in a password must be percent-encoded
        do this:  give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE"
    `);
  });

  it("refuses a URL that lacks a part", () => {
    expect(refusal({ url: "postgresql://h/d", direct: "postgresql://u:p@h" })).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.url  (stacks/Pulumi.production.yaml:7:37)
        expected: a connection URL
        got:      a text that is not shown, because it is a secret
        why:      it lacks a user, a password
        do this:  give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE

      stagesub:adopted.gavle.direct  (stacks/Pulumi.production.yaml:7:65)
        expected: a connection URL
        got:      a text that is not shown, because it is a secret
        why:      it lacks a database
        do this:  give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE"
    `);
  });

  it("refuses a transaction pooler for migrations", () => {
    const url = "postgresql://u:p@pooler.example.se:6543/d";
    expect(refusal({ url, direct: url })).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.direct  (stacks/Pulumi.production.yaml:7:65)
        expected: a connection URL
        got:      a text that is not shown, because it is a secret
        why:      it leads to a transaction pooler, where the lock that keeps two runs apart would be lost
        do this:  use the session pooler (the same host, port 5432) or the direct host, without pgbouncer=true"
    `);
  });
});

describe("adopted pool databases", () => {
  const entries = (...keys: string[]) =>
    keys.map((key) => `${key}: { url: { secure: v1:${key}u }, direct: { secure: v1:${key}d } }`).join(", ");
  /** Returns the good file with these databases adopted besides gavle's; pool-2 is retired in it, and pool-3 is malmo's. */
  const file = (...keys: string[]) => spoil(["adopted: { gavle:", `adopted: { ${entries(...keys)}, gavle:`]);

  it("may be spare, claimed or retired", () => {
    expect(Object.keys(parse(file("pool-1", "pool-2", "pool-3")).adopted)).toEqual([
      "pool-1",
      "pool-2",
      "pool-3",
      "gavle",
    ]);
  });

  it("count towards the pool's maximum", () => {
    expect(bodyOf(refusalOf(() => parse(file("pool-21"))))).toMatchInlineSnapshot(`
      "stagesub:adopted.pool-21  (stacks/Pulumi.production.yaml:7:23)
        expected: a pool database up to pool-20, as stagesub:pool.max says
        got:      "pool-21"
        why:      an adopted database is one of the pool from here on, as a spare too
        do this:  adopt it under a lower number, or raise stagesub:pool.max to 21"
    `);
  });

  it("have names that are counted from 1, without zeros in front", () => {
    expect(bodyOf(refusalOf(() => parse(file("pool-0", "pool-01"))))).toMatchInlineSnapshot(`
      "stagesub:adopted.pool-0  (stacks/Pulumi.production.yaml:7:23)
        expected: a pool database up to pool-20, as stagesub:pool.max says
        got:      "pool-0"
        why:      pool databases are counted from 1, without zeros in front
        do this:  write it like pool-1

      stagesub:adopted.pool-01  (stacks/Pulumi.production.yaml:7:96)
        expected: a pool database up to pool-20, as stagesub:pool.max says
        got:      "pool-01"
        why:      pool databases are counted from 1, without zeros in front
        do this:  write it like pool-1"
    `);
  });

  it("are each alone in their database", () => {
    const values = {
      "stagesub:databaseUrl": main,
      ...adopted({
        "pool-1": pair("db.example.se/stagesub"),
        "pool-4": pair("one.example.se/postgres"),
        gavle: pair("one.example.se:5432/postgres"),
      }),
    };
    const message = bodyOf(refusalOf(() => parse(file("pool-1", "pool-4"), values)));
    expect(message.match(/^(stagesub\S+)|leads to .*$/gm)).toMatchInlineSnapshot(`
      [
        "stagesub:adopted.pool-1.url",
        "leads to the same database as the main database",
        "stagesub:adopted.pool-1.direct",
        "leads to the same database as the main database",
        "stagesub:adopted.gavle.url",
        "leads to the same database as pool-4's",
        "stagesub:adopted.gavle.direct",
        "leads to the same database as pool-4's",
      ]
    `);
  });
});
