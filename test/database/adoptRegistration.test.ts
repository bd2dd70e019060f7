import path from "node:path";
import { describe, expect, it } from "vitest";
import { readAudit } from "../../infra/database/registry/audit.ts";
import type { Connection } from "../../infra/database/connection/connection.ts";
import {
  ensureRegistration,
  inspectRegistration,
  type Registration,
} from "../../infra/database/registry/registration.ts";
import { readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { requireFreeSubdomains } from "../../infra/preflight/checkRegister.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, messageOf, query, root } from "./support.ts";

const ref = "abcdefghijklmnopqrst";
const pooler = "aws-0-eu-north-1.pooler.supabase.com";

const lund: Registration = {
  stack: "local",
  orchestra: "lund",
  name: "Lunds Symfoniorkester",
  subdomain: "lund",
  databaseUrl: `postgresql://app_lund_1.${ref}:Ours-Secret@${pooler}:6543/postgres?pgbouncer=true`,
  status: "Active",
  contactName: "Orkesterkontoret",
  contactEmail: "lund@example.se",
  setupDate: "2026-11-22",
};

/** Rows that the superadmin page made, with Prisma's ids and columns of the app's own. */
describe("a registration of an orchestra whose row is there already", () => {
  const postgres = usePostgres();
  const prepare = async (databaseUrl: string | null, id = "'cuid1'"): Promise<Connection> => {
    const connection = await postgres.createDatabase();
    await query(connection, prismaTable.replace("ID_TYPE", id.startsWith("'") ? "TEXT" : "INTEGER"));
    await query(
      connection,
      `INSERT INTO "Orchestra" VALUES (${id}, 'Lunds orkester', 'lund', $1, 'Pending', '/lund.svg', NULL, '2025-01-01', '2025-01-01')`,
      [databaseUrl],
    );
    await ensureRegistryDatabase({ connection, migrations: path.join(root, "migrations/registry") });
    return connection;
  };
  /** Returns the refusal before a run, with the main database as it is now; undefined for none. */
  const findConflict = async (
    connection: Connection,
    { stack = "local", id = "lund", projects = { lund: { ref } } }: Conflict = {},
  ): Promise<string | undefined> => {
    const orchestra = { id, subdomain: "lund", state: "active", database: { kind: "project" } };
    const plan = { stack, orchestras: [orchestra], pool: [] } as unknown as Plan;
    const rows = await readOrchestraRows(connection);
    try {
      requireFreeSubdomains(plan, rows, projects);
      return undefined;
    } catch (error) {
      return (error as Error).message.replace("\n\nNothing was created or changed.", "");
    }
  };
  const readRow = async (connection: Connection) =>
    (await query(connection, `SELECT *, "setupDate"::text, "createdAt"::text FROM "Orchestra"`))[0];

  it("adopts it: the id and the app's own columns stay, ours are written, and the audit says so", async () => {
    const connection = await prepare(`postgres://postgres.${ref}:Theirs-Secret@${pooler}:5432/postgres`);
    expect(await ensureRegistration(connection, lund)).toEqual({ ...lund, id: "cuid1" });
    const row = await readRow(connection);
    const { stack: _, orchestra: __, ...ours } = lund;
    expect(row).toMatchObject({ ...ours, setupDate: "2026-11-22 00:00:00", id: "cuid1" });
    expect(row).toMatchObject({ logoUrl: "/lund.svg", createdAt: "2025-01-01 00:00:00" });

    const entries = await readAudit(connection, { stack: "local", limit: 10 });
    const written = ["name", "databaseUrl", "status", "contactName", "contactEmail", "setupDate"];
    const detail = { name: "Lunds Symfoniorkester", subdomain: "lund", status: "Active", written };
    expect(entries).toMatchObject([{ orchestra: "lund", action: "adopted", detail }]);
    expect(JSON.stringify(entries)).not.toContain("Secret");
  });

  it.each(["'cuid1'", "7"])("shows list, drift and verify its row, where the id is %s", async (id) => {
    const connection = await prepare(null, id);
    await ensureRegistration(connection, lund);
    const { stack, orchestra, ...columns } = lund;
    expect(await readOrchestraRows(connection)).toEqual([
      { ...columns, id: id.replaceAll("'", ""), key: orchestra, registration: { stack, orchestra } },
    ]);
  });

  it("finds it again on a refresh, and a rerun writes nothing", async () => {
    const connection = await prepare(lund.databaseUrl);
    expect(await inspectRegistration(connection, lund)).toBeUndefined();
    const adopted = await ensureRegistration(connection, lund);
    expect(await inspectRegistration(connection, lund)).toEqual(adopted);
    const before = await readRow(connection);
    await ensureRegistration(connection, lund);
    expect(await readRow(connection)).toEqual(before);
    expect(await readAudit(connection, { stack: "local", limit: 10 })).toHaveLength(1);
  });

  it.each([
    ["no database yet", null],
    ["an empty URL", ""],
    ["the project's direct host", `postgres://postgres:Theirs-Secret@db.${ref}.supabase.co/postgres`],
    ["a role of ours", lund.databaseUrl.replace("app_lund_1", "app_lund_7")],
  ])("adopts a row with %s", async (_, url) => {
    const connection = await prepare(url);
    expect(await findConflict(connection)).toBeUndefined();
    expect((await ensureRegistration(connection, lund)).id).toBe("cuid1");
  });

  it("adopts a row whose id is a number", async () => {
    const connection = await prepare(null, "17");
    expect((await ensureRegistration(connection, lund)).id).toBe("17");
    expect((await ensureRegistration(connection, { ...lund, name: "LSO" })).id).toBe("17");
    expect(await readRow(connection)).toMatchObject({ id: 17, name: "LSO" });
  });

  it.each([
    ["another project", `postgres://postgres.${"z".repeat(20)}:Theirs-Secret@${pooler}:6543/postgres`],
    ["another database of the project", `postgres://postgres.${ref}:Theirs-Secret@${pooler}:6543/other`],
    ["a server elsewhere", "postgres://postgres:Theirs-Secret@db.example.se/postgres"],
    ["nothing readable", "Theirs-Secret"],
  ])("refuses a row that leads to %s, in a preview as in an up, and leaves it as it is", async (_, url) => {
    const connection = await prepare(url);
    const before = await readRow(connection);
    const refusal = await messageOf(ensureRegistration(connection, lund));
    expect(await findConflict(connection)).toBe(refusal);
    expect(refusal).toBe(
      "Refusing to take over the subdomain lund in the main database: this program did not make its row (Lunds orkester), " +
        'whose "databaseUrl" does not lead to lund\'s database. If it is the same orchestra, bring it in with its own database: ' +
        "./stagesub import lund -s local. Otherwise choose another subdomain, or remove that row if it is nobody's.",
    );
    expect(await readRow(connection)).toEqual(before);
    expect(await inspectRegistration(connection, lund)).toBeUndefined();
    expect(await readAudit(connection, { stack: "local", limit: 10 })).toEqual([]);
  });

  it("refuses a row that another registration holds, also where both lead to one database", async () => {
    const connection = await prepare(lund.databaseUrl);
    await ensureRegistration(connection, lund);
    const refusal = await messageOf(ensureRegistration(connection, { ...lund, stack: "staging" }));
    expect(refusal).toContain("it belongs to lund of stack local (Lunds Symfoniorkester)");
    expect(await findConflict(connection, { stack: "staging" })).toBe(refusal);
  });

  it("is previewed where its project is yet to be made: a row that has a database is another's, one without is its own", async () => {
    const unknown = { projects: {} };
    expect(await findConflict(await prepare(lund.databaseUrl), unknown)).toContain("this program did not make its row");
    expect(await findConflict(await prepare(null), unknown)).toBeUndefined();
  });

  it("is previewed in a table of the app's that this program was never in", async () => {
    const connection = await postgres.createDatabase();
    expect(await findConflict(connection)).toBeUndefined();
    await query(
      connection,
      `CREATE TABLE "Orchestra" AS SELECT '1' AS "id", 'Lunds orkester' AS "name", 'lund' AS "subdomain"`,
    );
    expect(await findConflict(connection)).toBeUndefined();
    await query(connection, `ALTER TABLE "Orchestra" ADD COLUMN "databaseUrl" text DEFAULT 'postgres://u:p@h/d'`);
    expect(await findConflict(connection)).toContain("this program did not make its row (Lunds orkester)");
  });

  it("is not previewed as a conflict over a subdomain that the same stack gives up in the same run", async () => {
    const connection = await prepare(lund.databaseUrl);
    await ensureRegistration(connection, lund);
    expect(await findConflict(connection, { id: "lso" })).toBeUndefined();
    await ensureRegistration(connection, { ...lund, subdomain: "gamla" });
    expect((await ensureRegistration(connection, { ...lund, orchestra: "lso" })).subdomain).toBe("lund");
  });

  it("is refused together with every other one that is taken, by the row of a pool or adopted database too", async () => {
    const connection = await prepare(lund.databaseUrl);
    await query(
      connection,
      `INSERT INTO "Orchestra" ("id", "name", "subdomain", "databaseUrl", "updatedAt")
         SELECT n, n, n, 'postgres://u:p@elsewhere.se/d', now() FROM unnest(ARRAY['malmo', 'gavle', 'umea']) n`,
    );
    const adopted = { kind: "adopted", url: "postgres://x:y@elsewhere.se/d", direct: "" };
    const plan = {
      stack: "local",
      orchestras: [
        { id: "gavle", subdomain: "gavle", state: "active", database: adopted },
        { id: "lund", subdomain: "lund", state: "active", database: { kind: "pool", name: "pool-1" } },
        { id: "malmo", subdomain: "malmo", state: "suspended", database: { kind: "project" } },
        { id: "umea", subdomain: "umea", state: "retired", database: { kind: "project" } },
      ],
      pool: [{ name: "pool-1", source: { kind: "project" } }],
    } as unknown as Plan;
    const rows = await readOrchestraRows(connection);
    const taken = (projects: Record<string, { ref: string }>) => {
      try {
        return requireFreeSubdomains(plan, rows, projects);
      } catch (error) {
        return [...(error as Error).message.matchAll(/take over the subdomain (\w+)/g)].map(([, name]) => name);
      }
    };
    expect(taken({ "pool-1": { ref } })).toEqual(["malmo"]);
    expect(taken({ "pool-1": { ref: "z".repeat(20) } })).toEqual(["lund", "malmo"]);
  });

  it("refuses a second row for an orchestra that has one, whatever that row leads to", async () => {
    const connection = await prepare(null);
    await ensureRegistration(connection, { ...lund, subdomain: "lso" });
    const refusal = await messageOf(ensureRegistration(connection, lund));
    expect(refusal).toContain("this program did not make its row");
    expect(await findConflict(connection)).toBe(refusal);
    expect(await query(connection, 'SELECT "subdomain" FROM "Orchestra" ORDER BY 1')).toEqual([
      { subdomain: "lso" },
      { subdomain: "lund" },
    ]);
  });

  it("waits for the app where that is just changing the row, and then judges what is there", async () => {
    const connection = await prepare(lund.databaseUrl);
    const app = await connect(connection);
    await app.query(`BEGIN; UPDATE "Orchestra" SET "databaseUrl" = 'postgres://u:p@elsewhere.se/d'`);
    const adopting = messageOf(ensureRegistration(connection, lund));
    await app.query("SELECT pg_sleep(0.3); COMMIT");
    expect(await adopting).toContain("does not lead to lund's database");
  });
});

interface Conflict {
  stack?: string;
  id?: string;
  projects?: Record<string, { ref: string }>;
}

const prismaTable = `
  CREATE TYPE "OrchestraStatus" AS ENUM ('Pending', 'Active', 'Suspended');
  CREATE TABLE "Orchestra" (
    "id" ID_TYPE PRIMARY KEY,
    "name" TEXT NOT NULL,
    "subdomain" TEXT NOT NULL UNIQUE,
    "databaseUrl" TEXT,
    "status" "OrchestraStatus" NOT NULL DEFAULT 'Pending',
    "logoUrl" TEXT NOT NULL DEFAULT '/standard.svg',
    "setupDate" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL
  )`;
