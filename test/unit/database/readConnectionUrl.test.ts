import { describe, expect, it } from "vitest";

import { refuseDatabaseUrl, refuseMigrationUrl } from "../../../infra/config/schema/refuseDatabaseUrl.ts";
import { formatConnectionUrl, parseConnectionUrl } from "../../../infra/database/connection/connection.ts";
import { leadsToSame } from "../../../infra/database/connection/databaseAddress.ts";
import { deriveAppUrl, deriveDirectUrl } from "../../../scripts/adopt/deriveDirectUrl.ts";

const ref = "abcdefghijklmnopqrst";
const pooler = "aws-0-eu-north-1.pooler.supabase.com";
const db = "postgresql://u:h3mlig@db.example.se/d";

/** URLs as the field writes them: one reader decides for the stack file, the environment, dotenv files, `setup` and `import`. */
describe("a connection URL", () => {
  it.each([
    ["a % that is no escape", "postgresql://u:50%off@db.example.se/d", "a % that starts no percent-encoding", "%25"],
    ["a % at the end of the database", `${db}%`, "a % that starts no", "%25"],
    ["an escape of another encoding", "postgresql://u:h3mlig%E5@db.example.se/d", "stands for no text", "%C3%A5"],
    ["another schema", `${db}?schema=orkester`, "another schema", "remove"],
    ["JDBC's schema", `${db}?currentSchema=x`, "another schema", "remove"],
    ["a search path in options", `${db}?options=-c%20search_path%3Dx`, "holds settings", "migration"],
    ["two schemas", `${db}?schema=public&schema=x`, "schema twice", "remove one"],
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
      "password in",
    ],
    ["the placeholder, encoded", `postgresql://u:%5BYOUR-PASSWORD%5D@db.example.se/d`, "a placeholder", "password in"],
    ["another placeholder", `postgresql://u:<password>@db.example.se/d`, "a placeholder", "password in"],
    ["pgbouncer=1", `${db}?pgbouncer=1`, "neither true", "pgbouncer=true"],
    ["pgbouncer twice", `${db}?pgbouncer=true&pgbouncer=false`, "pgbouncer twice", "remove one"],
    ["sslmode twice", `${db}?sslmode=require&sslmode=disable`, "sslmode twice", "remove one"],
    ["sslmode in capitals", `${db}?SSLMODE=require`, "otherwise", "write sslmode"],
    ["a host in a parameter", `${db}?host=other.example.se`, "another place", "in the URL"],
    ["a user in a parameter", `${db}?user=other`, "another place", "in the URL"],
    [
      "two projects",
      `postgresql://postgres.${ref}:h3mlig@${pooler}/postgres?options=reference%3Dtsrqponmlkjihgfedcba`,
      "name two projects",
      "remove",
    ],
    ["a socket", "postgresql://u:h3mlig@%2Fvar%2Frun/d", "neither a name", "postgresql://USER"],
    ["a fragment", "postgresql://u:h3m#lig@db.example.se/d", "percent-encoded", "postgresql://USER"],
    ["an @ in the password", "postgresql://u:h3m@lig@db.example.se/d", "percent-encoded", "postgresql://USER"],
    ["a line break", "postgresql://u:h3m\nlig@db.example.se/d", "a line break", "percent-encode"],
    ["a space", "postgresql://u:h3m lig@db.example.se/d", "a space", "percent-encode"],
    ["port 0", "postgresql://u:h3mlig@db.example.se:0/d", "from 1 to 65535", "postgresql://USER"],
    ["port 65536", "postgresql://u:h3mlig@db.example.se:65536/d", "from 1 to 65535", "postgresql://USER"],
    ["a port that is none", "postgresql://u:h3mlig@db.example.se:+5432/d", "does not parse", "postgresql://USER"],
    ["a scheme in capitals", "POSTGRESQL://u:h3mlig@db.example.se/d", "does not begin with", "postgresql://USER"],
    ["another scheme", "postgresql+asyncpg://u:h3mlig@db.example.se/d", "does not begin with", "postgresql://USER"],
    ["a DSN", "host=db.example.se user=u password=h3mlig dbname=d", "does not begin with", "postgresql://USER"],
    ["quotes around it", `"${db}"`, "does not begin with", "postgresql://USER"],
    ["its variable's name", "DATABASE_URL=postgresql://u:h3mlig@h.se/d", "does not begin with", "postgresql://USER"],
    ["a line break at the end", "postgresql://u:h3mlig@db.example.se/d\n", "a line break", "percent-encode"],
    ["a zero-width space", "postgresql://u:h3m\u200blig@db.example.se/d", "an invisible character", "percent-encode"],
    ["a byte order mark", "postgresql://u:h3mlig@db.example.se/d\ufeff", "an invisible character", "percent-encode"],
    ["a direction override", "postgresql://u:h3m\u202elig@db.example.se/d", "an invisible character", "percent-encode"],
    ["half a character", "postgresql://u:h3m\ud800lig@db.example.se/d", "an invisible character", "percent-encode"],
    ["an encoded NUL", "postgresql://u:h3m%00lig@db.example.se/d", "a control character", "take it out"],
    ["an encoded line break", "postgresql://u:h3mlig%0A@db.example.se/d", "a control character", "take it out"],
    ["an invisible database", `${db}%E2%80%8B`, "a control character", "take it out"],
    ["dots in the path", "postgresql://u:h3mlig@db.example.se/orkester/../d", "does not parse", "postgresql://USER"],
    ["encoded dots", "postgresql://u:h3mlig@db.example.se/%2e%2E", "does not parse", "postgresql://USER"],
    ["half an address", "postgresql://u:h3mlig@127.1/d", "neither a name", "postgresql://USER"],
    ["an address in hexadecimal", "postgresql://u:h3mlig@0x7f.0x1/d", "neither a name", "postgresql://USER"],
    ["an address as one number", "postgresql://u:h3mlig@2130706433/d", "neither a name", "postgresql://USER"],
    ["an empty label", "postgresql://u:h3mlig@db..example.se/d", "neither a name", "postgresql://USER"],
    ["a long label", `postgresql://u:h3mlig@${"a".repeat(64)}.se/d`, "neither a name", "postgresql://USER"],
    ["a name of other letters", "postgresql://u:h3mlig@dåb.example.se/d", "neither a name", "postgresql://USER"],
    ["an encoded host", "postgresql://u:h3mlig@d%62.example.se/d", "neither a name", "postgresql://USER"],
    ["a zone in an address", "postgresql://u:h3mlig@[fe80::1%25eth0]/d", "does not parse", "postgresql://USER"],
    ["an open bracket", "postgresql://u:h3mlig@[::1/d", "does not parse", "postgresql://USER"],
    ["an address that is none", "postgresql://u:h3mlig@[::1::2]/d", "neither a name", "postgresql://USER"],
    ["no host", "postgresql://u:h3mlig@/d", "it lacks a host", "postgresql://USER"],
    ["no user", "postgresql://:h3mlig@db.example.se/d", "it lacks a user", "postgresql://USER"],
    ["no password", "postgresql://lig@db.example.se/d", "it lacks a password", "postgresql://USER"],
    ["an empty password", "postgresql://lig:@db.example.se/d", "it lacks a password", "postgresql://USER"],
    ["no database", "postgresql://u:h3mlig@db.example.se/?sslmode=require", "it lacks a database", "postgresql://USER"],
    ["nothing", "postgresql://", "it lacks a host, a user, a password, a database", "postgresql://USER"],
    ["a variable", "postgresql://u:${DB_PASSWORD}@db.example.se/d", "a placeholder", "password in"],
    ["asterisks", "postgresql://u:********@db.example.se/d", "a placeholder", "password in"],
    ["a project that is none", `postgresql://postgres.[REF]:h3mlig@${pooler}/postgres`, "a placeholder", "real name"],
    ["pgbouncer in capitals", `${db}?PGBOUNCER=true`, "otherwise", "write pgbouncer"],
    ["a schema in capitals", `${db}?Schema=orkester`, "otherwise", "write schema"],
    ["a host behind a +", `${db}?+host=lig`, "another place", "in the URL"],
    ["an encoded host parameter", `${db}?ho%73t=lig`, "another place", "in the URL"],
    ["an address parameter", `${db}?hostaddr=1.2.3.4`, "another place", "in the URL"],
    ["a semicolon at its end", `${db};`, "ends in a ;", "leave it out"],
    ["a second ?", "postgresql://u:h3mlig@h.se/d?sslmode=require?schema=orkester", "a ? or ;", "with &"],
    ["HTML's &", "postgresql://u:h3mlig@h.se/d?sslmode=require&amp;schema=orkester", "a ? or ;", "with &"],
  ])("is refused with %s: by every place, with the remedy, and nothing of it is shown", (_case, url, why, remedy) => {
    const refusal = refuseDatabaseUrl(url)!;
    expect(refusal.why).toContain(why);
    expect(refusal.remedy).toContain(remedy);
    expect(refuseMigrationUrl(url)).toEqual(refusal);
    expect(() => parseConnectionUrl(url)).toThrow(`${refusal.why}. Do this: ${refusal.remedy}.`);
    expect(deriveDirectUrl(url)).toBeUndefined();
    if (!why.includes("lacks")) expect(leadsToSame(url, url)).toBe(false);
    expect(JSON.stringify(refusal)).not.toMatch(/h3m|lig|50%off|orkester/);
  });

  /** The expected parts are those that libpq 17 reads (PQconninfoParse); its host is compared without regard to case. */
  it.each([
    ["postgres://u:p@db.example.se/d", "u", "p", "db.example.se", 5432, "d"],
    ["postgresql://U:p@DB.Example.SE:65535/D?", "U", "p", "db.example.se", 65535, "D"],
    ["postgresql://u%40x:p%3Aq@my_db:/d%20e", "u@x", "p:q", "my_db", 5432, "d e"],
    ["postgresql://u:p:q@10.0.0.1:05433/d+e,f", "u", "p:q", "10.0.0.1", 5433, "d+e,f"],
    ["postgresql://u:å%C3%A5😀@h/d", "u", "åå😀", "h", 5432, "d"],
    ["postgresql://u:a\\b^c|d`e\"f'g<h>{i}=&;,!*()~@h/d", "u", "a\\b^c|d`e\"f'g<h>{i}=&;,!*()~", "h", 5432, "d"],
    ["postgresql://u:%5Bx%5D%20+@[2001:db8::1]:5433/d", "u", "[x] +", "2001:db8::1", 5433, "d"],
    ["postgresql://u:p@[::1]/d?sslmode=verify-full", "u", "p", "::1", 5432, "d"],
    ["postgresql://u:password@xn--db-yia.example.se/d?options=", "u", "password", "xn--db-yia.example.se", 5432, "d"],
  ])("leads where libpq goes: %s", (url, user, password, host, port, database) => {
    expect(parseConnectionUrl(url)).toEqual({ user, password, host, port, database });
    const app = new URL(url);
    expect([app.username, app.password, app.pathname.slice(1)].map(decodeURIComponent)).toEqual([
      user,
      password,
      database,
    ]);
    expect(parseConnectionUrl(formatConnectionUrl(parseConnectionUrl(url)))).toEqual(parseConnectionUrl(url));
    expect(parseConnectionUrl(deriveAppUrl(url))).toEqual(parseConnectionUrl(url));
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
