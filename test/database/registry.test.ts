import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Connection, formatConnectionUrl } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import {
  ensureRegistration,
  inspectRegistration,
  removeRegistration,
  type Registration,
} from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase, inspectRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { forgetProjectRequest, noteProjectRequest } from "../../infra/database/registry/projectRequests.ts";
import { readRegister } from "../../infra/database/registry/readRegister.ts";
import { describeAddress } from "../../infra/resources/connections.ts";
import { provider } from "../../infra/resources/orchestraRegistrationProvider.ts";
import { usePostgres } from "../support/postgres.ts";
import { copyFolder, messageOf, query, root, specFor } from "./support.ts";

const postgres = usePostgres();

const migrations = path.join(root, "migrations/registry");

const malmo: Registration = {
  stack: "local",
  orchestra: "malmo",
  name: 'Malmö Symfoniorkester\'; DROP TABLE "Orchestra"; --',
  subdomain: "malmo",
  databaseUrl: "postgresql://app:Url-Secret@127.0.0.1:1/x",
  status: "Pending",
  contactName: "Orkesterkontoret",
  contactEmail: "kontoret@example.se",
  setupDate: "2026-11-22",
};

describe("the main database", () => {
  it("is migrated once and seen without being changed", async () => {
    const connection = await postgres.createDatabase();
    expect(await inspectRegistryDatabase(connection)).toBeUndefined();
    const state = await ensureRegistryDatabase({ connection, migrations });
    const { identity: _, ...applied } = state;
    expect(state.version).toBe("0006_project_request.sql");
    expect(await ensureRegistryDatabase({ connection, migrations })).toEqual(state);
    expect(await inspectRegistryDatabase(connection)).toEqual({ ...applied, differences: [] });
  });

  it("remembers the projects asked for of late, until Supabase refuses one", async () => {
    const connection = await postgres.createDatabase();
    const read = async (ms: number) => (await readRegister(connection, "local", ms)).requests;
    expect(await read(60_000)).toEqual([]);
    await ensureRegistryDatabase({ connection, migrations });
    for (const project of ["local-malmo", "local-gavle", "local-lund", "local-malmo"])
      await noteProjectRequest(connection, project);
    await query(
      connection,
      "UPDATE stagesub.project_request SET requested_at = now() - interval '2 min' WHERE project = 'local-lund'",
    );
    await forgetProjectRequest(connection, "local-gavle");
    expect((await read(60_000)).map(({ project }) => project)).toEqual(["local-malmo"]);
    expect((await read(600_000)).map(({ project }) => project)).toEqual(["local-lund", "local-malmo"]);
    expect(await read(0)).toEqual([]);
  });

  it("lets a project wait for its turn once all stacks together have asked for as many as Supabase takes in a minute", async () => {
    const connection = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection, migrations });
    await query(
      connection,
      "INSERT INTO stagesub.project_request SELECT 'other-' || number, clock_timestamp() FROM generate_series(1, 110) number",
    );
    let waited = 0;
    const noted = noteProjectRequest(connection, "local-malmo", () => void waited++);
    await vi.waitFor(() => expect(waited).toBe(1));
    await forgetProjectRequest(connection, "other-1");
    await noted;
    expect(await query(connection, "SELECT count(*)::int AS all FROM stagesub.project_request")).toEqual([
      { all: 110 },
    ]);
  });

  it("hides the list it made from everyone but its owner", async () => {
    const connection = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection, migrations });
    const [table] = await query(
      connection,
      `SELECT relrowsecurity AS secured, has_table_privilege('anon', oid, 'SELECT') AS anon,
              has_table_privilege('authenticated', oid, 'SELECT') AS authenticated
       FROM pg_class WHERE relname = 'Orchestra'`,
    );
    expect(table).toEqual({ secured: true, anon: false, authenticated: false });
  });

  it("may hold the app's own list, which keeps its columns, types, rows and roles, but for those of Supabase's Data API", async () => {
    const connection = await postgres.createDatabase();
    await query(
      connection,
      `${prismaTable}; CREATE ROLE reader; GRANT SELECT ON "Orchestra" TO reader, PUBLIC; GRANT UPDATE ("name") ON "Orchestra" TO anon`,
    );
    await ensureRegistryDatabase({ connection, migrations });
    const mayRead = async () =>
      Object.values(
        (
          await query<Record<string, boolean>>(
            connection,
            `SELECT ${["anon", "authenticated", "service_role", "reader"]
              .map((role) => `has_any_column_privilege('${role}', '"Orchestra"', 'SELECT, UPDATE') AS ${role}`)
              .join(", ")}`,
          )
        )[0]!,
      );
    expect(await mayRead()).toEqual([true, true, true, true]);
    const row = await ensureRegistration(connection, { ...malmo, status: "Active" });
    expect(await mayRead()).toEqual([false, false, true, true]);
    expect(await inspectRegistration(connection, row)).toEqual(row);
    expect(
      await query(connection, 'SELECT "logoUrl", "status"::text, "contactName" FROM "Orchestra" ORDER BY "subdomain"'),
    ).toEqual([
      { logoUrl: "/lund.svg", status: "Active", contactName: null },
      { logoUrl: "/standard.svg", status: "Active", contactName: "Orkesterkontoret" },
    ]);
    expect(await query(connection, `SELECT relrowsecurity FROM pg_class WHERE relname = 'Orchestra'`)).toEqual([
      { relrowsecurity: false },
    ]);
    expect(
      await messageOf(ensureRegistration(connection, { ...malmo, orchestra: "lund", subdomain: "lund" })),
    ).toMatchInlineSnapshot(
      `"Refusing to take over the subdomain lund in the main database: this program did not make its row (Lunds orkester), whose "databaseUrl" does not lead to lund's database. If it is the same orchestra, bring it in with its own database: ./stagesub import lund -s local. Otherwise choose another subdomain, or remove that row if it is nobody's."`,
    );
  });

  it("gets no connection string where everyone may read the list and this connection cannot change that", async () => {
    const connection = await postgres.createDatabase();
    await query(connection, prismaTable);
    await ensureRegistryDatabase({ connection, migrations });
    await postgres.cluster().withDatabase(connection.database, (client) =>
      client.query(`CREATE ROLE app_owner; ALTER TABLE "Orchestra" OWNER TO app_owner;
          GRANT SELECT, INSERT, UPDATE ON "Orchestra" TO ${connection.user}; GRANT SELECT ON "Orchestra" TO PUBLIC`),
    );
    expect(await messageOf(ensureRegistration(connection, malmo))).toMatchInlineSnapshot(
      `"Refusing to write a connection string into "Orchestra" of the main database: PUBLIC, anon, authenticated may use that table, and it is another role's, so this connection cannot close it. Have its owner run: REVOKE ALL ON public."Orchestra" FROM PUBLIC, anon, authenticated"`,
    );
    expect(await query(connection, `SELECT FROM "Orchestra" WHERE "subdomain" = 'malmo'`)).toEqual([]);
  });

  it("is not made out of an orchestra's database", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    expect(await messageOf(ensureRegistryDatabase({ connection: spec.connection, migrations }))).toMatchInlineSnapshot(
      `"Refusing to treat this database as the main database: the database itself says that it is malmo. Check the connection; a database is never handed on."`,
    );
  });
});

describe("a registration", () => {
  const prepare = async (): Promise<Connection> => {
    const connection = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection, migrations });
    return connection;
  };

  it("is written once, follows changes in the same row, and is removed", async () => {
    const connection = await prepare();
    expect(await inspectRegistration(connection, malmo)).toBeUndefined();
    const made = await ensureRegistration(connection, malmo);
    expect(made).toEqual({ ...malmo, id: made.id });

    const before = await query(connection, 'SELECT * FROM "Orchestra"');
    await ensureRegistration(connection, malmo);
    expect(await query(connection, 'SELECT * FROM "Orchestra"')).toEqual(before);

    const changed = { ...malmo, subdomain: "malmo-symfoni", status: "Active" as const };
    expect(await ensureRegistration(connection, changed)).toEqual({ ...changed, id: made.id });
    expect(await inspectRegistration(connection, malmo)).toEqual({ ...changed, id: made.id });

    await removeRegistration(connection, malmo, made.id);
    await removeRegistration(connection, malmo, made.id);
    expect(await inspectRegistration(connection, malmo)).toBeUndefined();
    expect(await query(connection, 'SELECT FROM "Orchestra"')).toEqual([]);
  });

  it("comes back when somebody deleted its row", async () => {
    const connection = await prepare();
    await ensureRegistration(connection, malmo);
    await query(connection, 'DELETE FROM "Orchestra"');
    expect(await inspectRegistration(connection, malmo)).toBeUndefined();
    await ensureRegistration(connection, malmo);
    expect(await inspectRegistration(connection, malmo)).toMatchObject(malmo);
  });

  it("stays with its name where it was made again since: what removes the row before it does not know it", async () => {
    const connection = await prepare();
    const before = await ensureRegistration(connection, malmo);
    await query(connection, 'DELETE FROM "Orchestra"');
    const after = await ensureRegistration(connection, malmo);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      response.setHeader("content-type", "application/json").end('{"success":true,"result":[]}');
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    const values: Record<string, string> = {
      "stagesub:databaseUrl": formatConnectionUrl(connection),
      "cloudflare:apiToken": "t",
      "cloudflare:baseUrl": `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
    await provider.configure({ config: { get: (key: string) => values[key] } as unknown as pulumi.dynamic.Config });
    const record = { zoneId: "z", host: "malmo.stagesub.com", target: "cname.example.com" };
    const recorded = (row: string) => ({
      ...malmo,
      ...{ main: describeAddress(connection), record, state: { status: "Active", row } },
    });
    await provider.delete(before.id, recorded(before.id));
    expect(await inspectRegistration(connection, malmo)).toEqual(after);
    expect(asked).toEqual([]);
    await provider.delete(before.id, recorded(after.id));
    expect(await inspectRegistration(connection, malmo)).toBeUndefined();
    expect(asked).toEqual([expect.stringContaining("/zones/z/dns_records")]);
  });

  it("never takes over a subdomain: not of another orchestra, not of another stack, not when renamed", async () => {
    const connection = await prepare();
    const { id } = await ensureRegistration(connection, { ...malmo, name: "Malmö" });
    await ensureRegistration(connection, { ...malmo, orchestra: "gavle", subdomain: "gavle" });
    for (const claim of [
      { ...malmo, orchestra: "lund" },
      { ...malmo, stack: "staging" },
      { ...malmo, orchestra: "gavle" },
    ]) {
      expect(await messageOf(ensureRegistration(connection, claim))).toBe(
        "Refusing to take over the subdomain malmo in the main database: it belongs to malmo of stack local (Malmö). " +
          "Choose another subdomain, or remove that row if it is nobody's.",
      );
    }
    await removeRegistration(connection, { stack: "staging", orchestra: "malmo" }, id);
    expect(await query(connection, 'SELECT "subdomain" FROM "Orchestra" ORDER BY 1')).toEqual([
      { subdomain: "gavle" },
      { subdomain: "malmo" },
    ]);
  });

  it("is made once when several runs make it at the same time", async () => {
    const connection = await prepare();
    const rows = await Promise.all(
      [malmo, malmo, malmo].map((registration) => ensureRegistration(connection, registration)),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
    const others = await Promise.all(
      ["a1", "b1", "c1", "d1"].map((id) => ensureRegistration(connection, { ...malmo, orchestra: id, subdomain: id })),
    );
    expect(others).toHaveLength(4);
  });

  it("is kept in tables that two first runs at once make together, one of which waits for the other", async () => {
    const connection = await postgres.createDatabase();
    const slow = await copyFolder("migrations/registry");
    await writeFile(path.join(slow, "0099_slow.sql"), "-- Up Migration\nSELECT pg_sleep(1);\n");
    const warnings: string[] = [];
    const run = () => ensureRegistryDatabase({ connection, migrations: slow, warn: (line) => warnings.push(line) });
    const [one, other] = await Promise.all([run(), run()]);
    expect(other).toEqual(one);
    expect(warnings).toEqual([expect.stringContaining("waiting for another run")]);
  });

  it("needs the migrations first, and shows no secret in any error", async () => {
    const connection = await postgres.createDatabase();
    const messages = [await messageOf(ensureRegistration(connection, malmo))];
    expect(await inspectRegistration(connection, malmo)).toBeUndefined();
    await ensureRegistryDatabase({ connection, migrations });
    messages.push(await messageOf(ensureRegistration(connection, { ...malmo, setupDate: "Url-Secret" })));
    messages.push(await messageOf(ensureRegistration(connection, { ...malmo, status: "Nonsense" as "Active" })));
    expect(messages.join()).not.toContain("Secret");
    expect(messages).toMatchInlineSnapshot(`
      [
        "The main database has no list of orchestras yet: run its migrations first.",
        "the main database: PostgreSQL refused: invalid input syntax for type date: “…” (SQLSTATE 22007). Nothing was changed.",
        "the main database: PostgreSQL refused: new row for relation "Orchestra" violates check constraint "Orchestra_status_check" (SQLSTATE 23514). Nothing was changed.",
      ]
    `);
  });
});

/** A table as Prisma makes it: no defaults for id and updatedAt, an enum, columns of the app's own, fewer columns than ours. */
const prismaTable = `
  CREATE TYPE "OrchestraStatus" AS ENUM ('Pending', 'Active', 'Suspended');
  CREATE TABLE "Orchestra" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "subdomain" TEXT NOT NULL,
    "databaseUrl" TEXT NOT NULL,
    "status" "OrchestraStatus" NOT NULL DEFAULT 'Pending',
    "logoUrl" TEXT NOT NULL DEFAULT '/standard.svg',
    "setupDate" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Orchestra_pkey" PRIMARY KEY ("id")
  );
  CREATE UNIQUE INDEX "Orchestra_subdomain_key" ON "Orchestra" ("subdomain");
  INSERT INTO "Orchestra" VALUES ('cuid1', 'Lunds orkester', 'lund', 'postgres://…', 'Active', '/lund.svg', NULL, now(), now())`;
