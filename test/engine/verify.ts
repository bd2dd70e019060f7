import { readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseEnv, stripVTControlCharacters } from "node:util";
import getPort from "get-port";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
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
      expect(stderr).toContain("4/4");
    });

    it("sees that TLS is not enforced, as a provider that drops the setting leaves it, and so does drift", async () => {
      const { orchestras } = await engine.outputs<{ orchestras: Record<string, { database: string }> }>();
      const ref = orchestras["malmo"]!.database;
      const { ports, tokens } = engine.cloud;
      const enforce = async (database: boolean) => {
        const answer = await fetch(`http://127.0.0.1:${ports.supabase}/v1/projects/${ref}/ssl-enforcement`, {
          method: "PUT",
          headers: { authorization: `Bearer ${tokens.supabase}`, "content-type": "application/json" },
          body: JSON.stringify({ requestedConfig: { database } }),
        });
        expect(answer.status).toBe(200);
      };
      await enforce(false);
      const text = `TLS: its project ${ref} takes connections without TLS; expected it to refuse them`;
      const verified = await engine.orchestra("verify", "malmo", "gavle", "--wait", "0");
      expect([verified.code, verified.stdout]).toEqual([1, expect.stringContaining(`malmo, project: ${text}`)]);
      expect(verified.stdout).not.toContain("gavle, ");
      const env = { ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir };
      const drift = await runStagesub(engine.checkout.dir, ["drift", "-s", "local", "malmo"], env);
      engine.hear("drift", `${drift.stdout}\n${drift.stderr}`);
      expect([drift.code, drift.stdout]).toEqual([7, expect.stringContaining(`≠ malmo: ${text}`)]);
      await enforce(true);
    });

    it("ends with 1 and the reason when an orchestra is not well, and leaves out those that nobody asked for", async () => {
      const registry = parseConnectionUrl(engine.env["DATABASE_URL"]!);
      const setStatus = (status: string) =>
        withClient(registry, (client) =>
          client.query(`UPDATE "Orchestra" SET "status" = $1 WHERE "subdomain" = 'gavle'`, [status]),
        );
      await setStatus("Suspended");
      const { code, stdout } = await engine.orchestra("verify", "gavle", "malmo", "--wait", "0", "--json");
      await setStatus("Active");
      expect(code).toBe(1);
      const { orchestras } = JSON.parse(stdout) as { orchestras: { id: string; ok: boolean }[] };
      expect(orchestras.map(({ id, ok }) => [id, ok])).toEqual([
        ["gavle", false],
        ["malmo", true],
      ]);
    });

    it("ends with 2 and the known ones for an orchestra that is not declared", async () => {
      const { code, stderr } = await engine.orchestra("verify", "malmoe");
      expect(code).toBe(2);
      expect(stderr).toContain('Expected orchestras of the stack file, got "malmoe"');
      expect(stderr).toContain("It declares: gavle, malmo, umea, vasteras.");
    });

    it("compares every database with a Prisma schema: 0 where it fits, 1 with what does not, 2 where it is none", async () => {
      const schema = path.join(root, "docs/app.prisma");
      const fitting = await engine.orchestra("verify", "--prisma", schema);
      expect(fitting.code, fitting.stderr).toBe(0);
      expect(fitting.stdout).toContain("✓ gavle, malmo, umea, vasteras: fits\n");

      const text = await readFile(schema, "utf8");
      const other = text.replace("isActive           Boolean", "isActive           Boolean?");
      await engine.checkout.write("other.prisma", other);
      const at = (file: string) => path.join(engine.checkout.dir, file);
      const differing = await engine.orchestra("verify", "malmo", "--prisma", at("other.prisma"));
      expect(differing.code).toBe(1);
      expect(differing.stdout).toContain(
        "✗ malmo: 1 thing does not fit\n  User.isActive (nullability): expected a column",
      );

      await engine.checkout.write("wrong.prisma", text.replace("Boolean", "Bool"));
      const wrong = await engine.orchestra("verify", "--prisma", at("wrong.prisma"));
      expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
      expect(wrong.stderr).toContain('Type "Bool" is neither a built-in type');
      expect(wrong.stderr).not.toContain("    at ");
    });

    it("shows the pool with sizes and growth, and no warning while it has spares", async () => {
      const { code, stdout, stderr } = await engine.orchestra("pool", "--json");
      expect(code).toBe(0);
      const pool = JSON.parse(stdout) as { databases: { state: { kind: string }; reading: { bytes: number } }[] };
      expect(pool).toMatchObject({
        claimed: 2,
        free: 1,
        retired: 0,
        growth: [{ month: "2026-11", added: 2, total: 2 }],
        warnings: [],
      });
      expect(pool.databases.map(({ state }) => state.kind)).toEqual(["claimed", "claimed", "free"]);
      expect(pool.databases.every(({ reading }) => reading.bytes > 1_000_000)).toBe(true);
      expect(stderr).not.toContain("Expected");
    });

    it.each([80, 40])("fits a terminal of %d columns", async (columns) => {
      for (const command of ["list", "show malmo", "pool"]) {
        const { code, text } = await runOnTerminal(engine, columns, `./stagesub ${command} -s local`);
        engine.hear(command, text);
        expect(code, text).toBe(0);
        if (command === "pool") expect(text).toContain("\u001b[32mfree");
        const tables = stripVTControlCharacters(text)
          .split(/\r\n|\r/)
          .filter((line) => /^[┌│├└]/.test(line));
        expect(tables.filter((line) => line.length > columns)).toEqual([]);
      }
    });

    it("has no escape codes with NO_COLOR and in a pipe, and ends quietly where its reader has seen enough", async () => {
      const show = async (line: string) => {
        const { code, text } = await runOnTerminal(engine, 80, line);
        expect([line, code, text]).toEqual([line, 0, expect.not.stringContaining("\u001b")]);
        expect(text).not.toMatch(/\n +at /);
        return text.trim();
      };
      expect(await show("NO_COLOR=1 ./stagesub pool -s local")).toContain("free");
      expect(await show("CI=true ./stagesub pool -s local | cat")).toContain("free");
      for (const command of ["pool", "verify malmo --wait 0"])
        expect(await show(`./stagesub ${command} -s local 2>&1 | head -1`)).not.toContain("\n");
    });

    it("says the same in YAML and JSON, and leaves nothing out with -o wide", async () => {
      for (const command of ["show malmo", "pool", "drift"]) {
        const run = async (form: string) => {
          const { code, stdout, stderr } = await engine.orchestra(...command.split(" "), "-o", form);
          expect([form, code], stderr).toEqual([form, 0]);
          return stdout;
        };
        // The two looks count their own connections.
        const shape = (data: unknown) =>
          JSON.stringify(data, (key, value: unknown) => (key === "connections" ? 0 : value));
        expect(shape(parse(await run("yaml")))).toBe(shape(JSON.parse(await run("json"))));
      }
      const wide = await runOnTerminal(engine, 40, "./stagesub list -s local -o wide");
      expect(wide.text).toContain("│ contact ");
    });

    it("ends each look with the reason, and a code other than 0, where nothing can be reached", async () => {
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
      const page = path.join(engine.checkout.dir, "away.html");
      const run = (command: string) =>
        runStagesub(engine.checkout.dir, [...command.split(" "), "--stack", "away"], env);
      const looks = ["list", "list -o json", "show malmo", "pool", `report --file ${page}`, "drift", "verify"];
      // Each waits for answers: together they take as long as one.
      const runs = await Promise.all([...looks, "log", "orphans", "doctor"].map(run));
      for (const [index, command] of looks.entries()) {
        const { code, stdout, stderr } = runs[index]!;
        expect([command, code, stdout]).toEqual([command, 1, ""]);
        expect(stderr).toContain(
          "Expected an answer from the main database, Supabase, Cloudflare or a database of away",
        );
        expect(stderr).toContain("[nothing-reached]");
      }
      for (const { code, stdout, stderr } of runs.slice(looks.length)) {
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
      expect(await psql("registry", "--", "-Atc", 'SELECT count(*) > 0 FROM "Orchestra"')).toEqual([0, "t"]);
      expect(await psql("gavle", "--", "-c", "SELEC")).toEqual([1, 'ERROR:  syntax error at or near "SELEC"']);
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
      await writeFile(
        file,
        text.replace("Up Migration\n", 'Up Migration\nALTER TABLE "Musician" ADD COLUMN phone2 text;\n'),
      );
      const preview = await engine.pulumi("preview");
      await rm(file);
      expect(preview.code, preview.output).toBe(0);
    });
  });
}
