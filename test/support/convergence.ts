import pg from "pg";
import { describe, expect, it } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { connect, malmo, specFor } from "../database/support.ts";
import { usePostgres } from "./postgres.ts";

/**
 * Proves that a run killed before a statement has done nothing at all. Does not prove what a server's power cut does. The calling file
 * replaces the hash of passwords, which some hundred runs would spend their time on.
 *
 * @param every how many statements lie between two kills; of the last six, COMMIT among them, each is tried
 */
export function proveConvergence(every: number): void {
  describe("a run that is killed", () => {
    const postgres = usePostgres();

    /** Kills runs at one statement after the other, and returns how many there were. */
    const sweep = async (observer: pg.Client, role: string, statements: number, run: () => Promise<unknown>) => {
      const before = await fingerprint(observer, role);
      for (let at = 0; at < statements; at += at < statements - 6 ? Math.min(every, statements - 6 - at) : 1) {
        expect(await killAt(observer, at, run)).toBe(true);
        expect(await fingerprint(observer, role)).toEqual(before);
      }
    };

    it("leaves an empty database empty, wherever it was, and a rerun completes it", async () => {
      const first = specFor(await postgres.createDatabase());
      const statements = await countStatements(() => ensureOrchestraDatabase(first));
      expect(statements).toBeGreaterThan(50);
      const spec = specFor(await postgres.createDatabase());
      const run = () => ensureOrchestraDatabase(spec);
      await sweep(await connect(spec.connection), spec.appRole.name, statements, run);
      expect(await run()).toMatchObject({ owner: "malmo", templates: 16, users: 1, drift: [] });
    });

    it("leaves a spare a spare, at every statement of its claim, and a rerun completes it", async () => {
      const spares = await Promise.all(
        [1, 2].map(async () => specFor(await postgres.createDatabase(), { key: "pool-3" })),
      );
      // The roles of the second are a change for the first: only a second time both are as verified, and take the same statements.
      for (const { owner: _, ...spare } of [...spares, ...spares])
        expect(await ensureOrchestraDatabase(spare)).toMatchObject({
          ...{ owner: null, templates: 0, settings: 0, users: 0, administrator: null, drift: [] },
        });
      const [first, claim] = spares.map((spare) => ({ ...spare, owner: malmo }));
      const statements = await countStatements(() => ensureOrchestraDatabase(first!));
      expect(statements).toBeGreaterThan(15);
      const run = () => ensureOrchestraDatabase(claim!);
      await sweep(await connect(claim!.connection), claim!.appRole.name, statements, run);
      expect(await run()).toMatchObject({ owner: "malmo", templates: 16, users: 1 });
    });
  });
}

async function countStatements(run: () => Promise<unknown>): Promise<number> {
  let seen = 0;
  await withQueries(run, async () => void seen++);
  return seen;
}

/** Kills the server process right before statement number `index` of `run`. @returns false when it had fewer statements. */
async function killAt(observer: pg.Client, index: number, run: () => Promise<unknown>): Promise<boolean> {
  let seen = 0;
  const outcome = await withQueries(run, async (client) => {
    if (client === observer || seen++ !== index) return;
    await observer.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'stagesub %'`,
    );
  }).then(
    () => "completed",
    (error: Error) => error.message,
  );
  expect(outcome).toMatch(
    seen > index
      ? / was lost.* never half|(was lost|ended the connection).*Nothing is half done: run again/
      : /^completed$/,
  );
  return seen > index;
}

/** Runs `run` with `before` ahead of each statement that a client sends. */
async function withQueries(run: () => Promise<unknown>, before: (client: unknown) => Promise<void>): Promise<void> {
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const original = prototype.query;
  prototype.query = async function (this: unknown, ...args: unknown[]) {
    await before(this);
    return original.apply(this, args);
  };
  try {
    await run();
  } finally {
    prototype.query = original;
  }
}

/** Reads everything that a run changes: relations, rights, policies, roles, rows. */
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
