import pg from "pg";
import { describe, expect, it, vi } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/ensureOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, malmo, specFor } from "./support.ts";

// Here a run is killed some hundred times; what a real hash looks like is shown elsewhere.
vi.mock(import("../../infra/database/passwords.ts"), async (original) => ({
  ...(await original()),
  hashPassword: async () => "$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA",
}));

/** Proves: killed before any statement, a run has done nothing at all. Does not prove: what a server's power cut does. */
describe("a run that is killed", () => {
  const postgres = usePostgres();

  it("leaves an empty database empty, wherever it was, and a rerun completes it", async () => {
    const spec = specFor(await postgres.createDatabase());
    const observer = await connect(spec.connection);
    const empty = await fingerprint(observer, spec.appRole.name);
    let kills = 0;
    // Every fourth statement of the migrations, then every one up to and with COMMIT.
    for (; await killAt(observer, kills, () => ensureOrchestraDatabase(spec)); kills += kills < 40 ? 4 : 1)
      expect(await fingerprint(observer, spec.appRole.name)).toEqual(empty);
    expect(kills).toBeGreaterThan(50);

    // The last round had fewer statements, so it was not killed any more.
    const state = await ensureOrchestraDatabase(spec);
    expect(state).toMatchObject({ owner: "malmo", templates: 16, users: 1, drift: [] });
  });

  it("leaves a spare a spare, at every statement of its claim, and a rerun completes it", async () => {
    const { owner: _, ...spare } = specFor(await postgres.createDatabase(), { key: "pool-3" });
    const before = await ensureOrchestraDatabase(spare);
    expect(before).toMatchObject({ owner: null, templates: 0, settings: 0, users: 0, administrator: null, drift: [] });
    const observer = await connect(spare.connection);
    const unclaimed = await fingerprint(observer, spare.appRole.name);
    const claim = { ...spare, owner: malmo };
    let kills = 0;
    for (; await killAt(observer, kills, () => ensureOrchestraDatabase(claim)); kills++)
      expect(await fingerprint(observer, spare.appRole.name)).toEqual(unclaimed);
    expect(kills).toBeGreaterThan(15);

    expect(await ensureOrchestraDatabase(claim)).toMatchObject({ owner: "malmo", templates: 16, users: 1 });
  });
});

/** Kills the server process right before statement number `index` of `run`. @returns false when it had fewer statements. */
async function killAt(observer: pg.Client, index: number, run: () => Promise<unknown>): Promise<boolean> {
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const original = prototype.query;
  let seen = 0;
  prototype.query = async function (this: unknown, ...args: unknown[]) {
    if (this !== observer && seen++ === index) {
      await observer.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'stagesub %'`,
      );
    }
    return original.apply(this, args);
  };
  try {
    const outcome = await run().then(
      () => "completed",
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(
      seen > index
        ? / was lost.* never half|(was lost|ended the connection).*Nothing is half done: run again/
        : /^completed$/,
    );
    return seen > index;
  } finally {
    prototype.query = original;
  }
}

/** Everything that a run changes: relations, rights, policies, roles, rows. */
async function fingerprint(observer: pg.Client, role: string): Promise<unknown> {
  const { rows: catalogue } = await observer.query(
    `SELECT ARRAY(SELECT oid::regclass || coalesce(relacl::text, '') || relrowsecurity FROM pg_class
              WHERE relnamespace::regnamespace::text IN ('public', 'stagesub') ORDER BY oid::regclass::text) AS relations,
            ARRAY(SELECT nspname || coalesce(nspacl::text, '') FROM pg_namespace ORDER BY 1) AS schemas,
            ARRAY(SELECT defaclacl::text FROM pg_default_acl ORDER BY 1) AS defaults,
            ARRAY(SELECT polrelid::regclass || polroles::text FROM pg_policy ORDER BY 1) AS policies,
            ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname LIKE $1 ORDER BY 1) AS roles`,
    [`${role}%`],
  );
  const { rows: tables } = await observer.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'stagesub') ORDER BY 1`,
  );
  const digests = tables.map(
    ({ name }) => `(SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM ${name} t)`,
  );
  const { rows } = await observer.query(`SELECT ARRAY[${digests.join(", ")}]::text[] AS digests`);
  return { catalogue, tables, rows };
}
