import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { type Connection, parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import { root } from "../support/checkout.ts";
import { useEngine } from "../support/engine.ts";
import { startProcess } from "../support/startProcess.ts";
import { expectDone } from "./support/steps.ts";

/**
 * The runbooks of docs/, each line run as it is printed there, by a shell that stops at the first failure; only the stack's name, the
 * orchestra's and the files' are put in. The tests build on each other. They do not show how long Supabase takes, nor its own backups.
 */
describe("a runbook of the docs", () => {
  const engine = useEngine({ orchestras: ["gavle", "malmo"], spares: 0 });
  const folder = () => path.join(engine.checkout.dir, "backups/local");
  let before: Record<string, object[]>;

  const read = async (connection: Connection, sql: string) =>
    (await withClient(connection, (client) => client.query<object>(sql))).rows;
  const users = async (id: string) => {
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    return read(parseConnectionUrl(migrators[id]!), 'SELECT "email", "passwordHash" FROM "User" ORDER BY 1');
  };
  const registry = () => parseConnectionUrl(engine.env["DATABASE_URL"]!);
  const rows = () => read(registry(), 'SELECT "name", "subdomain", "status" FROM "Orchestra" ORDER BY 1');

  /** Returns the code block below a comment of a page of docs/. */
  const readBlock = async (page: string, comment: string) => {
    const text = await readFile(path.join(root, "docs", page), "utf8");
    const [, block] = text.split(`<!-- ${comment} -->\n`)[1]?.match(/^\s*```\w+\n([^]*?)```/) ?? [];
    if (block === undefined) throw new Error(`docs/${page} has no code below "${comment}".`);
    return block;
  };
  /** Runs the runbook of that title. */
  const follow = async (page: string, title: string, words: Record<string, string> = {}) => {
    const block = await readBlock(page, `runbook: ${title}`);
    const script = Object.entries({ production: "local", staging: "local", ...words }).reduce(
      (text, [word, is]) => text.replaceAll(word, is),
      block,
    );
    const run = startProcess("/bin/sh", {
      args: ["-exc", script],
      cwd: engine.checkout.dir,
      env: { ...process.env, ...engine.env, STAGESUB_LOCAL_DIR: engine.cloud.dir },
    });
    engine.hear(title, () => run.output());
    expectDone(await run.ended);
  };
  const deleteProject = async (name: string) => {
    const [url, token] = [engine.env["SUPABASE_API_ENDPOINT"]!, engine.env["SUPABASE_ACCESS_TOKEN"]!];
    const ask = (to: string, method = "GET") =>
      fetch(`${url}${to}`, { method, headers: { authorization: `Bearer ${token}` } });
    const projects = (await (await ask("/v1/projects")).json()) as { ref: string; name: string }[];
    const { ref } = projects.find((project) => project.name === name)!;
    expect((await ask(`/v1/projects/${ref}`, "DELETE")).status).toBe(200);
  };
  const latest = async (name: string) =>
    `backups/local/${(await readdir(folder()))
      .filter((file) => file.startsWith(`${name}-2`))
      .sort()
      .at(-1)!}`;

  beforeAll(async () => {
    expectDone(await engine.up());
    const { migrators } = await engine.outputs<{ migrators: Record<string, string> }>();
    for (const id of ["gavle", "malmo"])
      await read(
        parseConnectionUrl(migrators[id]!),
        `UPDATE "User" SET "mustChangePassword" = false; INSERT INTO "User" ("email", "name", "role", "passwordHash", "updatedAt") SELECT '${id}' || n || '@example.se', 'x', "role", 'x', now() FROM "User", generate_series(1, 3) n`,
      );
    before = { gavle: await users("gavle"), malmo: await users("malmo"), rows: await rows() };
    expectDone(await startBackup());
  });
  const startBackup = async () => {
    const { code, stdout, stderr } = await engine.orchestra("backup");
    return { code, output: stdout + stderr };
  };

  it("a project was deleted by hand", async () => {
    await deleteProject("local-gavle");
    const backup = await latest("gavle");
    await follow("recovery.md", "a project was deleted by hand", {
      umea: "gavle",
      "backups/local/<gavle file>": backup,
    });
    expect(await users("gavle")).toEqual(before["gavle"]);
    expect(await users("malmo")).toEqual(before["malmo"]);
    expect(await rows()).toEqual(before["rows"]);
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
    expectDone(await startBackup());
  });

  it("the whole stack is gone", async () => {
    const [gavle, malmo, main] = [await latest("gavle"), await latest("malmo"), await latest("registry")];
    for (const id of ["gavle", "malmo"]) await deleteProject(`local-${id}`);
    await read(registry(), "DROP SCHEMA public CASCADE; DROP SCHEMA stagesub CASCADE; CREATE SCHEMA public");
    await rm(path.join(statePaths(engine.cloud.dir).pulumi, ".pulumi"), { recursive: true });
    await follow("recovery.md", "the whole stack is gone", {
      "backups/local/<registry file>": main,
      "./stagesub restore malmo --from backups/local/<malmo file> -s local": `./stagesub restore malmo --from ${malmo} -s local\n./stagesub restore gavle --from ${gavle} -s local`,
    });
    expect(await users("gavle")).toEqual(before["gavle"]);
    expect(await users("malmo")).toEqual(before["malmo"]);
    expect(await rows()).toEqual(before["rows"]);
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
  });

  it("a stack is checked before a hand-over", async () => {
    await follow("hand-over.md", "check a stack before a hand-over");
  });

  it("another Pulumi project reads the stack's outputs", async () => {
    const program = await readBlock("existing-project.md", "sample: existing-project/index.ts");
    await mkdir(path.join(engine.checkout.dir, "consumer"));
    await engine.checkout.write("consumer/index.ts", program.replace("/production", "/local"));
    await engine.checkout.write("consumer/package.json", '{ "type": "module" }\n');
    await engine.checkout.write(
      "consumer/Pulumi.yaml",
      'name: consumer\nruntime: { name: nodejs, options: { typescript: false, nodeargs: "--import=tsx/esm" } }\n',
    );
    const run = startProcess("/bin/sh", {
      args: [
        "-ec",
        "pulumi stack init dev; pulumi up --yes --skip-preview -s dev; pulumi stack output monitored -s dev",
      ],
      cwd: path.join(engine.checkout.dir, "consumer"),
      env: { ...process.env, ...engine.env },
    });
    engine.hear("consumer", () => run.output());
    const { code, output } = await run.ended;
    expect(code, output).toBe(0);
    expect(output).toMatch(/http:\/\/gavle\.stagesub\.localhost:\d+/);
  });

  it("a stack without data is torn down", async () => {
    await follow("tear-down.md", "tear down a stack without data");
    expect(await engine.checkout.read("stacks/Pulumi.local.yaml")).toContain("stagesub:orchestras");
  });
});
