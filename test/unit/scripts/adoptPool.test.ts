import { describe, expect, it } from "vitest";

import { choosePoolVariables, readPoolVariables as readFile } from "../../../scripts/adopt/readPoolVariables.ts";

const ref = "abcdefghijklmnopqrst";
const pooler = `postgresql://postgres.${ref}:h3mlig@aws-0-eu-north-1.pooler.supabase.com`;
const urlAt = (place: string) => `postgresql://owner:h3mlig@${place}`;

const readPoolVariables = (text: string) => readFile(Buffer.from(text));

describe("the DATABASE_URL_POOL_N of a dotenv file", () => {
  it("are read by number, with the session pooler for migrations where the URL is that of Supabase's transaction pooler", () => {
    const text = `# the app's
      DATABASE_URL="${urlAt("main.example.se/main")}"
      export DATABASE_URL_POOL_10='${urlAt("ten.example.se:5433/postgres?sslmode=require")}' # by hand
      DATABASE_URL_POOL_2="${pooler}:6543/postgres?pgbouncer=true&connection_limit=1"
      DATABASE_URL_POOL_SIZE=20`;
    expect(readPoolVariables(text)).toEqual({
      problems: [],
      variables: [
        {
          variable: "DATABASE_URL_POOL_2",
          number: 2,
          key: "pool-2",
          url: `${pooler}:6543/postgres?pgbouncer=true&connection_limit=1`,
          direct: `${pooler}:5432/postgres`,
        },
        {
          variable: "DATABASE_URL_POOL_10",
          number: 10,
          key: "pool-10",
          url: urlAt("ten.example.se:5433/postgres?sslmode=require"),
          direct: urlAt("ten.example.se:5433/postgres"),
        },
      ],
    });
  });

  it("are refused all at once, by name, and never shown", () => {
    const { variables, problems } = readPoolVariables(`
      DATABASE_URL_POOL_0=${urlAt("a.example.se/d")}
      DATABASE_URL_POOL_01=${urlAt("a.example.se/d")}
      DATABASE_URL_POOL_3=
      DATABASE_URL_POOL_4=mysql://u:h3mlig@h/d
      DATABASE_URL_POOL_5='postgresql://u:h3mlig$ar@h/d'
      DATABASE_URL_POOL_6=postgresql://u:h3mlig@host
      DATABASE_URL_POOL_7=${urlAt("bouncer.example.se:6543/d")}
      DATABASE_URL_POOL_8=${urlAt("b.example.se/d")}`);
    expect(variables.map(({ key }) => key)).toEqual(["pool-8"]);
    expect(problems.join("\n")).not.toContain("h3mlig");
    expect(problems.join("\n")).toMatchInlineSnapshot(`
      "DATABASE_URL_POOL_0: pool databases are counted from 1, without zeros in front.
      DATABASE_URL_POOL_01: pool databases are counted from 1, without zeros in front.
      DATABASE_URL_POOL_3: expected a connection URL; the value is empty: fill it in, or remove the line.
      DATABASE_URL_POOL_4: expected a connection URL; it does not begin with postgresql://: give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE.
      DATABASE_URL_POOL_5: expected a connection URL; it holds a $, \` or \\, which some readers of such files take for more than itself: percent-encode it.
      DATABASE_URL_POOL_6: expected a connection URL; it lacks a database: give it in the form postgresql://USER:PASSWORD@HOST:5432/DATABASE.
      DATABASE_URL_POOL_7: it leads to a transaction pooler that is not Supabase's, so how migrations get past it cannot be known. Set both ways by hand: stagesub:adopted.pool-7.url and stagesub:adopted.pool-7.direct."
    `);
  });

  it("leave numbers alone that are adopted already, and are refused where the pool has no room for them", () => {
    const adopted = { "pool-1": { url: urlAt("one.example.se/d"), direct: urlAt("one.example.se/d") } };
    const stack = {
      name: "production",
      config: { adopted, databaseUrl: urlAt("main.example.se/main"), pool: { spares: 2, max: 6, retired: [] } },
      outputs: { pool: { "pool-1": "free", "pool-2": "free" }, migrators: { malmo: urlAt("malmo.example.se/d") } },
    } as unknown as Parameters<typeof choosePoolVariables>[0];
    const urls = ["one", "two", "malmo", "five", "five", "main", "seven"].map((host) =>
      urlAt(host === "main" ? "main.example.se/main" : `${host}.example.se/d`),
    );
    const { variables } = readPoolVariables(urls.map((url, i) => `DATABASE_URL_POOL_${i + 1}=${url}`).join("\n"));
    const { chosen, present, problems } = choosePoolVariables(stack, variables);
    expect(present.map(({ key }) => key)).toEqual(["pool-1"]);
    expect(chosen).toHaveLength(6);
    expect(problems.join("\n")).toMatchInlineSnapshot(`
      "DATABASE_URL_POOL_2: pool-2 exists already, as a Supabase project of the stack production. Give it a higher number.
      DATABASE_URL_POOL_3: it leads to the same database as malmo. Each is adopted once.
      DATABASE_URL_POOL_5: it leads to the same database as DATABASE_URL_POOL_4. Each is adopted once.
      DATABASE_URL_POOL_6: it leads to the same database as the main database. Each is adopted once.
      DATABASE_URL_POOL_7: stagesub:pool.max is 6. Raise it to 7, or give it a lower number."
    `);
  });
});
