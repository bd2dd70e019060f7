import { readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { root } from "../support/checkout.ts";
import type { Engine } from "../support/engine.ts";
import { runStagesub } from "../support/runStagesub.ts";

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
        used: 2,
        free: 1,
        retired: 0,
        growth: [{ month: "2026-11", added: 2, total: 2 }],
        warnings: [],
      });
      expect(pool.databases.map(({ state }) => state.kind)).toEqual(["claimed", "claimed", "spare"]);
      expect(pool.databases.every(({ reading }) => reading.bytes > 1_000_000)).toBe(true);
      expect(stderr).not.toContain("Expected");
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
      const text = await engine.checkout.read("stacks/Pulumi.rehearsal.yaml");
      expect(text).toContain("name: Gävle Symfoniorkester");
      expect(text.match(/secure:/g)).toHaveLength(1);
      expect(text).not.toContain(/^encryptionsalt: (.*)$/m.exec(await engine.checkout.read(stackFile))![1]!);
      const second = await init();
      expect([second.code, second.stderr]).toEqual([0, expect.stringContaining("It has a key already.")]);
      expect(await engine.checkout.read("stacks/Pulumi.rehearsal.yaml")).toBe(text);
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
