import { describe, expect, it } from "vitest";

import { migrationsToJudge } from "../../../infra/preflight/migrationsToJudge.ts";

const files = { "0001_a.sql": "1", "0002_b.sql": "2" };
const first = { "0001_a.sql": "1" };

/** Declares orchestras by the origin of their databases. */
function declare(orchestras: Record<string, "project" | "adopted" | "pool">) {
  return {
    migrations: files,
    registryMigrations: files,
    orchestras: Object.entries(orchestras).map(([id, kind]) => ({
      id,
      state: "active",
      database: kind === "pool" ? { kind, name: "pool-1" } : { kind },
    })),
  } as unknown as Parameters<typeof migrationsToJudge>[0];
}
const judged = (
  orchestras: Parameters<typeof declare>[0],
  databases: Record<string, Record<string, string>>,
  joining: string[] = [],
) => migrationsToJudge(declare(orchestras), { databases, registry: files }, joining).orchestra;

describe("migrationsToJudge", () => {
  it("has files that a database in use lacks, and none where all have all", () => {
    expect(judged({ malmo: "project", gavle: "project" }, { malmo: files, gavle: first })).toEqual(["0002_b.sql"]);
    expect(judged({ malmo: "project" }, { malmo: files })).toEqual([]);
    expect(judged({ malmo: "pool" }, { "pool-1": first })).toEqual(["0002_b.sql"]);
  });

  it("asks nothing of a database that is new, alone or beside others", () => {
    expect(judged({ malmo: "project" }, {})).toEqual([]);
    expect(judged({ malmo: "project", new: "project" }, { malmo: files })).toEqual([]);
    expect(judged({ malmo: "project" }, { malmo: {} })).toEqual([]);
    expect(judged({}, { "pool-1": first })).toEqual([]);
  });

  it("asks of a database that joins with its data about files that no database has", () => {
    expect(judged({ malmo: "project", gavle: "adopted" }, { malmo: first })).toEqual(["0002_b.sql"]);
    expect(judged({ gavle: "adopted" }, {})).toEqual(["0001_a.sql", "0002_b.sql"]);
    expect(judged({ gavle: "adopted", malmo: "project" }, { malmo: files })).toEqual([]);
    // The state was lost, and the project is found again by its name.
    expect(judged({ malmo: "project" }, {}, ["malmo"])).toEqual(["0001_a.sql", "0002_b.sql"]);
  });

  it("has the main database's files that it is not known to have", () => {
    const { registry } = migrationsToJudge(declare({}), { databases: {}, registry: first }, []);
    expect(registry).toEqual(["0002_b.sql"]);
  });
});
