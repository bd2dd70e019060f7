import { describe, expect, it } from "vitest";

import { refuseDatabaseUrl, refuseMigrationUrl } from "../../../infra/config/checks/refuseDatabaseUrl.ts";
import { parseConnectionUrl } from "../../../infra/database/connection/connection.ts";
import { leadsToSame } from "../../../infra/database/connection/databaseAddress.ts";
import { deriveDirectUrl } from "../../../scripts/adopted/deriveDirectUrl.ts";

const ref = "abcdefghijklmnopqrst";
const pooler = "aws-0-eu-north-1.pooler.supabase.com";

/** URLs as the field writes them: one reader decides for the stack file, the environment, dotenv files, `setup` and `import`. */
describe("a connection URL", () => {
  it.each([
    ["a % that is no escape", "postgresql://u:50%off@db.example.se/d", "a % that starts no percent-encoding", "%25"],
    ["a % at the end of the database", "postgresql://u:h3mlig@db.example.se/d%", "a % that starts no", "%25"],
    ["an escape of another encoding", "postgresql://u:h3mlig%E5@db.example.se/d", "stands for no text", "%C3%A5"],
    ["another schema", "postgresql://u:h3mlig@db.example.se/d?schema=orkester", "another schema than public", "remove"],
    ["JDBC's schema", "postgresql://u:h3mlig@db.example.se/d?currentSchema=x", "another schema than public", "remove"],
    [
      "a search path in options",
      "postgresql://u:h3mlig@db.example.se/d?options=-c%20search_path%3Dx",
      "holds settings",
      "migration",
    ],
    ["two schemas", "postgresql://u:h3mlig@db.example.se/d?schema=public&schema=x", "schema twice", "remove one"],
    ["several hosts", "postgresql://u:h3mlig@a.example.se:5432,b.example.se:5432/d", "several hosts", "takes writes"],
    [
      "several hosts without ports",
      "postgresql://u:h3mlig@a.example.se,b.example.se/d",
      "several hosts",
      "takes writes",
    ],
    ["a closing dot", "postgresql://u:h3mlig@db.example.se.:5432/d", "ends in a dot", "without it"],
    [
      "Supabase's placeholder",
      `postgresql://postgres.${ref}:[YOUR-PASSWORD]@${pooler}:6543/postgres`,
      "a placeholder",
      "database's password",
    ],
    [
      "the placeholder, encoded",
      `postgresql://u:%5BYOUR-PASSWORD%5D@db.example.se/d`,
      "a placeholder",
      "database's password",
    ],
    ["another placeholder", `postgresql://u:<password>@db.example.se/d`, "a placeholder", "database's password"],
    ["pgbouncer=1", "postgresql://u:h3mlig@db.example.se/d?pgbouncer=1", "neither true nor false", "pgbouncer=true"],
    [
      "pgbouncer twice",
      "postgresql://u:h3mlig@db.example.se/d?pgbouncer=true&pgbouncer=false",
      "pgbouncer twice",
      "remove one",
    ],
    [
      "a host in a parameter",
      "postgresql://u:h3mlig@db.example.se/d?host=other.example.se",
      "names another place",
      "in the URL",
    ],
    ["a user in a parameter", "postgresql://u:h3mlig@db.example.se/d?user=other", "names another place", "in the URL"],
    [
      "two projects",
      `postgresql://postgres.${ref}:h3mlig@${pooler}/postgres?options=reference%3Dtsrqponmlkjihgfedcba`,
      "name two projects",
      "remove",
    ],
    ["a socket", "postgresql://u:h3mlig@%2Fvar%2Frun/d", "does not parse", "postgresql://USER"],
    ["a fragment", "postgresql://u:h3m#lig@db.example.se/d", "percent-encoded", "postgresql://USER"],
    ["an @ in the password", "postgresql://u:h3m@lig@db.example.se/d", "percent-encoded", "postgresql://USER"],
    ["a line break", "postgresql://u:h3m\nlig@db.example.se/d", "a line break", "percent-encode"],
    ["a space", "postgresql://u:h3m lig@db.example.se/d", "a space", "percent-encode"],
    ["port 0", "postgresql://u:h3mlig@db.example.se:0/d", "does not parse", "postgresql://USER"],
  ])("is refused with %s: by every place, with the remedy, and nothing of it is shown", (_case, url, why, remedy) => {
    const refusal = refuseDatabaseUrl(url)!;
    expect(refusal.why).toContain(why);
    expect(refusal.remedy).toContain(remedy);
    expect(refuseMigrationUrl(url)).toEqual(refusal);
    expect(() => parseConnectionUrl(url)).toThrow(`${refusal.why}. Do this: ${refusal.remedy}.`);
    expect(deriveDirectUrl(url)).toBeUndefined();
    expect(leadsToSame(url, url)).toBe(false);
    expect(JSON.stringify(refusal)).not.toMatch(/h3m|lig|50%off|orkester/);
  });

  it("names its project in the user or in `options`, which is the same", () => {
    const through = (options: string) => `postgresql://postgres:pw@${pooler}:5432/postgres?options=${options}`;
    const suffixed = `postgresql://postgres.${ref}:pw@${pooler}:6543/postgres?pgbouncer=true`;
    const other = through("reference%3Dtsrqponmlkjihgfedcba");
    for (const options of [
      `reference%3D${ref}`,
      `reference=${ref}`,
      `--reference%3D${ref}`,
      `-c%20reference%3D${ref}`,
    ]) {
      expect(refuseMigrationUrl(through(options))).toBeUndefined();
      expect(parseConnectionUrl(through(options)).user).toBe(`postgres.${ref}`);
      expect(leadsToSame(through(options), suffixed)).toBe(true);
      expect(leadsToSame(through(options), other)).toBe(false);
      expect(deriveDirectUrl(through(options))).toBe(`postgresql://postgres.${ref}:pw@${pooler}:5432/postgres`);
    }
    expect(leadsToSame(through(`reference%3D${ref}`), `postgres://postgres:x@db.${ref}.supabase.co/postgres`)).toBe(
      true,
    );
  });

  it("may hold what concerns neither place nor login", () => {
    for (const parameters of [
      "schema=public",
      "sslmode=require&connection_limit=1",
      "supa=base-pooler.x",
      "pgbouncer=false",
    ])
      expect(refuseMigrationUrl(`postgresql://u:p@db.example.se/d?${parameters}`)).toBeUndefined();
    expect(parseConnectionUrl("postgresql://u:p%25@DB.example.SE/d")).toMatchObject({
      host: "db.example.se",
      password: "p%",
    });
  });
});
