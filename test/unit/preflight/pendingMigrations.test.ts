import { describe, expect, it } from "vitest";

import { findPending, migrationsInAll, migrationsToJudge } from "../../../infra/preflight/pendingMigrations.ts";

const files = { "0001_a.sql": "a", "0002_b.sql": "b" };
const first = { "0001_a.sql": "a" };
const registry = { "0001_r.sql": "r" };
type Databases = Record<string, Record<string, string>>;

/** Declares orchestras by the origin of their databases. */
function declare(orchestras: Record<string, "project" | "adopted" | "pool" | "retired">) {
  return {
    migrations: files,
    registryMigrations: registry,
    orchestras: Object.entries(orchestras).map(([id, kind]) => ({
      id,
      state: kind === "retired" ? kind : "active",
      database: kind === "pool" ? { kind, name: "pool-1" } : { kind },
    })),
  } as unknown as Parameters<typeof findPending>[0];
}

describe("findPending", () => {
  const find = (orchestras: Parameters<typeof declare>[0], databases: Databases, main = registry) =>
    Object.keys(findPending(declare(orchestras), { databases, registry: main }));

  it.each<[string, string[], string[]]>([
    [
      "has the files that an existing orchestra lacks",
      find({ malmo: "project", gavle: "project" }, { malmo: files, gavle: first }),
      ["orchestra/0002_b.sql"],
    ],
    [
      "has the files that the main database lacks",
      find({ malmo: "project" }, { malmo: files }, {} as typeof registry),
      ["registry/0001_r.sql"],
    ],
    [
      "counts neither a new orchestra nor a retired one nor a spare",
      find({ malmo: "project", new: "project", gone: "retired" }, { malmo: files, gone: first, "pool-1": first }),
      [],
    ],
    [
      "has all files before there is an orchestra",
      find({ malmo: "project" }, {}),
      ["orchestra/0001_a.sql", "orchestra/0002_b.sql"],
    ],
  ])("%s", (_claim, pending, expected) => expect(pending).toEqual(expected));
});

describe("migrationsInAll", () => {
  it("has the files that every database has, byte for byte", () => {
    expect(migrationsInAll([files, first], registry)).toEqual({
      "registry/0001_r.sql": "r",
      "orchestra/0001_a.sql": "a",
    });
    expect(migrationsInAll([files, { ...files, "0002_b.sql": "x" }], {})).toEqual({ "orchestra/0001_a.sql": "a" });
    expect(migrationsInAll([], {})).toEqual({});
  });
});

describe("migrationsToJudge", () => {
  const judged = (orchestras: Parameters<typeof declare>[0], databases: Databases, joining: string[] = []) =>
    migrationsToJudge(declare(orchestras), { databases, registry: {} }, joining).orchestra;

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
    const judge = (known: typeof registry | object) =>
      migrationsToJudge(declare({}), { databases: {}, registry: { ...known } }, []).registry;
    expect([judge({}), judge(registry)]).toEqual([["0001_r.sql"], []]);
  });
});
