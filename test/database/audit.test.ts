import { hostname, userInfo } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { describeActor, readAudit } from "../../infra/database/registry/audit.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import {
  ensureRegistration,
  inspectRegistration,
  removeRegistration,
  type Registration,
} from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { messageOf, query, root } from "./support.ts";

const malmo: Registration = {
  stack: "local",
  orchestra: "malmo",
  name: "Malmö Symfoniorkester",
  subdomain: "malmo",
  databaseUrl: "postgresql://app_malmo_1.abc:Url-Secret@pooler.example.com:6543/postgres?pgbouncer=true",
  status: "Pending",
  contactName: "Person-Secret",
  contactEmail: "person-secret@example.se",
  setupDate: "2026-11-22",
};

/** It does not prove that nobody can change the log: the table's owner may drop the trigger. */
describe("the audit", () => {
  const postgres = usePostgres();
  const prepare = async (): Promise<Connection> => {
    const connection = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection, migrations: path.join(root, "migrations/registry") });
    return connection;
  };
  const events = async (connection: Connection) =>
    (await readAudit(connection, { stack: "local", limit: 100 }))
      .reverse()
      .map(({ action, detail }) => [action, detail]);

  it("tells what became of an orchestra, step by step, and nothing where nothing changed", async () => {
    const connection = await prepare();
    const rotated = malmo.databaseUrl.replace("app_malmo_1", "app_malmo_2").replace("Url", "Other");
    const steps: Partial<Registration>[] = [
      {},
      {},
      { status: "Active" },
      { subdomain: "mso", name: "MSO" },
      { databaseUrl: rotated },
      { databaseUrl: rotated.replace(".abc", ".xyz") },
      { contactName: "Other-Secret", setupDate: "2026-11-23" },
      { databaseUrl: `${rotated.replace(".abc", ".xyz")}&connection_limit=1` },
      { status: "Retired" },
    ];
    let registration = malmo;
    let id = "";
    for (const step of steps)
      ({ id } = await ensureRegistration(connection, (registration = { ...registration, ...step })));
    await removeRegistration(connection, malmo, id);
    await removeRegistration(connection, malmo, id);

    expect(await events(connection)).toEqual([
      ["registered", { name: "Malmö Symfoniorkester", subdomain: "malmo", status: "Pending" }],
      ["status", { from: "Pending", to: "Active" }],
      ["renamed", { name: { from: malmo.name, to: "MSO" }, subdomain: { from: "malmo", to: "mso" } }],
      ["rotated", {}],
      ["moved", {}],
      ["updated", { fields: ["contactName", "setupDate"] }],
      ["updated", { fields: ["databaseUrl"] }],
      ["status", { from: "Active", to: "Retired" }],
      ["removed", {}],
    ]);
    const rows = await query<{ row: string }>(connection, "SELECT a::text AS row FROM stagesub.audit a");
    expect(rows.map(({ row }) => row).join()).not.toMatch(/secret/i);
    expect((await readAudit(connection, { stack: "local", limit: 1 }))[0]!.actor).toBe(describeActor(process.env));
  });

  it("tells when its database was claimed, migrated and rotated, once what it was before is known", async () => {
    const connection = await prepare();
    const database = { key: "pool-3", version: "0011_audit_log.sql", passwordVersion: 1 };
    const rotated = malmo.databaseUrl.replace("app_malmo_1", "app_malmo_2").replace("Url", "Other");
    const steps: Partial<Registration>[] = [
      { database },
      { database },
      { database: { ...database, version: "0012_rooms.sql" } },
      { database: { ...database, version: "0012_rooms.sql", passwordVersion: 2 }, databaseUrl: rotated },
    ];
    for (const step of steps) await ensureRegistration(connection, { ...malmo, ...step });
    const registered = { name: "Malmö Symfoniorkester", subdomain: "malmo", status: "Pending" };
    expect(await events(connection)).toEqual([
      ["claimed", { database: "pool-3" }],
      ["registered", registered],
      ["migrated", { from: "0011_audit_log.sql", to: "0012_rooms.sql" }],
      ["rotated", { from: 1, to: 2 }],
    ]);
    expect((await inspectRegistration(connection, malmo))!.database).toEqual(steps.at(-1)!.database);

    const old = { ...malmo, orchestra: "lund", subdomain: "lund" };
    for (const step of [{}, { database }, {}]) await ensureRegistration(connection, { ...old, ...step });
    expect((await events(connection)).slice(4)).toEqual([["registered", { ...registered, subdomain: "lund" }]]);
    expect((await inspectRegistration(connection, old))!.database).toEqual(database);
  });

  it("says nothing of a registration that was rolled back", async () => {
    const connection = await prepare();
    await messageOf(ensureRegistration(connection, { ...malmo, setupDate: "no date" }));
    await messageOf(ensureRegistration(connection, { ...malmo, status: "Nonsense" as "Active" }));
    expect(await events(connection)).toEqual([]);
  });

  it("refuses to change or remove what it holds, also of its owner", async () => {
    const connection = await prepare();
    await ensureRegistration(connection, malmo);
    for (const statement of [
      "UPDATE stagesub.audit SET actor = 'nobody'",
      "DELETE FROM stagesub.audit",
      "TRUNCATE stagesub.audit",
      "DELETE FROM stagesub.audit WHERE false",
    ]) {
      const verb = statement.split(" ")[0]!.toLowerCase();
      expect(await messageOf(query(connection, statement))).toBe(
        `stagesub.audit is append-only: refusing to ${verb} its rows`,
      );
    }
    expect(await events(connection)).toHaveLength(1);
  });

  it("is read by stack, orchestra and time, the latest first, no more than asked for", async () => {
    const connection = await prepare();
    for (const id of ["malmo", "lund", "ystad"])
      await ensureRegistration(connection, { ...malmo, orchestra: id, subdomain: id });
    await ensureRegistration(connection, { ...malmo, stack: "staging", orchestra: "gavle", subdomain: "gavle" });
    const read = async (filter: Partial<Parameters<typeof readAudit>[1]>) =>
      (await readAudit(connection, { stack: "local", limit: 100, ...filter })).map(({ orchestra }) => orchestra);
    expect(await read({})).toEqual(["ystad", "lund", "malmo"]);
    expect(await read({ limit: 2 })).toEqual(["ystad", "lund"]);
    expect(await read({ orchestra: "lund" })).toEqual(["lund"]);
    expect(await read({ since: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await read({ since: new Date(Date.now() - 60_000) })).toHaveLength(3);
  });

  it("is not there before the main database was migrated", async () => {
    const connection = await postgres.createDatabase();
    expect(await messageOf(readAudit(connection, { stack: "local", limit: 1 }))).toMatchInlineSnapshot(
      `"Expected the log of what happened in the main database, found none: it comes with the next \`pulumi up\`."`,
    );
  });
});

describe("the actor", () => {
  it("is the account that started the job in CI, and user@machine elsewhere", () => {
    expect(describeActor({ GITHUB_ACTIONS: "true", GITHUB_ACTOR: "anna", CI: "true" })).toBe("anna by GitHub Actions");
    expect(describeActor({ GITLAB_CI: "true", GITLAB_USER_LOGIN: "anna", CI: "true" })).toBe("anna by GitLab CI");
    expect(describeActor({})).toBe(`${userInfo().username}@${hostname()}`);
    expect(describeActor({ CI: "true" })).toBe(`${userInfo().username}@${hostname()} in CI`);
  });
});
