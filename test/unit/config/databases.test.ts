import { describe, expect, it } from "vitest";
import { adopted, bodyOf, goodFile, parse, refusalOf, spoil } from "./stackFile.ts";

const main = "postgresql://stagesub:pw@db.example.se:5432/stagesub";
const twoAdopted = spoil(
  ["adopted: { gavle:", "adopted: { malmo: { url: { secure: a }, direct: { secure: b } }, gavle:"],
  ["database: pool-3", "database: adopted"],
);

/** What is said of a stack in which gavle and malmo adopt these databases. */
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

      stagesub:adopted.malmo.direct  (stacks/Pulumi.production.yaml:7:60)
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
