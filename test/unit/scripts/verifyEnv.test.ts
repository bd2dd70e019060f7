import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { formatConnectionUrl, parseConnectionUrl } from "../../../infra/database/connection/connection.ts";
import { appVariables, escapeUrl, formatDotenv } from "../../../scripts/orchestra/env.ts";
import { writePrivateFile } from "../../../scripts/cli/writePrivateFile.ts";

describe("formatDotenv", () => {
  const passwords = fc.string({ unit: "binary", minLength: 1 });

  it("reads back as the same connection, whatever the password, but for control characters, which no connection URL may hold", () => {
    fc.assert(
      fc.property(
        passwords.filter((text) => !/\p{Cc}/u.test(text)),
        (password) => {
          const connection = { host: "db.example.com", port: 6543, user: "app", password, database: "postgres" };
          const text = formatDotenv({
            DATABASE_URL: formatConnectionUrl(connection, "pgbouncer=true&sslmode=require"),
          });
          expect(parseConnectionUrl(parseEnv(text)["DATABASE_URL"]!)).toEqual(connection);
        },
      ),
    );
  });

  it("leaves nothing to misread in what people wrote by hand, and changes nothing that was fine", () => {
    fc.assert(
      fc.property(passwords, (text) => {
        const escaped = escapeUrl(text);
        expect(escaped).not.toMatch(/["'$\\`\s]|[^\x20-\x7e]/);
        expect(parseEnv(formatDotenv({ A: text, B: "b" }))).toEqual({ A: escaped, B: "b" });
        expect(escapeUrl(escaped)).toBe(escaped);
      }),
    );
    expect(escapeUrl(`postgres://u:a$b'c"å@h:1/d?x=1&y=%20#z`)).toBe(
      "postgres://u:a%24b%27c%22%C3%A5@h:1/d?x=1&y=%20#z",
    );
  });
});

describe("appVariables", () => {
  const pool = ["claimed", "free", "retired"].map((kind, index) => {
    return { number: index + 1, name: `pool-${index + 1}`, appRole: "app", state: { kind, orchestra: "malmo" } };
  });
  const connections = { malmo: "url-malmo", "pool-1": "url-1", "pool-2": "url-2", "pool-3": "url-3" };
  const stack = {
    config: { databaseUrl: "url-main" },
    plan: { pool, orchestras: [{ id: "malmo", state: "active" }] },
    outputs: { connections },
  } as never;

  it("names the main database and every pool database but the retired ones", () => {
    const expected = { DATABASE_URL: "url-main", DATABASE_URL_POOL_1: "url-1", DATABASE_URL_POOL_2: "url-2" };
    expect(appVariables(stack)).toEqual(expected);
  });

  it("names nothing of a retired orchestra", () => {
    const plan = { pool, orchestras: [{ id: "malmo", state: "retired" }] };
    const retired = { config: { databaseUrl: "url-main" }, plan, outputs: { connections } } as never;
    expect(appVariables(retired)).toEqual({ DATABASE_URL: "url-main", DATABASE_URL_POOL_2: "url-2" });
    expect(() => appVariables(retired, "malmo")).toThrow("malmo is retired");
  });

  it("names one orchestra's own database as DATABASE_URL, or says that there is none yet", () => {
    expect(appVariables(stack, "malmo")).toEqual({ DATABASE_URL: "url-malmo" });
    expect(() => appVariables(stack, "gavle")).toThrowErrorMatchingInlineSnapshot(
      `[UserError: Expected the URL of gavle among the stack's outputs, found none. Run \`pulumi up\`.]`,
    );
  });
});

describe("writePrivateFile", () => {
  let dir: string;
  beforeAll(async () => void (dir = await mkdtemp(path.join(tmpdir(), "stagesub-env-"))));
  afterAll(() => rm(dir, { recursive: true }));

  it("writes with mode 600, also over a file that everybody could read", async () => {
    const file = path.join(dir, ".env");
    await writeFile(file, "old", { mode: 0o666 });
    await writePrivateFile(file, "new");
    expect(await readFile(file, "utf8")).toBe("new");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual([".env"]);
  });

  it("refuses a link, a folder and a place that is not there, and leaves nothing behind", async () => {
    await mkdir(path.join(dir, "folder"));
    await symlink("/dev/null", path.join(dir, "link"));
    await expect(writePrivateFile(path.join(dir, "folder"), "x")).rejects.toThrow("found a folder");
    await expect(writePrivateFile(path.join(dir, "link"), "x")).rejects.toThrow("found a link or device");
    await expect(writePrivateFile(path.join(dir, "nowhere", ".env"), "x")).rejects.toThrow(/Cannot write .*ENOENT/);
    expect((await readdir(dir)).sort()).toEqual([".env", "folder", "link"]);
  });
});
