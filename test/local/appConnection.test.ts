import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { formatConnectionUrl, withRole } from "../../infra/database/connection/connection.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { createFaultSwitch } from "../../local/cloud/faults.ts";
import type { Service } from "../../local/cloud/context.ts";
import { startRouter } from "../../local/cloud/router/startRouter.ts";
import { specFor } from "../database/support.ts";
import { findFreePorts } from "../support/freePorts.ts";
import { usePostgres } from "../support/postgres.ts";

/**
 * The app's way in: the stored URL, through the transaction port, as Prisma talks there. Prisma 7, over its adapter for `pg`,
 * sends statements without a name. Up to 6 its own engine names them, and with `pgbouncer=true` it opens a transaction for each
 * query, drops all names first and keeps none: https://www.prisma.io/docs/orm/v6/prisma-client/setup-and-configuration/databases-connections/pgbouncer
 *
 * Not proven here: that Prisma does so (its client weighs too much to be a dependency; version 7.10.0 was tried by hand), and that
 * a pooler hands connections on between transactions: this router does not.
 */
describe("the app through the transaction port", () => {
  const postgres = usePostgres();
  let router: Service;
  let url: string;

  beforeAll(async () => {
    const direct = await postgres.createDatabase();
    const spec = specFor(direct);
    await ensureOrchestraDatabase(spec);
    const [port] = await findFreePorts(1);
    router = await startRouter("transaction", port!, {
      clusterPort: postgres.cluster().port,
      isOpen: async (ref) => ref === direct.database,
      faults: createFaultSwitch(),
      log: () => undefined,
    });
    const pooled = { ...direct, port: router.port, user: `postgres.${direct.database}`, database: "postgres" };
    const { name, version, password } = spec.appRole;
    const parameters = "pgbouncer=true&connection_limit=1&sslmode=disable";
    url = formatConnectionUrl(withRole(pooled, `${name}_${version}`, password), parameters);
  });
  afterAll(() => router.close());

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };

  it("reads and writes with statements that have no name, and leaves none behind", async () => {
    const client = await connect();
    const found = await client.query('SELECT "subject" FROM "public"."EmailTemplate" WHERE "name" = $1', ["welcome"]);
    expect(found.rowCount).toBe(2);
    const text =
      'INSERT INTO "public"."User" ("name", "email") VALUES ($1, $2) RETURNING "role"::text, "language"::text';
    expect((await client.query(text, ["Åsa", "asa.strom@example.se"])).rows).toEqual([
      { role: "COORDINATOR", language: "sv" },
    ]);
    const back = await client.query('SELECT "name" FROM "public"."User" WHERE "email" = $1', ["asa.strom@example.se"]);
    expect(back.rows).toEqual([{ name: "Åsa" }]);
    expect((await client.query("SELECT name FROM pg_prepared_statements")).rows).toEqual([]);
  });

  it("works as Prisma's engine does with pgbouncer=true: each query alone in a transaction that drops all names first", async () => {
    // A client remembers the names that it gave. A transaction pooler's next connection does not know them: here, a new one.
    for (const [text, value] of [
      ['SELECT count(*)::int AS count FROM "public"."EmailTemplate" WHERE "name" = $1', "welcome"],
      ['SELECT count(*)::int AS count FROM "public"."SystemSetting" WHERE "key" <> $1', ""],
    ] as const) {
      const client = await connect();
      await client.query("BEGIN");
      await client.query("DEALLOCATE ALL");
      const { rows } = await client.query<{ count: number }>({ name: "s0", text, values: [value] });
      await client.query("COMMIT");
      expect(rows[0]!.count).toBeGreaterThan(0);
    }
  });

  it("is the app's own role, which changes no table", async () => {
    const client = await connect();
    await expect(client.query('ALTER TABLE "public"."User" ADD COLUMN "x" text')).rejects.toMatchObject({
      code: "42501",
    });
  });
});
