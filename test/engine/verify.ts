import { readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseEnv, stripVTControlCharacters } from "node:util";
import getPort from "get-port";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { readMigrations } from "../../infra/database/migrations/readMigrations.ts";
import { root } from "../support/checkout.ts";
import type { Engine } from "../support/engine.ts";
import { runOnTerminal } from "../support/runOnTerminal.ts";
import { runStagesub } from "../support/runStagesub.ts";
import { runProgram } from "../../infra/util/runProgram.ts";

/**
 * The commands that look, over the stack of commands.test.ts: gavle and malmo with projects of their own, vasteras and umea on pool-1
 * and pool-2, pool-3 free. Each test leaves the stack as it was. test/local/verify.test.ts proves each check.
 */
export function proveVerifyPoolAndEnv(engine: Engine): void {
  describe("verify, pool and env", () => {
    const stackFile = "stacks/Pulumi.local.yaml";
    const stagesub = async (...args: string[]) => {
      const run = await runStagesub(engine.checkout.dir, args, { ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir });
      engine.hear(args[0]!, `${run.stdout}\n${run.stderr}`);
      return run;
    };

    it("verifies every orchestra after it", async () => {
      const { code, stdout, stderr } = await engine.orchestra("verify");
      expect(code, stdout).toBe(0);
      expect(stdout.match(/✓/g)).toHaveLength(4 * 10);
      expect(stderr).toContain("Verifying 4 orchestras, ");
    });

    it("ends with 1 and each reason where TLS is not enforced, as a provider that drops the setting leaves it, or a row was suspended by hand; drift sees the same, and nobody asked for the others", async () => {
      const { orchestras } = await engine.outputs<{ orchestras: Record<string, { database: string }> }>();
      const ref = orchestras["malmo"]!.database;
      const breakBoth = async (isBroken: boolean) => {
        const answer = await fetch(`${engine.supabase().baseUrl}/v1/projects/${ref}/ssl-enforcement`, {
          method: "PUT",
          headers: { authorization: `Bearer ${engine.supabase().token}`, "content-type": "application/json" },
          body: JSON.stringify({ requestedConfig: { database: !isBroken } }),
        });
        expect(answer.status).toBe(200);
        await withClient(parseConnectionUrl(engine.env["DATABASE_URL"]!), (client) =>
          client.query(`UPDATE "Orchestra" SET "status" = $1 WHERE "subdomain" = 'gavle'`, [
            isBroken ? "Suspended" : "Active",
          ]),
        );
      };
      await breakBoth(true);
      const verified = await engine.orchestra("verify", "gavle", "malmo", "vasteras", "--wait", "0", "--json");
      const drift = await stagesub("drift", "-s", "local", "malmo");
      await breakBoth(false);

      const text = `TLS: its project ${ref} takes connections without TLS; expected it to refuse them`;
      expect(verified.code).toBe(1);
      const found = JSON.parse(verified.stdout) as { orchestras: { id: string; ok: boolean }[] };
      expect(found.orchestras.map(({ id, ok }) => [id, ok])).toEqual([
        ["gavle", false],
        ["malmo", false],
        ["vasteras", true],
      ]);
      expect(JSON.stringify(found.orchestras[1])).toContain(text);
      expect([drift.code, drift.stdout]).toEqual([7, expect.stringContaining(`≠ malmo: ${text}`)]);
    });

    it("compares every database with a Prisma schema: 0 where it fits, 1 with what does not", async () => {
      const schema = path.join(root, "docs/app.prisma");
      const fitting = await engine.orchestra("verify", "--prisma", schema);
      expect(fitting.code, fitting.stderr).toBe(0);
      expect(fitting.stdout).toContain("✓ gavle, malmo, umea, vasteras: fits\n");

      const text = await readFile(schema, "utf8");
      const other = text.replace("isActive           Boolean", "isActive           Boolean?");
      await engine.checkout.write("other.prisma", other);
      const differing = await engine.orchestra(
        ...["verify", "malmo", "--prisma", path.join(engine.checkout.dir, "other.prisma")],
      );
      expect(differing.code).toBe(1);
      expect(differing.stdout).toContain(
        "✗ malmo: 1 thing does not fit\n  User.isActive (nullability): expected a column",
      );
    });

    it("shows the pool with sizes and growth, and no warning while it has spares; the same in YAML and JSON", async () => {
      const look = async (form: string) => {
        const { code, stdout, stderr } = await engine.orchestra("pool", "-o", form);
        expect(code, stderr).toBe(0);
        expect(stderr).not.toContain("Expected");
        return stdout;
      };
      const pool = JSON.parse(await look("json")) as {
        databases: { state: { kind: string }; reading: { bytes: number } }[];
      };
      expect(pool).toMatchObject({
        claimed: 2,
        free: 1,
        retired: 0,
        growth: [{ month: "2026-11", added: 2, total: 2 }],
        warnings: [],
      });
      expect(pool.databases.map(({ state }) => state.kind)).toEqual(["claimed", "claimed", "free"]);
      expect(pool.databases.every(({ reading }) => reading.bytes > 1_000_000)).toBe(true);
      // The two looks count their own connections.
      const shape = (data: unknown) =>
        JSON.stringify(data, (key, value: unknown) => (key === "connections" ? 0 : value));
      expect(shape(parse(await look("yaml")))).toBe(shape(pool));
    });

    // test/unit/scripts/cli/formatTable.test.ts proves every width.
    it("fits a terminal of 80 columns, and leaves nothing out with -o wide", async () => {
      const show = async (columns: number, command: string) => {
        const { code, text } = await runOnTerminal(engine, columns, `./stagesub ${command} -s local`);
        engine.hear(command, text);
        expect(code, text).toBe(0);
        return text;
      };
      const texts = [await show(80, "list"), await show(80, "show malmo"), await show(80, "pool")];
      expect(texts[2]).toContain("\u001b[32mfree");
      const tables = stripVTControlCharacters(texts.join("\n"))
        .split(/\r\n|\r|\n/)
        .filter((line) => /^[┌│├└]/.test(line));
      expect(tables.length).toBeGreaterThan(10);
      expect(tables.filter((line) => line.length > 80)).toEqual([]);
      expect(await show(40, "list -o wide")).toContain("│ contact ");
    });

    it("has no escape codes with NO_COLOR and in a pipe, and ends quietly where its reader has seen enough", async () => {
      const show = async (line: string) => {
        const { code, text } = await runOnTerminal(engine, 80, line);
        expect([line, code, text]).toEqual([line, 0, expect.not.stringContaining("\u001b")]);
        expect(text).not.toMatch(/\n +at /);
        return text.trim();
      };
      expect(await show("NO_COLOR=1 ./stagesub pool -s local")).toContain("free");
      expect(await show("./stagesub verify malmo --wait 0 -s local 2>&1 | head -1")).not.toContain("\n");
    });

    it("ends a look with the reason, and a code other than 0, where nothing can be reached", async () => {
      await engine.checkout.write("stacks/Pulumi.away.yaml", await engine.checkout.read(stackFile));
      const nowhere = `127.0.0.1:${await getPort()}`;
      const env = {
        ...engine.env,
        DATABASE_URL: `postgresql://u:p@${nowhere}/d`,
        SUPABASE_API_ENDPOINT: `http://${nowhere}`,
        CLOUDFLARE_BASE_URL: `http://${nowhere}/client/v4`,
      };
      const inCheckout = { cwd: engine.checkout.dir, env: { ...process.env, ...env } };
      const made = await runProgram("pulumi", ["stack", "init", "away", "--non-interactive"], inCheckout);
      expect(made.code, made.output).toBe(0);
      // Each waits for answers: together they take as long as one.
      const [list, verify, orphans, doctor] = await Promise.all(
        ["list -o json", "verify", "orphans", "doctor"].map((command) =>
          runStagesub(engine.checkout.dir, [...command.split(" "), "--stack", "away"], env),
        ),
      );
      for (const { code, stdout, stderr } of [list!, verify!]) {
        expect([code, stdout]).toEqual([1, ""]);
        expect(stderr).toContain(
          "Expected an answer from the main database, Supabase, Cloudflare or a database of away",
        );
        expect(stderr).toContain("[nothing-reached]");
      }
      for (const { code, stdout, stderr } of [orphans!, doctor!]) {
        expect(code).toBe(1);
        expect(stdout + stderr).toMatch(/start the server|Start the local cloud/);
      }
      await rm(path.join(engine.checkout.dir, "stacks/Pulumi.away.yaml"));
    });

    it("gives the app every database it may use: the URLs work, as a role that owns nothing", async () => {
      const { code, stdout } = await engine.orchestra("env", "--stdout");
      expect(code).toBe(0);
      const variables = parseEnv(stdout) as Record<string, string>;
      const pool = ["DATABASE_URL_POOL_1", "DATABASE_URL_POOL_2", "DATABASE_URL_POOL_3"];
      expect(Object.keys(variables)).toEqual(["DATABASE_URL", ...pool]);
      for (const name of pool) {
        const rows = await withClient(parseConnectionUrl(variables[name]!), (client) =>
          client.query(
            `SELECT has_schema_privilege('public', 'CREATE') AS may, (SELECT count(*) FROM "User") AS users`,
          ),
        );
        expect(rows.rows).toMatchObject([{ may: false }]);
      }
    });

    it("writes one orchestra's URL to a file that only its owner may read, and shows nothing of it", async () => {
      const file = path.join(engine.checkout.dir, ".env.gavle");
      const { code, stdout, stderr } = await engine.orchestra("env", "--orchestra", "gavle", "--file", file);
      expect(code, stderr).toBe(0);
      const { connections } = await engine.outputs<{ connections: Record<string, string> }>();
      expect(parseEnv(await readFile(file, "utf8"))).toEqual({ DATABASE_URL: connections["gavle"] });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(stdout + stderr).not.toContain("postgresql://");
    });

    it("writes nothing unless told where", async () => {
      const { code, stdout, stderr } = await engine.orchestra("env");
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("Expected --file <path>, or --stdout");
    });

    it("opens psql on a database as its owner or as the app, without the password among its arguments, and ends with psql's exit code", async () => {
      const psql = async (...args: string[]) => {
        const { code, stdout, stderr } = await stagesub("psql", "-s", "local", ...args);
        return [code, stdout.trim() || stderr.split("\n")[0]];
      };
      const who = ["--", "-Atc", "SELECT current_user ~ '^app_', (SELECT count(*) FROM \"User\") > 0"];
      expect(await psql("vasteras", ...who)).toEqual([0, "f|t"]);
      expect(await psql("vasteras", "--app", ...who)).toEqual([0, "t|t"]);
      const registry = ["registry", "--", "-At", "-c", 'SELECT count(*) > 0 FROM "Orchestra"', "-c", "SELEC"];
      expect(await psql(...registry)).toEqual([1, "t"]);
      expect(await psql("nobody")).toEqual([2, expect.stringContaining('got "nobody". There are: registry, gavle, ')]);
    });

    it("prints the address of an orchestra's page, and of its project's dashboard", async () => {
      const { orchestras } = await engine.outputs<{ orchestras: Record<string, { url: string; database: string }> }>();
      const { url, database } = orchestras["gavle"]!;
      expect((await engine.orchestra("open", "gavle")).stdout).toBe(`${url}\n`);
      const { stdout } = await engine.orchestra("open", "gavle", "--project");
      expect(stdout).toBe(`https://supabase.com/dashboard/project/${database}\n`);
    });

    it("finds with doctor that all is fit to work but for a backup, which it names with the command", async () => {
      const { code, stdout } = await engine.orchestra("doctor", "--json");
      const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean; text: string }[] };
      expect(checks.filter(({ ok }) => !ok)).toEqual([
        { name: "backup", ok: false, text: expect.stringContaining("./stagesub backup -s local") as string },
      ]);
      expect(checks).toHaveLength(8);
      expect(code).toBe(1);
    });

    it("makes another stack from this one's file, with a key and without its secrets, and nothing the second time", async () => {
      const init = () => stagesub("init", "rehearsal", "--from", "local", "--secrets-provider", "passphrase");
      const first = await init();
      expect(first.code, first.stderr).toBe(0);
      // The main database's URL is written each time: a local cloud that was reset has other passwords.
      const readStack = async () =>
        (await engine.checkout.read("stacks/Pulumi.rehearsal.yaml")).replace(/(databaseUrl:\s+secure: ).*/, "$1");
      const text = await readStack();
      expect(text).toContain("name: Gävle Symfoniorkester");
      // Its key, and the URL of its main database on the local cloud.
      expect(text.match(/secure:/g)).toHaveLength(2);
      expect(text).not.toContain(/^encryptionsalt: (.*)$/m.exec(await engine.checkout.read(stackFile))![1]!);
      const second = await init();
      expect([second.code, second.stderr]).toEqual([0, expect.stringContaining("It has a key already.")]);
      expect(await readStack()).toBe(text);
    });

    it("shows what an orchestra's server refused among its own events, and no other orchestra's", async () => {
      const fail = (id: string) => stagesub("psql", id, "-s", "local", "--", "-c", `SELECT 'of ${id}'::int`);
      const failed = await Promise.all(["gavle", "malmo"].map(fail));
      expect(failed.map(({ code }) => code)).toEqual([1, 1]);
      const [{ code, stdout, stderr }, table] = await Promise.all([
        stagesub("logs", "gavle", "--server", "-s", "local", "--json"),
        stagesub("log", "gavle", "--server", "-s", "local", "--limit", "1"),
      ]);
      expect(code, stderr).toBe(0);
      const { entries, server } = JSON.parse(stdout) as { entries: object[]; server: { message: string }[] };
      expect(entries).toContainEqual(expect.objectContaining({ orchestra: "gavle", action: "registered" }));
      expect(server[0]).toMatchObject({
        severity: "ERROR",
        message: expect.stringContaining('"of gavle"') as string,
      });
      expect(server.filter(({ message }) => message.includes("of malmo"))).toEqual([]);
      expect(table.stdout).toMatch(/│ ERROR +│ invalid input syntax.* │ PostgreSQL +│/);
    });

    it("draws the fleet, the pool and the last run again and again on a terminal, until Ctrl-C", async () => {
      const again = { to: /Last run: update, succeeded[^]*\[H[^]*Last run: update/, keys: "\u0003" };
      const { code, text } = await runOnTerminal(engine, 120, "./stagesub status --watch 1 -s local", again);
      expect(code, text).toBe(130);
      expect(text.split("\u001b[H").at(-1)).toMatch(
        /malmo [^]*4 orchestras[^]*Pool: 2 claimed, 1 free[^]*Ctrl-C ends\./,
      );
      expect(await stagesub("list", "--watch", "-s", "local")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("found no terminal") as string,
      });
    });

    it("writes a migration with the next number, to which the SQL is added", async () => {
      const { code, stdout, stderr } = await stagesub("migrations", "new", "musician_phone");
      expect(code, stderr).toBe(0);
      const file = path.join(engine.checkout.dir, "migrations/orchestra", path.basename(stdout.trim()));
      expect(stdout).toMatch(/\d{4}_musician_phone\.sql\n$/);
      const text = await readFile(file, "utf8");
      const added = 'ALTER TABLE "Musician" ADD COLUMN phone2 text;';
      await writeFile(file, text.replace("Up Migration\n", `Up Migration\n${added}\n`));
      const migration = readMigrations(path.dirname(file)).at(-1)!;
      await rm(file);
      expect(migration).toMatchObject({ file: path.basename(file), up: expect.stringContaining(added) as string });
    });
  });
}
