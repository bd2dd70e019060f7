import { execFile } from "node:child_process";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { askHealth } from "../../local/cloud/control/askControl.ts";
import { healthSchema, type Health } from "../../local/cloud/control/health.ts";
import { isRunning, readCommand } from "../../local/cloud/processes.ts";
import { portNames, readSettings, type CloudSettings } from "../../local/cloud/settings.ts";
import { resetLocalCloud } from "../../local/cloud/supervise/resetLocalCloud.ts";
import { startLocalCloud } from "../../local/cloud/supervise/startLocalCloud.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import { stopLocalCloud } from "../../local/cloud/supervise/stopLocalCloud.ts";
import { findPortBase } from "../../local/cloud/ports.ts";
import { makeClusterFolder } from "../support/clusterFolder.ts";
import { newProject } from "../support/createProject.ts";

/** The commands as people call them, with real processes. Not proven here: `env` (the engine's tests use it), macOS. */
const program = path.resolve("stagesub");
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) {
    await resetLocalCloud(path.join(folder, "state"));
    await rm(folder, { recursive: true, force: true });
  }
});

describe("the local cloud's commands", () => {
  it("start it, say what runs where, and do not start it twice", async () => {
    const { dir, flags } = await newCloud();
    const started = await local(dir, "start", ...flags);
    expect(started).toMatchObject({ code: 0, stderr: "" });
    for (const name of portNames) expect(started.stdout).toContain(`${name} listens on 127.0.0.1:`);
    expect(started.stdout).toContain(`./stagesub local --dir '${dir}' env`);

    const settings = await settingsOf(dir);
    const [shown, status] = await Promise.all([local(dir, "status"), local(dir, "status", "--json")]);
    expect(shown.stdout).toMatch(/is healthy:\n( {2}up {4}\w+ +127\.0\.0\.1:\d+\n){8}$/);
    expect(status.code).toBe(0);
    const health = healthSchema.parse(JSON.parse(status.stdout));
    const ports = health.services.map(({ name, port }) => [name, port] as const);
    expect(Object.fromEntries(ports)).toEqual(settings.ports);

    const [again, other] = await Promise.all([local(dir, "start"), local(dir, "start", "--port-base", "30000")]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("runs already");
    expect((await healthOf(settings)).pid).toBe(health.pid);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("Stop it first") as string });

    expect(await local(dir, "stop")).toMatchObject({ code: 0, stdout: "The local cloud has stopped.\n" });
    expect(await isRunning(health.pid)).toBe(false);
    const [after, stopped, logs] = await Promise.all([
      local(dir, "status"),
      local(dir, "stop"),
      local(dir, "logs", "--lines", "1"),
    ]);
    expect(after).toMatchObject({ code: 1, stdout: "The local cloud is not running.\n" });
    expect(stopped).toMatchObject({ code: 0, stdout: "The local cloud was not running.\n" });
    expect(logs.stdout).toMatch(/^\S+Z stopped\n$/);
  }, 120_000);

  it("start nothing where a port is taken, and say which and what to do", async () => {
    const { dir, flags, portBase } = await newCloud();
    const port = portBase + portNames.indexOf("dns");
    const stranger = createServer().listen(port, "127.0.0.1");
    await once(stranger, "listening");
    const refused = await local(dir, "start", ...flags);
    expect(refused.code).toBe(1);
    expect(refused.stdout).not.toContain("cannot start");
    expect(refused.stderr).toContain(`port ${port} (dns). Stop that program, or move the ports with --port-base.`);
    expect(await local(dir, "status")).toMatchObject({ code: 1 });
    stranger.close();
    await once(stranger, "close");
    expect(await local(dir, "start")).toMatchObject({ code: 0 });
  });

  it("refuse ports that there are not, and words that are no numbers", async () => {
    const { dir } = await newCloud();
    const [word, high] = await Promise.all([
      local(dir, "start", "--port-base", "many"),
      local(dir, "start", "--port-base", "65529"),
    ]);
    expect(word).toMatchObject({ code: 2, stderr: expect.stringContaining("Expected a whole number") as string });
    expect(high).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the first of 8 ports, a number from 1 to 65528, got 65529") as string,
    });
  });

  it("forget everything on reset, and only when told so", async () => {
    const { dir, portBase } = await newCloud();
    const settings = await startQuickly(dir, portBase);
    await makeState(settings);
    await writeFile(path.join(dir, "mine.txt"), "not yours");

    expect(await local(dir, "reset")).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") as string });
    expect((await healthOf(settings)).status).toBe("healthy");
    expect(await local(dir, "reset", "--yes")).toMatchObject({ code: 0 });
    expect(await readSettings(dir)).toBeUndefined();
    expect(await readFile(path.join(dir, "mine.txt"), "utf8")).toBe("not yours");

    const renewed = await startQuickly(dir, portBase);
    expect(renewed.tokens).not.toEqual(settings.tokens);
    const projects = `http://127.0.0.1:${renewed.ports.supabase}/v1/projects`;
    expect(await (await call(renewed, projects, "GET")).json()).toEqual([]);
  });
});

describe("the local cloud's state", () => {
  let settings: CloudSettings;
  let made: State;
  beforeAll(async () => {
    const { dir, portBase } = await newCloud();
    settings = await startQuickly(dir, portBase);
    made = await makeState(settings);
  });

  it("has its secrets in one file that only its owner can read: none in arguments or in the log", async () => {
    expect((await stat(path.join(settings.dir, "settings.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(settings.dir)).mode & 0o077).toBe(0);
    const log = await readFile(statePaths(settings.dir).log, "utf8");
    const { pid } = await healthOf(settings);
    const seen = [log, await readCommand(pid), await readCommand(await serverPid(settings))].join("\n");
    for (const secret of secretsOf(settings)) expect(seen).not.toContain(secret);
  });

  it("survives a stop, which ends all its processes", async () => {
    const pids = [(await healthOf(settings)).pid, await serverPid(settings)];
    expect(await stopLocalCloud(settings.dir)).toBe(true);
    expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]);
    expect(await startQuickly(settings.dir)).toEqual(settings);
    await expectState(settings, made);
  });

  it("survives kill -9 of the supervisor, whose server the next start takes over", async () => {
    const { pid } = await healthOf(settings);
    const server = await serverPid(settings);
    process.kill(pid, "SIGKILL");
    await expect.poll(() => isRunning(pid)).toBe(false);
    expect(await isRunning(server)).toBe(true);
    await startQuickly(settings.dir);
    expect(await isRunning(server)).toBe(false);
    await expectState(settings, made);
  });

  it("survives kill -9 of PostgreSQL, which the supervisor starts again", async () => {
    const server = await serverPid(settings);
    process.kill(server, "SIGKILL");
    await expect.poll(() => isRunning(server)).toBe(false);
    await expect.poll(async () => (await askHealth(settings))?.status, { timeout: 20_000 }).toBe("healthy");
    expect(await serverPid(settings)).not.toBe(server);
    await expectState(settings, made);
  });

  it("leaves no process behind when it is stopped after kill -9 of the supervisor", async () => {
    const { pid } = await healthOf(settings);
    const server = await serverPid(settings);
    process.kill(pid, "SIGKILL");
    await stopLocalCloud(settings.dir);
    expect(await isRunning(server)).toBe(false);
  });

  it("is started once by two starts at the same moment", async () => {
    const [one, other] = await Promise.all([startQuickly(settings.dir), startQuickly(settings.dir)]);
    expect(one).toEqual(other);
    await expectState(settings, made);
  });

  it("has nothing in common with that of another local cloud, which ends by itself, its server too, where its state directory is deleted, so that the next one finds its ports free", async () => {
    const { dir, portBase } = await newCloud();
    const other = await startQuickly(dir, portBase);
    const projects = `http://127.0.0.1:${other.ports.supabase}/v1/projects`;
    expect((await call(settings, projects, "GET")).status).toBe(401);
    expect(await (await call(other, projects, "GET")).json()).toEqual([]);

    const pids = [(await healthOf(other)).pid, await serverPid(other)];
    await rm(dir, { recursive: true });
    await expect
      .poll(async () => Promise.all(pids.map(isRunning)), { timeout: 20_000, interval: 100 })
      .toEqual([false, false]);
    await expect(stat(dir)).rejects.toThrow("ENOENT");
    expect((await healthOf(settings)).status).toBe("healthy");
    expect((await startQuickly(dir, portBase)).tokens).not.toEqual(other.tokens);
  });

  it("is not started over when PostgreSQL cannot start: the error shows the end of its log", async () => {
    const data = await dataDirectory(settings);
    await stopLocalCloud(settings.dir);
    await writeFile(path.join(data, "postgresql.conf"), "no_such_setting = 1\n");
    await expect(startQuickly(settings.dir)).rejects.toThrow(
      /PostgreSQL on port \d+ did not come up[^]*no_such_setting/,
    );
    expect(await askHealth(settings)).toBeUndefined();
  });
});

interface State {
  ref: string;
  record: string;
}

const zone = "023e105f4ecef8ad9ca31a8372d0c353";

/** Makes a project with a table in it and a DNS record. */
async function makeState(settings: CloudSettings): Promise<State> {
  const { supabase, cloudflare } = settings.ports;
  const created = await call(
    settings,
    `http://127.0.0.1:${supabase}/v1/projects`,
    "POST",
    newProject("Malmö Symfoniorkester", "a-password-of-a-test"),
  );
  const { ref } = z.object({ ref: z.string() }).parse(await created.json());
  await vi.waitFor(async () => expect(await projectStatus(settings, ref)).toBe("ACTIVE_HEALTHY"), 20_000);
  await queryProject(settings, ref, `create table kept as select 'å' as text`);
  const records = `http://127.0.0.1:${cloudflare}/client/v4/zones/${zone}/dns_records`;
  const body = {
    type: "CNAME",
    name: "malmo.stagesub.localhost",
    content: "cname.app-host.localhost",
    ttl: 1,
    proxied: false,
  };
  const added = z
    .object({ result: z.object({ id: z.string() }) })
    .parse(await (await call(settings, records, "POST", body)).json());
  return { ref, record: `${records}/${added.result.id}` };
}

async function expectState(settings: CloudSettings, { ref, record }: State): Promise<void> {
  expect(await projectStatus(settings, ref)).toBe("ACTIVE_HEALTHY");
  expect(await queryProject(settings, ref, "select text from kept")).toEqual([{ text: "å" }]);
  expect(await (await call(settings, record, "GET")).json()).toMatchObject({
    result: { name: "malmo.stagesub.localhost" },
  });
}

async function projectStatus(settings: CloudSettings, ref: string): Promise<string> {
  const found = await call(settings, `http://127.0.0.1:${settings.ports.supabase}/v1/projects/${ref}`, "GET");
  return z.object({ status: z.string() }).parse(await found.json()).status;
}

async function queryProject(settings: CloudSettings, ref: string, text: string): Promise<unknown[]> {
  return query(
    { port: settings.ports.session, user: `postgres.${ref}`, password: "a-password-of-a-test", database: "postgres" },
    text,
  );
}

async function dataDirectory(settings: CloudSettings): Promise<string> {
  const superuser = { user: "supabase_admin", password: settings.cluster.superuserPassword, database: "postgres" };
  const rows = await query(
    { port: settings.ports.postgres, ...superuser },
    "select current_setting('data_directory') as data",
  );
  return z.object({ data: z.string() }).parse(rows[0]).data;
}

async function serverPid(settings: CloudSettings): Promise<number> {
  const file = path.join(await dataDirectory(settings), "postmaster.pid");
  return Number((await readFile(file, "utf8")).split("\n")[0]);
}

async function query(config: pg.ClientConfig, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ host: "127.0.0.1", ...config });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Calls either API, with the token that fits. */
async function call(settings: CloudSettings, url: string, method: string, body?: unknown): Promise<Response> {
  const token = url.includes("/client/v4/") ? settings.tokens.cloudflare : settings.tokens.supabase;
  return fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function newCloud() {
  const folder = await makeClusterFolder("stagesub-cloud-");
  folders.push(folder);
  const portBase = await findPortBase();
  const flags = ["--port-base", String(portBase), "--project-wait-ms", "100"];
  return { dir: path.join(folder, "state"), flags, portBase };
}

async function local(dir: string, command: string, ...args: string[]) {
  try {
    return { code: 0, ...(await promisify(execFile)(program, ["local", "--dir", dir, command, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

async function startQuickly(dir: string, portBase?: number): Promise<CloudSettings> {
  return startLocalCloud({ dir, projectWaitMs: 100, log: () => undefined, ...(portBase && { portBase }) });
}

async function healthOf(settings: CloudSettings): Promise<Health> {
  const health = await askHealth(settings);
  if (!health) throw new Error("the local cloud does not answer");
  return health;
}

async function settingsOf(dir: string): Promise<CloudSettings> {
  const settings = await readSettings(dir);
  if (!settings) throw new Error(`no settings in ${dir}`);
  return settings;
}

function secretsOf({ tokens, mainDatabase, cluster }: CloudSettings): string[] {
  return [
    ...Object.values(tokens),
    mainDatabase.password,
    cluster.superuserPassword,
    cluster.storePassword,
    "a-password-of-a-test",
  ];
}
