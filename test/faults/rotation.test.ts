import type pg from "pg";
import { expect, it } from "vitest";

import { parseConnectionUrl, withClient, type Connection } from "../../infra/database/connection/connection.ts";
import { askControl } from "../../local/cloud/control/askControl.ts";
import { useEngine } from "../support/engine.ts";

const engine = useEngine({ orchestras: ["gavle"], spares: 0 });

/** Over the real engine and the router of the local cloud. It does not prove what Supabase's own pooler does with sessions. */
it("a rotation gives app and owner new passwords, while the app goes on without one failed request, also when the run is cut off", async () => {
  const first = await engine.up();
  expect(first.code, first.output).toBe(0);
  const before = await engine.outputs<Outputs>();
  const rotated = await engine.orchestra("rotate", "gavle");
  expect(rotated.code, rotated.stderr).toBe(0);
  const steps = (await engine.preview()).map(({ op, what }) => `${op} ${what}`);
  expect(steps.sort()).toEqual([
    "update OrchestraDatabase gavle",
    "update OrchestraRegistration gavle",
    "update Project gavle",
  ]);

  const done = new AbortController();
  const app = keepServing(parseConnectionUrl(engine.env["DATABASE_URL"]!), "gavle", done.signal);
  // The migrator's way in, right after its password was changed.
  const drop = { service: "router", method: "session", times: 1, action: { kind: "drop", when: "before" } };
  expect((await askControl(engine.cloud, "POST", "/faults", drop)).ok).toBe(true);
  const cutOff = await engine.up();
  expect(cutOff.code).not.toBe(0);
  const { code, output } = await engine.up("--refresh");
  expect(code, output).toBe(0);
  done.abort();
  const { logins, requests } = await app;
  expect(logins.map((user) => user.split(".")[0])).toEqual(["app_local_gavle_1", "app_local_gavle_2"]);
  expect(requests).toBeGreaterThan(20);
  expect(await engine.preview()).toEqual([]);

  const after = await engine.outputs<Outputs>();
  const open = (url: string) => withClient(parseConnectionUrl(url), async () => "open");
  await expect(open(before.migrators["gavle"]!)).rejects.toThrow("password authentication failed");
  for (const url of [after.migrators["gavle"]!, before.connections["gavle"]!, after.connections["gavle"]!])
    expect(await open(url)).toBe("open");
  const log = await engine.orchestra("log", "gavle", "--limit", "1", "--json");
  const { entries } = JSON.parse(log.stdout) as { entries: object[] };
  expect(entries).toMatchObject([{ action: "rotated", detail: { from: 1, to: 2 } }]);
});

interface Outputs {
  connections: Record<string, string>;
  migrators: Record<string, string>;
}

/**
 * Serves as the app does until told to stop: one process looks its orchestra up in the main database for each request, another
 * keeps the URL that it read at its start, and a third the connection too. The first failure rejects.
 */
async function keepServing(registry: Connection, subdomain: string, signal: AbortSignal) {
  const find = () =>
    withClient(registry, async (client) => {
      const sql = 'SELECT "databaseUrl" FROM "Orchestra" WHERE "subdomain" = $1';
      return parseConnectionUrl((await client.query<{ databaseUrl: string }>(sql, [subdomain])).rows[0]!.databaseUrl);
    });
  const read = (client: pg.Client) => client.query('SELECT count(*) FROM "User"');
  const first = await find();
  const logins = new Set<string>();
  const requests = await withClient(first, async (session) => {
    let count = 0;
    for (; !signal.aborted; count += 3) {
      const found = await find();
      await Promise.all([withClient(found, read), withClient(first, read), read(session)]);
      logins.add(found.user);
    }
    return count;
  });
  return { logins: [...logins], requests };
}
