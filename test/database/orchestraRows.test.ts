import path from "node:path";
import { describe, expect, it } from "vitest";
import { withClient } from "../../infra/database/connection/connection.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import { ensureRegistration } from "../../infra/database/registry/registration.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { root } from "../support/checkout.ts";
import { usePostgres } from "../support/postgres.ts";

describe("readOrchestraRows", () => {
  const postgres = usePostgres();

  it("finds none where there is no table", async () => {
    expect(await readOrchestraRows(await postgres.createDatabase())).toEqual([]);
  });

  it("reads a table of the app's before this program was ever there, columns that it lacks as null", async () => {
    const connection = await postgres.createDatabase();
    const table = `CREATE TABLE "Orchestra" ("id" text, "name" text, "subdomain" text, "setupDate" timestamp(3));
      INSERT INTO "Orchestra" VALUES ('1', 'Gävle', 'gavle', '2025-03-01 12:00')`;
    await withClient(connection, (client) => client.query(table));
    expect(await readOrchestraRows(connection)).toEqual([
      {
        id: "1",
        name: "Gävle",
        subdomain: "gavle",
        databaseUrl: null,
        status: null,
        contactName: null,
        contactEmail: null,
        setupDate: "2025-03-01",
        key: null,
        registration: null,
      },
    ]);
  });

  it("tells rows of ours from others, by stack and orchestra", async () => {
    const connection = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection, migrations: path.join(root, "migrations/registry") });
    const ours = {
      stack: "production",
      orchestra: "malmo",
      name: "Malmö",
      subdomain: "malmo",
      databaseUrl: "postgresql://u:p@h:5432/d",
      status: "Active" as const,
      contactName: "Åsa",
      contactEmail: "asa@example.se",
      setupDate: "2026-11-22",
    };
    const { id } = await ensureRegistration(connection, ours);
    const other = `INSERT INTO "Orchestra" ("id", "name", "subdomain", "databaseUrl", "status", "contactName", "contactEmail", "setupDate")
      VALUES ('x', 'Borås', 'boras', 'u', 'Active', 'B', 'b@example.se', '2025-01-01')`;
    await withClient(connection, (client) => client.query(other));
    const { stack, orchestra, ...columns } = ours;
    const rows = await readOrchestraRows(connection);
    expect(rows.map(({ subdomain, registration }) => [subdomain, registration])).toEqual([
      ["boras", null],
      ["malmo", { stack, orchestra }],
    ]);
    expect(rows[1]).toEqual({ id, ...columns, key: orchestra, registration: { stack, orchestra } });
  });
});
