import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { type Connection, parseConnectionUrl, withClient } from "../../infra/database/connection/connection.ts";
import { statePaths } from "../../local/cloud/supervise/statePaths.ts";
import { root } from "../support/checkout.ts";
import { useEngine } from "../support/engine.ts";
import { startProcess } from "../support/startProcess.ts";
import { expectDone } from "./support/steps.ts";

/**
 * The runbooks of docs/recovery.md, each line run as it is printed there, by a shell that stops at the first failure; only the stack's
 * name, the orchestra's and the files' are put in. It does not show how long Supabase takes, nor its own backups.
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

  /** Runs the code block below `<!-- runbook: title -->`. */
  const follow = async (title: string, words: Record<string, string>) => {
    const docs = await readFile(path.join(root, "docs/recovery.md"), "utf8");
    const [, block] = docs.split(`<!-- runbook: ${title} -->\n`)[1]?.match(/^\s*```bash\n([^]*?)```/) ?? [];
    if (block === undefined) throw new Error(`docs/recovery.md has no runbook "${title}".`);
    const script = Object.entries({ production: "local", ...words }).reduce(
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
    await follow("a project was deleted by hand", { umea: "gavle", "backups/local/<gavle file>": backup });
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
    await follow("the whole stack is gone", {
      "backups/local/<registry file>": main,
      "npm run orchestra -- restore malmo --from backups/local/<malmo file> -s local": `npm run orchestra -- restore malmo --from ${malmo} -s local\nnpm run orchestra -- restore gavle --from ${gavle} -s local`,
    });
    expect(await users("gavle")).toEqual(before["gavle"]);
    expect(await users("malmo")).toEqual(before["malmo"]);
    expect(await rows()).toEqual(before["rows"]);
    expectDone(await engine.up("--refresh", "--expect-no-changes"));
  });
});
