import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { formatConnectionUrl, parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import type { FaultSpec } from "../../local/cloud/faults.ts";
import { readPulumi, runPulumi } from "../../local/toolchain/runPulumi.ts";
import type { Outputs } from "../../scripts/stack/openStack.ts";
import { newProject } from "../support/createProject.ts";
import { useEngine } from "../support/engine.ts";
import { findLeaksIn } from "../support/findLeaks.ts";
import { readTree, sampleArguments } from "../support/lookAround.ts";
import { runStagesub } from "../support/runStagesub.ts";

const stackFile = "stacks/Pulumi.canary.yaml";

/** Made for this suite; with signs that every escaping changes. */
const passphrase = `Passphrase "\\ö&%?-canary`;
const adoptedPassword = `Ad0pted"\\/@:#&?%-canary`;
const wrongPassword = `Wr0ng"\\/@:#&?%-canary`;

/**
 * A stack as one has it in production: tokens and the main database's URL encrypted in its file, a passphrase of its own, one orchestra
 * in a project and one adopted. All output and files are scanned for every secret. The steps build on each
 * other. It does not prove what the official providers or Pulumi Cloud write.
 */
describe("secrets", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });
  const secrets: Record<string, string> = {};
  const said: Record<string, string> = {};
  const argv = new Set<string>();
  let env: Record<string, string>;
  let backend: string;
  let sampler: NodeJS.Timeout;

  beforeAll(async () => {
    sampler = setInterval(() => sampleArguments(argv), 40);
    const { SUPABASE_ACCESS_TOKEN, CLOUDFLARE_API_TOKEN, DATABASE_URL, ...rest } = engine.env;
    backend = path.join(engine.cloud.dir, "canary");
    await mkdir(backend);
    env = {
      ...rest,
      PULUMI_BACKEND_URL: `file://${backend}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_DEBUG_COMMANDS: "true", // for --event-log
    };
    const text = await engine.checkout.read("stacks/Pulumi.local.yaml");
    const gavle = `    gavle: { name: Gävle, contact: { name: G, email: g@example.se }, since: "2026-11-22", database: adopted }\n`;
    await engine.checkout.write(
      stackFile,
      text
        .replace(/\nencryptionsalt:.*/, "")
        .replace(/\n {2}stagesub:key:.*/, "")
        .replace("canary: [ malmo ]", "canary: []")
        .trimEnd() + `\n${gavle}`,
    );
    const init = await pulumi("stack", "init", "--secrets-provider", "passphrase");
    expect(init.code, init.output).toBe(0);
    const url = await createAdopted(SUPABASE_ACCESS_TOKEN!);
    await setSecret(["supabase:accessToken"], SUPABASE_ACCESS_TOKEN!);
    await setSecret(["cloudflare:apiToken"], CLOUDFLARE_API_TOKEN!);
    await setSecret(["stagesub:databaseUrl"], DATABASE_URL!);
    const key = randomBytes(32).toString("base64");
    await setSecret(["stagesub:key"], key);
    await setSecret(["--path", "stagesub:adopted.gavle.url"], url(adoptedPassword));
    await setSecret(["--path", "stagesub:adopted.gavle.direct"], url(wrongPassword));
    Object.assign(secrets, {
      "Supabase token": SUPABASE_ACCESS_TOKEN,
      "Cloudflare token": CLOUDFLARE_API_TOKEN,
      "main database's password": parseConnectionUrl(DATABASE_URL!).password,
      "adopted database's password": adoptedPassword,
      "adopted database's password in its URL": encodeURIComponent(adoptedPassword),
      "wrong password": wrongPassword,
      "stack's key": key,
      passphrase,
    });
    right = url(adoptedPassword);
  });
  afterAll(() => clearInterval(sampler));
  let right: string;

  const pulumi = async (...args: string[]) => run(args);
  const run = async (args: string[], input?: string) => {
    const options = { cwd: engine.checkout.dir, env: { ...process.env, ...env }, input };
    const { code, output } = await runPulumi([...args, "--stack", "canary", "--non-interactive"], options);
    said[`${Object.keys(said).length} pulumi ${args.join(" ")}`] = output;
    return { code, output };
  };
  const setSecret = async (key: string[], value: string) => {
    const { code, output } = await run(["config", "set", "--secret", ...key], value);
    expect(code, output).toBe(0);
  };
  const orchestra = async (...args: string[]) => {
    const { code, stdout, stderr } = await runStagesub(engine.checkout.dir, [...args, "--stack", "canary"], env);
    said[`${Object.keys(said).length} orchestra ${args.join(" ")}`] = `${stdout}\n${stderr}`;
    return { code, stdout, stderr };
  };
  const withFault = async (fault: FaultSpec, ...args: string[]) => {
    await engine.addFault(fault);
    const { code, output } = await pulumi(...args);
    await engine.clearFaults();
    expect(code, output).not.toBe(0);
    return output;
  };
  const createAdopted = async (token: string) => {
    const response = await fetch(`${engine.env["SUPABASE_API_ENDPOINT"]!}/v1/projects`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(newProject("g", adoptedPassword)),
    });
    const { ref } = (await response.json()) as { ref: string };
    const address = {
      host: "127.0.0.1",
      port: engine.cloud.ports.session,
      database: "postgres",
      user: `postgres.${ref}`,
    };
    return (password: string) => formatConnectionUrl({ ...address, password });
  };
  const learnGenerated = async (when: string) => {
    const args = ["stack", "output", "--json", "--show-secrets", "--stack", "canary"];
    const stdout = await readPulumi(args, { cwd: engine.checkout.dir, env: { ...process.env, ...env } });
    const outputs = JSON.parse(stdout) as Outputs;
    for (const kind of ["connections", "migrators"] as const)
      for (const [key, url] of Object.entries(outputs[kind]))
        secrets[`${kind} ${key} ${when}`] = parseConnectionUrl(url).password;
    for (const [key, { oneTimePassword }] of Object.entries(outputs.administrators))
      if (oneTimePassword) secrets[`one-time password ${key} ${when}`] = oneTimePassword;
    const hashes = await withClient(parseConnectionUrl(outputs.migrators["malmo"]!), (client) =>
      client.query<{ hash: string }>(`SELECT "passwordHash" AS hash FROM "User"`),
    );
    secrets["password's hash"] = hashes.rows[0]!.hash;
  };
  const leaksIn = (texts: Record<string, string>) => findLeaksIn(texts, secrets);

  it("are said nowhere by previews, and by runs that fail", async () => {
    const preview = await pulumi("preview", "--diff", "--debug");
    expect(preview.code, preview.output).toBe(0);
    expect((await pulumi("preview", "--json")).code).toBe(0);
    const token = secrets["Supabase token"]!;
    const repeated = { message: `Unknown token ${token}` };
    const refused = await withFault(
      { service: "supabase", path: "/organizations/", action: { kind: "status", status: 401, body: repeated } },
      "preview",
    );
    expect(refused).toContain("[token]");
    await withFault({ service: "cloudflare", action: { kind: "status", status: 403, body: {} } }, "preview");
    const failed = await withFault(
      { service: "supabase", method: "POST", path: "^/v1/projects$", action: { kind: "status", status: 500, body: {} } },
      "up", "--yes", "--skip-preview", "--json",
    ); // prettier-ignore
    expect(failed).toContain("The server does not accept this login");
  });

  it("are said nowhere by an up, with events and logs of any verbosity", async () => {
    await setSecret(["--path", "stagesub:adopted.gavle.direct"], right);
    const log = path.join(backend, "up.events");
    const up = await pulumi("up", "--yes", "--skip-preview", "-v=9", "--logtostderr", "--event-log", log);
    expect(up.code, up.output.slice(-3_000)).toBe(0);
    await learnGenerated("first");
    expect(Object.keys(secrets).length).toBeGreaterThan(12);
    const key = Object.keys(said).find((name) => name.includes("-v=9"))!;
    expect(said[key]!.length).toBeGreaterThan(100_000);
  });

  it("are said nowhere by the commands, by a refresh, a failing migration, a rotation", async () => {
    const report = path.join(engine.checkout.dir, "canary.html");
    for (const command of [
      ["list"], ["list", "--json"], ["show", "malmo"], ["pool", "--json"], ["log", "--json"], ["backup", "--json"],
      ["report", "--file", report], ["verify", "--wait", "0", "--json"], ["baseline", "gavle", "--at", "0011_audit_log.sql"],
      ["show", "nobody"], ["rotate", "malmo"],
    ]) await orchestra(...command); // prettier-ignore
    expect((await stat(report)).size).toBeGreaterThan(1_000);
    await engine.checkout.write(
      "migrations/orchestra/9999_canary.sql",
      `-- Up Migration\nSELECT "passwordHash"::int FROM "User";\n-- Down Migration\nSELECT 1;\n`,
    );
    const failed = await pulumi("up", "--yes", "--skip-preview");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("9999_canary.sql");
    await rm(path.join(engine.checkout.dir, "migrations/orchestra/9999_canary.sql"));
    const up = await pulumi("up", "--yes", "--skip-preview", "--json");
    expect(up.code, up.output.slice(-3_000)).toBe(0);
    await learnGenerated("rotated");
    await withFault(
      { service: "supabase", action: { kind: "drop", when: "before" } },
      "refresh",
      "--yes",
      "--skip-preview",
    );
    expect(
      (await pulumi("refresh", "--yes", "--skip-preview", "--event-log", path.join(backend, "refresh.events"))).code,
    ).toBe(0);
  });

  it("are in no state, history, backup's manifest, log, report or list of processes", async () => {
    const audit = await withClient(
      { ...engine.cloud.mainDatabase },
      async (client) => (await client.query<{ row: string }>("SELECT a::text AS row FROM stagesub.audit a")).rows,
    );
    expect(audit.length).toBeGreaterThan(3);
    const files = [
      ...(await readTree(backend)),
      ...(await readTree(path.join(engine.checkout.dir, "backups"))),
      ...(await readTree(path.join(engine.checkout.dir, "stacks"))),
      path.join(engine.checkout.dir, "canary.html"),
    ];
    expect(files.filter((file) => file.includes("history")).length).toBeGreaterThan(4);
    expect(files.filter((file) => file.endsWith(".tar")).length).toBeGreaterThan(1);
    expect(argv.size).toBeGreaterThan(20);
    const kept: Record<string, string> = { audit: audit.map(({ row }) => row).join("\n"), argv: [...argv].join("\n") };
    for (const file of files) kept[file] = await readFile(file, "utf8");
    expect(leaksIn(kept)).toEqual([]);
  });

  it("are said nowhere by a destroy, and nothing that was said before held one", async () => {
    await engine.liftProtection();
    expect((await pulumi("up", "--yes", "--skip-preview")).code).toBe(0);
    const destroyed = await pulumi("destroy", "--yes", "--skip-preview", "--json");
    expect(destroyed.output.length).toBeGreaterThan(1_000);
    expect(leaksIn(said)).toEqual([]);
    expect(leaksIn({ argv: [...argv].join("\n") })).toEqual([]);
  });

  it("are found where one is put into all of that on purpose, in a form that nobody would see", () => {
    for (const [name, value] of Object.entries(secrets)) {
      const leaked = { ...said, planted: `a log ${Buffer.from(`x${value}`).toString("base64")} goes on` };
      expect(leaksIn(leaked)).toContainEqual(
        expect.objectContaining({ where: "planted", secret: name, form: "base64" }),
      );
    }
  });
});
