import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStack, type StackConfig } from "../../../infra/config/parseStack.ts";
import { readStackFile } from "../../../infra/config/readStackFile.ts";
import { planRole } from "../../../infra/plan/planOrchestras.ts";
import { planStack, type Sources } from "../../../infra/plan/planStack.ts";

const sources: Sources = {
  migrations: [
    { file: "0002_b.sql", sha256: "b" },
    { file: "0001_a.sql", sha256: "a" },
  ],
  registryMigrations: [{ file: "0001_r.sql", sha256: "r" }],
  schemaFiles: [{ file: "postgres-17.txt", sha256: "p" }],
  registrySchemaFiles: [{ file: "postgres-17.txt", sha256: "q" }],
  seeds: [{ file: "settings.yaml", sha256: "s" }],
};

function local(): StackConfig {
  const file = { path: "stacks/Pulumi.local.yaml", text: readFileSync("stacks/Pulumi.local.yaml", "utf8") };
  return parseStack(readStackFile("local", file), { databaseUrl: "postgresql://stagesub:pw@127.0.0.1:5432/stagesub" });
}

const shipped = local();

/** Stacks of any orchestras on databases of their own and of the pool, some of which are adopted. */
const stacks = fc
  .record({
    ids: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/), { minLength: 1, maxLength: 8 }),
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 8, maxLength: 8 }),
    own: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    adopted: fc.uniqueArray(fc.integer({ min: 1, max: 25 }), { maxLength: 6 }),
  })
  .map(({ ids, numbers, own, adopted }): StackConfig => {
    const base = shipped;
    const sample = base.orchestras["malmo"]!;
    const orchestras = ids.map((id, index) => {
      const claim = own[index] ? {} : { database: `pool-${numbers[index]}` };
      return [id, { ...sample, ...claim }] as const;
    });
    return {
      ...base,
      pool: { spares: 2, max: 1000, retired: [] },
      adopted: Object.fromEntries(
        adopted.map((number) => [`pool-${number}`, { url: `u${number}`, direct: `d${number}` }]),
      ),
      orchestras: Object.fromEntries(orchestras),
    };
  });

describe("planStack", () => {
  it("plans the local stack", () => {
    const { orchestras, pool, ...rest } = planStack(shipped, sources);
    expect(Object.entries(rest.migrations)).toEqual([
      ["0001_a.sql", "a"],
      ["0002_b.sql", "b"],
    ]);
    expect(pool.map(({ name, state }) => `${name} ${state.kind}`)).toEqual([
      "pool-1 claimed",
      "pool-2 free",
      "pool-3 free",
    ]);
    expect(orchestras.find(({ id }) => id === "malmo")).toMatchInlineSnapshot(`
      {
        "appRole": "app_local_malmo",
        "canary": true,
        "contact": {
          "email": "malmo@example.se",
          "name": "Orkesterkontoret",
        },
        "database": {
          "kind": "project",
        },
        "host": "malmo.stagesub.localhost",
        "id": "malmo",
        "name": "Malmö Symfoniorkester",
        "passwordVersion": 1,
        "released": false,
        "since": "2026-09-01",
        "state": "active",
        "subdomain": "malmo",
        "url": "https://malmo.stagesub.localhost",
      }
    `);
    expect(orchestras.find(({ id }) => id === "vasteras")).toMatchObject({
      appRole: "app_local_pool__1",
      canary: false,
      database: { kind: "pool", name: "pool-1" },
    });
  });

  it("puts the host into the app's address", () => {
    const config = shipped;
    const plan = planStack({ ...config, app: { ...config.app, url: "http://{host}:8080/sv" } }, sources);
    expect(plan.orchestras[0]?.url).toBe("http://gavle.stagesub.localhost:8080/sv");
  });

  it("says the same whatever the order of orchestras and files", () => {
    fc.assert(
      fc.property(stacks, (config) => {
        const orchestras = Object.fromEntries(Object.entries(config.orchestras).reverse());
        const turned = { ...sources, migrations: [...sources.migrations].reverse() };
        expect(JSON.stringify(planStack({ ...config, orchestras }, turned))).toBe(
          JSON.stringify(planStack(config, sources)),
        );
      }),
    );
  });

  it("moves, renames or replaces nobody's database when an orchestra is added", () => {
    fc.assert(
      fc.property(stacks, fc.option(fc.integer({ min: 26, max: 45 }), { nil: undefined }), (config, number) => {
        const newcomer = { ...shipped.orchestras["malmo"]!, ...(number && { database: `pool-${number}` }) };
        const after = planStack({ ...config, orchestras: { ...config.orchestras, "a-newcomer-1": newcomer } }, sources);
        for (const before of planStack(config, sources).orchestras) {
          expect(after.orchestras).toContainEqual(before);
        }
        for (const database of planStack(config, sources).pool) expect(after.pool).toContainEqual(database);
      }),
    );
  });

  it("moves nobody's database, and makes or drops none, when any of them are suspended, retired or let go", () => {
    const lives = [{ state: "suspended" }, { state: "retired" }, { state: "retired", protect: false }] as const;
    fc.assert(
      fc.property(stacks, fc.array(fc.nat({ max: 3 }), { minLength: 8, maxLength: 8 }), (config, choices) => {
        const orchestras = Object.fromEntries(
          Object.entries(config.orchestras).map(([id, orchestra], index) => [
            id,
            { ...orchestra, ...lives[choices[index]! - 1] },
          ]),
        );
        const before = planStack(config, sources);
        const after = planStack({ ...config, orchestras }, sources);
        expect(after.pool).toEqual(before.pool);
        const alike = (plan: typeof before) => plan.orchestras.map(({ state: _s, released: _r, ...rest }) => rest);
        expect(alike(after)).toEqual(alike(before));
      }),
    );
  });

  it("drops a pool database from no number but its own when the orchestra that held it is gone", () => {
    fc.assert(
      fc.property(stacks, (config) => {
        const gone = Object.entries(config.orchestras).find(([, { database }]) => database !== undefined);
        if (!gone) return;
        const [id, { database }] = gone;
        const { [id]: _gone, ...orchestras } = config.orchestras;
        const number = Number(database!.replace("pool-", ""));
        const before = planStack(config, sources).pool;
        const after = planStack({ ...config, orchestras, pool: { ...config.pool, retired: [number] } }, sources).pool;
        expect(after.filter((one) => one.number !== number)).toEqual(before.filter((one) => one.number !== number));
        expect(after.find((one) => one.number === number)!.state).toEqual({ kind: "retired" });
      }),
    );
  });

  it("uses an adopted pool database where it is, whoever claims it", () => {
    const config = {
      ...shipped,
      adopted: { "pool-1": { url: "u1", direct: "d1" }, "pool-5": { url: "u5", direct: "d5" } },
    };
    const { pool, orchestras } = planStack(config, sources);
    expect(pool.map(({ name, state, source }) => `${name} ${state.kind} ${source.kind}`)).toEqual([
      "pool-1 claimed adopted",
      "pool-2 free project",
      "pool-3 free project",
      "pool-4 free project",
      "pool-5 free adopted",
    ]);
    expect(orchestras.find(({ id }) => id === "vasteras")?.database).toEqual({ kind: "pool", name: "pool-1" });
  });

  it("gives every database a role of its own, none of them another's login", () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 99 }), (ids, version) => {
        const groups = new Set(ids.map((id) => planRole("local", id)));
        const logins = ids.map((id) => `${planRole("local", id)}_${version}`);
        expect(groups.size).toBe(ids.length);
        for (const login of logins) expect(groups.has(login)).toBe(false);
      }),
    );
    expect(planRole("local", "malmo-1")).not.toBe(`${planRole("local", "malmo")}_1`);
  });

  it("names roles as PostgreSQL takes them unquoted and uncut", () => {
    for (const stack of ["production", "a-stack.With_a-long-name-of-its-own"])
      for (const key of ["pool-1000", "ab".repeat(20)]) expect(planRole(stack, key)).toMatch(/^[a-z][a-z0-9_]{0,57}$/);
  });

  it("names no role of two stacks in one cluster alike", () => {
    const stacks = ["local", "rehearsal", "re-hearsal", "re_hearsal", "Rehearsal", "local_malmo", "production-accept"];
    const names = stacks.flatMap((stack) => ["malmo", "pool-1", "malmo-1"].map((key) => planRole(stack, key)));
    expect(new Set(names).size).toBe(names.length);
  });
});
