import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it, vi } from "vitest";

import { parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { createProject } from "../support/createProject.ts";
import { type Engine, useEngine } from "../support/engine.ts";

/**
 * Orchestras from before this program, taken in by `setup` and `import` and adopted by one `up`. The steps build on each other. It
 * does not prove that the app goes on meanwhile, nor how a database comes in that the app has migrated: `baseline` does that.
 */
describe("what exists already", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const urls: Record<string, string> = {};

  const create = async (name: string) => (urls[name] = await createProject(engine, name, secret));
  const query = async (url: string, sql: string) =>
    (await withClient(parseConnectionUrl(url), (client) => client.query<Record<string, unknown>>(sql))).rows;
  /** Migrates a database as the app's own migrations leave it. */
  const migrateByHand = async (url: string) => {
    const folder = path.join(engine.checkout.dir, "migrations/orchestra");
    for (const file of (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort())
      await query(url, (await readFile(path.join(folder, file), "utf8")).split("-- Down Migration")[0]!);
  };
  const rowOf = async (subdomain: string) =>
    (await query(engine.env["DATABASE_URL"]!, `SELECT * FROM "Orchestra" WHERE "subdomain" = '${subdomain}'`))[0];
  /** Reads all that `up` could touch of a database that was set up by hand. */
  const readContents = (url: string) =>
    query(
      url,
      `SELECT (SELECT json_agg(o) FROM stagesub.owner o) AS owner, (SELECT json_agg(l) FROM stagesub.login l) AS logins,
              (SELECT json_agg(u) FROM "User" u) AS users, (SELECT json_agg(m ORDER BY file) FROM stagesub.migration m) AS ledger`,
    );
  /** Imports an orchestra that the app made, with an administrator who works there. */
  const importWithPeople = async (id: string, name: string) => {
    const url = await create(id);
    await migrateByHand(url);
    await query(
      url,
      `INSERT INTO "User" ("id", "name", "email", "role", "passwordHash") VALUES ('u1', 'Lo', '${id}@example.se', 'ADMIN', '$x')`,
    );
    await query(
      engine.env["DATABASE_URL"]!,
      `INSERT INTO "Orchestra" ("id", "name", "subdomain", "databaseUrl", "status", "contactName", "contactEmail", "setupDate")
       VALUES ('cuid-${id}', '${name}', '${id}', '${url}', 'Active', 'Lo', 'lo@example.se', '2025-01-01')`,
    );
    const imported = await engine.orchestra("import", id);
    expect(imported.code, imported.stderr).toBe(0);
    const baseline = await engine.orchestra("baseline", id, "--at", "0011_audit_log.sql");
    expect(baseline.code, baseline.stderr).toBe(0);
  };
  const setUp = async (url: string) => {
    vi.stubEnv("GAVLE_URL", url);
    return engine.orchestra("setup", "env:GAVLE_URL", "Gävle Symfoniorkester", "gavle", "--email", "g@example.se");
  };

  it("is set up by hand: migrated, registered, in the stack file, the one-time password in a private file", async () => {
    const { code, stdout, stderr } = await setUp(await create("gavle"));
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("+      contact: { name: Gävle Symfoniorkester, email: g@example.se }");
    const file = path.join(engine.checkout.dir, "passwords/local/gavle.txt");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const password = (await readFile(file, "utf8")).trim().split("\n").at(-1)!;
    const row = await rowOf("gavle");
    expect(row).toMatchObject({ status: "Active", contactEmail: "g@example.se" });
    const app = row!["databaseUrl"] as string;
    expect(await query(app, "SELECT current_user")).toEqual([{ current_user: "app_local_gavle_1" }]);
    for (const hidden of [secret, password, parseConnectionUrl(app).password])
      expect(stdout + stderr).not.toContain(hidden);
  });

  it("is left as it is by a second setup", async () => {
    const before = await readContents(urls["gavle"]!);
    const text = await engine.checkout.read(stackFile);
    const { code, stdout, stderr } = await setUp(urls["gavle"]!);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("stays as it is");
    expect(await readContents(urls["gavle"]!)).toEqual(before);
    expect(await engine.checkout.read(stackFile)).toBe(text);
  });

  it("is refused to another orchestra in the guide's own words, whose URL leaves the list of processes", async () => {
    const text = await engine.checkout.read(stackFile);
    const { code, output, seen } = await engine.unwatched(() =>
      runGuidesWay(engine, urls["gavle"]!, "Umeå Symfoniorkester", "umea"),
    );
    expect(code).not.toBe(0);
    expect(output).toContain("Refusing to give umea this database: Gävle Symfoniorkester (gavle) has it");
    expect(output).not.toContain(secret);
    // When it starts, npm and then node have it among their arguments.
    expect(seen.at(-1)).toEqual([]);
    expect(await engine.checkout.read(stackFile)).toBe(text);
  });

  it("is imported where the superadmin page made the row, but for rows that lack something", async () => {
    const main = engine.env["DATABASE_URL"]!;
    await query(main, `ALTER TABLE "Orchestra" ADD COLUMN "logoUrl" text, ALTER COLUMN "contactEmail" DROP NOT NULL`);
    await query(
      main,
      `INSERT INTO "Orchestra" ("id", "name", "subdomain", "databaseUrl", "status", "contactName", "setupDate", "logoUrl")
       VALUES ('cuid-boras', 'Borås Symfoniorkester', 'boras', '${await create("boras")}', 'Active', 'Bo', '2025-01-01', '/b.svg')`,
    );
    const text = await engine.checkout.read(stackFile);
    const refused = await engine.orchestra("import", "boras");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("boras: its row has no contactEmail: give it with --email");
    expect(await engine.checkout.read(stackFile)).toBe(text);

    const { code, stdout, stderr } = await engine.orchestra("import", "--email", "boras@example.se");
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("+      contact: { name: Bo, email: boras@example.se }");
    expect(stdout + stderr + (await engine.checkout.read(stackFile))).not.toContain(secret);
  });

  it("is a pool made by hand: taken from a dotenv file, by way of a baseline where the app migrated it, and claimed; an orchestra with people likewise", async () => {
    const [one, two] = [await create("hand-1"), await create("hand-2")];
    await engine.checkout.write("app.env", `DATABASE_URL_POOL_1="${one}"\nDATABASE_URL_POOL_2="${two}"\n`);
    const adopt = await engine.orchestra("adopt-pool", "--env", path.join(engine.checkout.dir, "app.env"));
    expect(adopt.code, adopt.stderr).toBe(0);
    expect(adopt.stdout + adopt.stderr + (await engine.checkout.read(stackFile))).not.toContain(secret);

    await migrateByHand(two);
    await query(two, 'ALTER TABLE "User" DROP COLUMN "lastLoginAt"');
    const baseline = () => engine.orchestra("baseline", "pool-2", "--at", "0011_audit_log.sql", "--json");
    const differing = await baseline();
    expect(differing.code, differing.stderr).toBe(1);
    expect(JSON.parse(differing.stdout)).toMatchObject({
      differences: [{ what: 'column "User"."lastLoginAt"', found: null }],
      written: false,
    });
    await query(two, 'ALTER TABLE "User" ADD COLUMN "lastLoginAt" timestamp(3)');
    expect((await baseline()).code).toBe(0);

    const contact = ["--contact", "Åsa", "--email", "umea@example.se"];
    const add = await engine.orchestra("add", "--name", "Umeå Symfoniorkester", ...contact, "--database", "pool-2");
    expect(add.code, add.stderr).toBe(0);
    await importWithPeople("lund", "Lunds Symfoniorkester");
  });

  it("is adopted by the next up: databases, logins and administrator as they were, ids and the app's columns kept, and no password is exported that opens nothing", async () => {
    const [before, gavle] = [await readContents(urls["gavle"]!), await rowOf("gavle")];
    const up = await engine.up();
    expect(up.code, up.output).toBe(0);
    expect(await readContents(urls["gavle"]!)).toEqual(before);
    expect(await rowOf("gavle")).toEqual(gavle);
    expect(await rowOf("boras")).toMatchObject({
      id: "cuid-boras",
      logoUrl: "/b.svg",
      contactEmail: "boras@example.se",
    });
    expect((await rowOf("boras"))!["databaseUrl"]).toContain("app_local_boras_1.");
    const { administrators, pool } = await engine.outputs<Outputs>();
    expect(administrators["gavle"]!.email).toBe("g@example.se");
    expect(administrators["lund"]).toEqual({ email: "lund@example.se" });
    for (const id of ["boras", "gavle", "umea"]) expect(administrators[id]!.oneTimePassword).toHaveLength(24);
    expect(pool).toEqual({ "pool-1": "free", "pool-2": "umea" });
    const owner = "SELECT key, stack, orchestra FROM stagesub.owner";
    expect(await query(urls["hand-1"]!, owner)).toEqual([{ key: "pool-1", stack: "local", orchestra: null }]);
    expect(await query(urls["hand-2"]!, owner)).toEqual([{ key: "pool-2", stack: "local", orchestra: "umea" }]);
    const log = JSON.parse((await engine.orchestra("log", "--json")).stdout) as { entries: Entry[] };
    expect(log.entries.map(({ orchestra, action }) => `${orchestra} ${action}`)).toEqual(
      expect.arrayContaining(["boras adopted", "gavle registered", "malmo registered"]),
    );
    expect(await engine.preview()).toEqual([]);
  });
});

// Its own in each run: another run of this suite on the machine shows it among its arguments.
const secret = `Owner-Secret-${randomBytes(6).toString("hex")}`;
const stackFile = "stacks/Pulumi.local.yaml";

/** Runs `./stagesub setup "<url>" "<name>" "<subdomain>"`, and records the processes that showed the secret, look by look. */
async function runGuidesWay({ checkout, cloud, env }: Engine, ...words: string[]) {
  const environment = { ...process.env, ...env, STAGESUB_LOCAL_DIR: cloud.dir, PULUMI_STACK: "local" };
  const child = spawn("npm", ["run", "-s", "setup-orchestra", ...words], { cwd: checkout.dir, env: environment });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const seen: string[][] = [];
  while (child.exitCode === null) {
    seen.push(await findProcesses(secret));
    await sleep(50);
  }
  return { code: child.exitCode, output, seen };
}

/** Returns none where the system has no /proc, as Linux has. */
async function findProcesses(text: string): Promise<string[]> {
  const entries = await readdir("/proc").catch(() => []);
  const lines = entries.filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8"));
  const settled = await Promise.allSettled(lines);
  return settled.flatMap((line) => (line.status === "fulfilled" && line.value.includes(text) ? [line.value] : []));
}

interface Entry {
  orchestra: string;
  action: string;
}

interface Outputs {
  pool: Record<string, string>;
  administrators: Record<string, { email: string; oneTimePassword?: string }>;
}
