import { describe, expect, it } from "vitest";

import type { OrchestraRow } from "../../../infra/database/registry/orchestraRows.ts";
import type { PoolDatabasePlan } from "../../../infra/plan/planPool.ts";
import { proposeEntry, type RowDatabase } from "../../../scripts/adopt/proposeEntry.ts";

const row: OrchestraRow = {
  id: "cuid1",
  name: "Borås Symfoniorkester",
  subdomain: "boras",
  databaseUrl: "postgresql://secret",
  status: "Active",
  contactName: "Bo",
  contactEmail: "boras@example.se",
  setupDate: "2025-01-01",
  key: null,
  registration: null,
};
const urls = { url: "postgresql://app-secret", direct: "postgresql://direct-secret" };
const empty: RowDatabase = { kind: "other", ...urls, inside: { kind: "empty", canMigrate: true } };
const slot = (number: number, state: PoolDatabasePlan["state"]) =>
  ({ name: `pool-${number}`, number, state }) as PoolDatabasePlan;
const pool = [
  slot(1, { kind: "claimed", orchestra: "malmo" }),
  slot(2, { kind: "retired" }),
  slot(3, { kind: "free" }),
];

/** The entry for a row of the superadmin page; looking into its database is `lookInside`'s. */
describe("an imported row", () => {
  const propose = (change: Partial<OrchestraRow> = {}, database: RowDatabase = empty, taken: string[] = []) =>
    proposeEntry({ ...row, ...change }, database, { taken: new Set(taken), pool });

  it("keeps its names, contact and date, and its database is adopted", () => {
    expect(propose()).toEqual({
      subdomain: "boras",
      id: "boras",
      values: { name: "Borås Symfoniorkester", contact: "Bo", email: "boras@example.se", since: "2025-01-01" },
      database: "adopted",
      adopted: urls,
      needsBaseline: false,
      problems: [],
      notes: [],
    });
  });

  it("gets another id where its subdomain cannot be one or is used, and the id that its database says", () => {
    expect(propose({ subdomain: "1boras" }).id).toBe("boras");
    expect(propose({}, empty, ["boras"]).id).toBe("boras-2");
    const owner = {
      key: "bso",
      stack: "local",
      orchestra: "bso",
      name: "B",
      administratorId: "1",
      administratorFound: null,
      administratorEmail: null,
      appLogin: "app_bso_1",
    };
    const ours: RowDatabase = { kind: "other", ...urls, inside: { kind: "ours", owner, canMigrate: true } };
    expect(propose({}, ours)).toMatchObject({ id: "bso", database: "adopted", problems: [] });
  });

  it("claims the pool database that it leads to, where that is free", () => {
    expect(propose({}, { kind: "known", key: "pool-3" })).toMatchObject({ database: "pool-3", problems: [] });
    expect(propose({}, { kind: "known", key: "pool-3" })).not.toHaveProperty("adopted");
  });

  it.each<[string, RowDatabase]>([
    ["its databaseUrl leads to pool-1, which malmo claims", { kind: "known", key: "pool-1" }],
    ["its databaseUrl leads to pool-2, which is retired", { kind: "known", key: "pool-2" }],
    ["its databaseUrl leads to the main database", { kind: "known", key: "the main database" }],
    [
      "the role in its databaseUrl may not migrate: expected one that may make schemas and roles, the owner",
      { kind: "other", ...urls, inside: { kind: "empty", canMigrate: false } },
    ],
    [
      "its database says of itself that it is pool-7",
      {
        kind: "other",
        ...urls,
        inside: {
          kind: "ours",
          canMigrate: true,
          owner: {
            key: "pool-7",
            stack: "local",
            orchestra: null,
            name: null,
            administratorId: null,
            administratorFound: null,
            administratorEmail: null,
            appLogin: null,
          },
        },
      },
    ],
  ])("is refused: %s", (problem, database) => {
    expect(propose({}, database).problems).toEqual([problem]);
  });

  it("is refused with a reserved subdomain", () => {
    expect(propose({ subdomain: "www" }).problems[0]).toContain('"www" is reserved');
  });

  it("says what up will do that a reader may not expect", () => {
    expect(propose({ status: "Suspended" }).notes).toEqual([
      'Its status is "Suspended": the next `pulumi up` makes it Active.',
    ]);
    expect(propose({}, { kind: "none" }).notes).toEqual([
      "Its row names no database: it gets a Supabase project of its own.",
    ]);
    const foreign: RowDatabase = { kind: "other", ...urls, inside: { kind: "foreign", reason: "", canMigrate: true } };
    expect(propose({}, foreign)).toMatchObject({ needsBaseline: true, database: "adopted" });
  });

  it("leaves out what the row lacks, for a person to tell", () => {
    expect(propose({ contactName: null, contactEmail: "" }).values).toEqual({ name: row.name, since: row.setupDate });
  });
});
