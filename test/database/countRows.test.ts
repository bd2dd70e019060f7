import { describe, expect, it } from "vitest";

import { countRows } from "../../scripts/preview/addRows.ts";
import { usePostgres } from "../support/postgres.ts";
import { connect, query } from "./support.ts";

const postgres = usePostgres();

/** It does not prove how near an estimate is: PostgreSQL makes it. */
describe("rows of a fleet", () => {
  it("are counted where the table is small, by the names that findDangers gives", async () => {
    const [malmo, gavle] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await query(malmo, `CREATE TABLE "User" (id int); INSERT INTO "User" SELECT generate_series(1, 312)`);
    await query(
      malmo,
      `CREATE VIEW v AS SELECT 1; CREATE TABLE p (id int) PARTITION BY LIST (id);
      CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2); INSERT INTO p VALUES (1), (2), (2)`,
    );
    await query(gavle, `CREATE TABLE "User" (id int); ANALYZE "User"`);
    const tables = [`public."User"`, "public.p", "public.v", "archive.gone", `public."User"`];
    expect(await countRows({ malmo, gavle }, tables)).toEqual({
      malmo: {
        'public."User"': { kind: "counted", rows: 312 },
        "public.p": { kind: "counted", rows: 3 },
        "public.v": { kind: "absent" },
        "archive.gone": { kind: "absent" },
      },
      gavle: {
        'public."User"': { kind: "counted", rows: 0 },
        "public.p": { kind: "absent" },
        "public.v": { kind: "absent" },
        "archive.gone": { kind: "absent" },
      },
    });
  });

  it("are estimated where the table is large, and counted where nothing is known of it", async () => {
    const malmo = await postgres.createDatabase();
    const fill = (table: string) =>
      `CREATE TABLE ${table} (id int, note text) WITH (autovacuum_enabled = false);
       INSERT INTO ${table} SELECT n, repeat('x', 900) FROM generate_series(1, 20000) n;`;
    await query(malmo, `${fill("known")} ANALYZE known; DELETE FROM known WHERE id <= 100;`);
    const large = await countRows({ malmo }, ["public.known"]);
    expect(large.malmo).toEqual({ "public.known": { kind: "estimated", rows: 20_000 } });
    // Statistics of the server are per table: a reset makes it know nothing.
    await query(malmo, fill("unknown"));
    await query(malmo, "SELECT pg_stat_force_next_flush()");
    const unknown = await countRows({ malmo }, ["public.unknown"]);
    expect(unknown.malmo).toMatchObject({ "public.unknown": { rows: 20_000 } });
  });

  it("of a locked table are PostgreSQL's estimate, or unknown without one: no lock is waited for", async () => {
    const malmo = await postgres.createDatabase();
    await query(
      malmo,
      `CREATE TABLE held (id int); INSERT INTO held VALUES (1), (2); ANALYZE held; CREATE TABLE free (id int);
       CREATE TABLE fresh (id int); CREATE TABLE emptied (id int); ANALYZE emptied`,
    );
    const holder = await connect(malmo);
    await holder.query(
      `BEGIN; INSERT INTO held VALUES (3); INSERT INTO fresh VALUES (1); INSERT INTO emptied VALUES (1);
       LOCK TABLE held, fresh, emptied IN ACCESS EXCLUSIVE MODE`,
    );
    expect(await countRows({ malmo }, ["held", "fresh", "emptied", "free"])).toEqual({
      malmo: {
        held: { kind: "estimated", rows: 2 },
        fresh: { kind: "unknown" },
        emptied: { kind: "unknown" },
        free: { kind: "counted", rows: 0 },
      },
    });
  });

  it("of a database that does not answer are undefined; the others are counted", async () => {
    const malmo = await postgres.createDatabase();
    await query(malmo, `CREATE TABLE t (id int)`);
    const counted = await countRows({ malmo, gavle: { ...malmo, password: "Wrong-Secret-1" } }, ["public.t"]);
    expect(counted).toEqual({ malmo: { "public.t": { kind: "counted", rows: 0 } }, gavle: undefined });
  });

  it("asks no database when no table is asked for", async () => {
    const nowhere = { host: "127.0.0.1", port: 1, user: "x", password: "x", database: "x" };
    expect(await countRows({ nowhere }, [])).toEqual({ nowhere: {} });
  });
});
