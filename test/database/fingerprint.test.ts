import pg from "pg";
import { expect, it, vi } from "vitest";
import { catalogueFingerprint, takeFingerprint } from "../../infra/database/schema/catalogueFingerprint.ts";
import { databaseCatalogue } from "../../infra/database/schema/databaseCatalogue.ts";
import { objectCatalogue } from "../../infra/database/schema/objectCatalogue.ts";
import { planGrantsCatalogue } from "../../infra/database/roles/grants.ts";
import { withClient } from "../../infra/database/connection/connection.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { listDrift } from "../../infra/database/tenant/listDrift.ts";
import { usePostgres } from "../support/postgres.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { query, specFor } from "./support.ts";

// test/database/drift.test.ts tries the fingerprint with each change by hand.
const postgres = usePostgres();

it("counts each system catalogue that is described", async () => {
  const words = (sql: string) => [...new Set(sql.match(/\bpg_\w+/g))];
  const connection = await postgres.createDatabase();
  const described = await query(
    connection,
    `SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') AND relname = ANY ($1)`,
    [words(objectCatalogue + databaseCatalogue + planGrantsCatalogue)],
  );
  const counted = new Set(words(catalogueFingerprint));
  // Names alone: whether the server knows a setting decides whether its value is shown. User mappings count by what they depend on.
  const names = described.map(({ relname }) => relname as string);
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !counted.has(name)).sort()).toEqual(["pg_settings", "pg_user_mappings"]);
});

it("differs from what another version of the rules found to be right", async () => {
  const { connection, appRole, ...spec } = specFor(await postgres.createDatabase());
  await ensureOrchestraDatabase({ connection, appRole, ...spec });
  const [record] = await query(connection, "SELECT fingerprint FROM stagesub.expected_schema");
  const take = (rules?: string) => withClient(connection, (client) => takeFingerprint(client, appRole.name, rules));
  expect(record!.fingerprint).toContain(await take());
  expect(record!.fingerprint).not.toContain(await take("of before"));
});

it("tells of a change that somebody makes between a run's look and its end", async () => {
  const spec = specFor(await postgres.createDatabase());
  await ensureOrchestraDatabase(spec);
  await query(spec.connection, "UPDATE stagesub.expected_schema SET fingerprint = ''");
  const client = pg.Client.prototype as { query: (...values: unknown[]) => Promise<unknown> };
  const send = client.query;
  const spy = vi.spyOn(client, "query").mockImplementation(async function (this: typeof client, ...values) {
    if (/^UPDATE stagesub.expected_schema SET fingerprint/.test(String(values[0]))) {
      spy.mockRestore();
      await query(spec.connection, "CREATE FUNCTION by_hand() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    }
    return send.apply(this, values);
  });
  await ensureOrchestraDatabase(spec);
  expect(listDrift((await inspectOrchestraDatabase(spec))!).map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^function by_hand\(\): made by hand/),
  );
});
