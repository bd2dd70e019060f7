import { describe, expect, it } from "vitest";
import { adopted, parse, refusalOf, spoil, summarize } from "./stackFile.ts";

const main = "postgresql://stagesub:pw@db.example.se:5432/stagesub";
const pair = (place: string) => ({ url: `postgresql://app:pw@${place}`, direct: `postgresql://owner:pw@${place}` });

/** Parses the good file, in which gavle adopts its database, with these pool databases adopted too. */
function parseAdopted({ gavle = pair("db.example.se:5432/gavle"), ...pool }: Record<string, ReturnType<typeof pair>>) {
  const entry = (key: string) => `${key}: { url: { secure: v1:${key}u }, direct: { secure: v1:${key}d } }, `;
  const text = spoil(["adopted: { gavle:", `adopted: { ${Object.keys(pool).map(entry).join("")}gavle:`]);
  return parse(text, { "stagesub:databaseUrl": main, ...adopted({ ...pool, gavle }) });
}

const refusal = (entries: Record<string, ReturnType<typeof pair>>) => summarize(refusalOf(() => parseAdopted(entries)));

/** Malformed URLs: refusals.test.ts. */
describe("an adopted database", () => {
  it("has the app's and the owner's connection, and may be a spare, claimed or retired one of the pool", () => {
    const places = ["pool-1", "pool-2", "pool-3"].map((key) => [key, pair(`db.example.se/${key}`)] as const);
    expect(Object.keys(parseAdopted(Object.fromEntries(places)).adopted)).toEqual([
      "pool-1",
      "pool-2",
      "pool-3",
      "gavle",
    ]);
  });

  it("is neither the main database nor another's, whoever the user is", () => {
    const pool = { "pool-1": pair("DB.example.se/stagesub"), "pool-4": pair("one.example.se/postgres") };
    expect(refusal({ ...pool, gavle: pair("one.example.se:5432/postgres") })).toMatchInlineSnapshot(`
      "stagesub:adopted.pool-1.url (7:38): expected a database that nobody else uses
        a URL (not shown) that leads to the same database as the main database | an orchestra's data lives alone in its database | pulumi config set --secret --path stagesub:adopted.pool-1.url -s production, with the URL of a database of its own
      stagesub:adopted.pool-1.direct (7:70): expected a database that nobody else uses
        a URL (not shown) that leads to the same database as the main database | an orchestra's data lives alone in its database | pulumi config set --secret --path stagesub:adopted.pool-1.direct -s production, with the URL of a database of its own
      stagesub:adopted.gavle.url (7:183): expected a database that nobody else uses
        a URL (not shown) that leads to the same database as pool-4's | an orchestra's data lives alone in its database | pulumi config set --secret --path stagesub:adopted.gavle.url -s production, with the URL of a database of its own
      stagesub:adopted.gavle.direct (7:211): expected a database that nobody else uses
        a URL (not shown) that leads to the same database as pool-4's | an orchestra's data lives alone in its database | pulumi config set --secret --path stagesub:adopted.gavle.direct -s production, with the URL of a database of its own"
    `);
  });

  it("is recognised as one Supabase project by its pooler and by its direct host", () => {
    const pooler = (ref: string) => `postgresql://postgres.${ref}:pw@aws-0-eu-north-1.pooler.supabase.com`;
    const [one, other] = [pooler("abcdefghijklmnopqrst"), pooler("tsrqponmlkjihgfedcba")];
    const direct = "postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres";
    const first = { url: `${one}:6543/postgres`, direct: `${one}:5432/postgres` };
    expect(refusal({ "pool-1": first, gavle: { url: `${other}:6543/postgres`, direct } })).toMatchInlineSnapshot(`
      "stagesub:adopted.gavle.direct (7:138): expected a database that nobody else uses
        a URL (not shown) that leads to the same database as pool-1's | an orchestra's data lives alone in its database | pulumi config set --secret --path stagesub:adopted.gavle.direct -s production, with the URL of a database of its own
      stagesub:adopted.gavle.direct (7:138): expected a connection to the same Supabase project as stagesub:adopted.gavle.url (tsrqponmlkjihgfedcba)
        one to project abcdefghijklmnopqrst | migrations would run in one database while the app reads another | pulumi config set --secret --path stagesub:adopted.gavle.direct -s production, with that project's session connection"
    `);
  });
});
