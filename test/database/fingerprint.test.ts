import { expect, it } from "vitest";
import { catalogueFingerprint } from "../../infra/database/schema/catalogueFingerprint.ts";
import { databaseCatalogue } from "../../infra/database/schema/databaseCatalogue.ts";
import { objectCatalogue } from "../../infra/database/schema/objectCatalogue.ts";
import { planGrantsCatalogue } from "../../infra/database/roles/grants.ts";
import { usePostgres } from "../support/postgres.ts";
import { query } from "./support.ts";

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
  // Names alone: whether the server knows a setting decides whether its value is shown.
  const names = described.map(({ relname }) => relname as string).filter((name) => name !== "pg_settings");
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !counted.has(name))).toEqual([]);
});
