import { spawn } from "node:child_process";
import { access, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureRegistryDatabase } from "../../infra/database/registry/registryDatabase.ts";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { withClient } from "../../infra/database/connection/connection.ts";
import { findClusterDirectory } from "../../local/cloud/cluster/places.ts";
import { findServerAccount } from "../../local/cloud/cluster/serverAccount.ts";
import { fillTables } from "../../scripts/migrations/fill/fillTables.ts";
import type { MigrationReview } from "../../scripts/migrations/migrationReview.ts";
import { type Checkout, copyCompiledCheckout } from "../support/checkout.ts";
import { makeClusterFolder } from "../support/clusterFolder.ts";
import { makeRepository, type GitRepository } from "../support/gitRepository.ts";
import { usePostgres } from "../support/postgres.ts";
import { migrations, query, specFor } from "./support.ts";

/** The new files of one branch. Each does one thing, and the last fails on data, so that one run shows them all. */
const added: Record<string, string> = {
  "orchestra/0012_good.sql": `-- Up Migration
CREATE TABLE "Venue" ("id" text NOT NULL, CONSTRAINT "Venue_pkey" PRIMARY KEY ("id"));
INSERT INTO "Venue" VALUES ('hall');

-- Down Migration
DROP TABLE "Venue";
`,
  "orchestra/0013_no_down.sql": `-- Up Migration
CREATE INDEX "Musician_phone_idx" ON "Musician" ("phone");
`,
  "orchestra/0014_loses.sql": `-- Up Migration
ALTER TABLE "Production" DROP COLUMN "venue";

-- Down Migration
ALTER TABLE "Production" ADD COLUMN "venue" varchar(50);
`,
  "orchestra/0015_rewrites.sql": `-- Up Migration
ALTER TABLE "Engagement" ALTER COLUMN "seats" TYPE bigint;
UPDATE "Instrument" SET "sortOrder" = 0;
DELETE FROM "NotificationLog";
TRUNCATE "PasswordResetToken";
DROP TABLE "AuditLog";

-- Down Migration: none, because the log is gone
`,
  "orchestra/0016_lone.sql": `-- no-transaction

-- Up Migration
CREATE INDEX CONCURRENTLY "Musician_notes_idx" ON "Musician" ("notes");

-- Down Migration
DROP INDEX CONCURRENTLY "Musician_notes_idx";
`,
  "orchestra/0017_down_fails.sql": `-- Up Migration
ALTER TABLE "Instrument" ADD COLUMN "range" text;

-- Down Migration
ALTER TABLE "Instrument"
  DROP COLUMN "rang";
`,
  "orchestra/0018_fails_on_data.sql": `-- accept: fails-on-data: the form has asked for a number since the first day

-- Up Migration
SELECT 1;
ALTER TABLE "Musician"
  ALTER COLUMN "phone" SET NOT NULL;

-- Down Migration
ALTER TABLE "Musician" ALTER COLUMN "phone" DROP NOT NULL;
`,
  "registry/0007_note.sql": `-- Up Migration
ALTER TABLE stagesub.registration ADD COLUMN note text;
COMMENT ON COLUMN stagesub.registration.note IS 'Why.';

-- Down Migration
ALTER TABLE stagesub.registration DROP COLUMN note;
`,
};

/**
 * The command in a copy of the checkout that is a git repository of its own. test/unit/scripts/migrations proves its judgement of files that
 * do not run. This suite does not prove that production's own rows are like the generated ones.
 */
describe("./stagesub migrations", () => {
  let checkout: Checkout;
  let repository: GitRepository;
  let temporary: string;
  beforeAll(async () => {
    checkout = await copyCompiledCheckout();
    temporary = await makeClusterFolder("stagesub-review-");
    repository = await makeRepository(checkout.dir);
    await repository.write(".gitignore", "/*\n!/migrations\n");
    await repository.commit();
    await repository.git("checkout", "--quiet", "-b", "branch");
  });
  afterAll(async () => {
    await checkout.remove();
    await rm(temporary, { recursive: true, force: true });
  });

  const start = (...args: string[]) => {
    const child = spawn("./stagesub", ["migrations", ...args], {
      cwd: checkout.dir,
      env: { ...process.env, TMPDIR: temporary },
    });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on("data", (data) => out.push(String(data)));
    child.stderr.on("data", (data) => err.push(String(data)));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const end = async () => ({ code: await ended, stdout: out.join(""), stderr: err.join("") });
    return { child, end, told: () => err.join("") };
  };
  const left = async () => (await readdir(temporary)).filter((name) => name.startsWith("stagesub-"));

  it("says at once that there is nothing new, and what is wrong with its command line", async () => {
    const runs = [start(), start("--rows", "none"), start("--base", "nowhere")];
    const [nothing, rows, base] = await Promise.all(runs.map((run) => run.end()));
    expect(nothing).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^No new migration compared with/) as string,
    });
    expect(rows).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("from 1 to 1,000,000") as string,
    });
    expect(base).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("git fetch origin") as string });
  });

  it("tells what each new file does to an empty database and to one with data", async () => {
    for (const [file, text] of Object.entries(added)) await repository.write(`migrations/${file}`, text);
    const { code, stdout } = await start("--json", "--rows", "200").end();
    const review = JSON.parse(stdout) as MigrationReview;
    expect(code).toBe(5);

    expect(review.files.map(({ folder, file }) => `${folder}/${file}`)).toEqual(Object.keys(added));
    expect(review.files.every(({ emptyMs }) => emptyMs !== undefined)).toBe(true);
    const effects = (name: string) => {
      const { locks, rewritten, dropped, changed } = review.files.find(({ file }) => file.includes(name))!.onData!;
      return {
        locks: locks.filter(({ mode }) => !mode.startsWith("ROW ")).map(({ table, mode }) => `${table} ${mode}`),
        ...{ rewritten, dropped, changed },
      };
    };
    const nothing = { rewritten: [], dropped: [], changed: [] };
    expect(effects("good")).toEqual({
      ...nothing,
      locks: [],
      changed: [{ table: 'public."Venue"', inserted: 1, updated: 0, deleted: 0 }],
    });
    expect(effects("no_down")).toEqual({ ...nothing, locks: ['public."Musician" SHARE'] });
    expect(effects("loses")).toEqual({ ...nothing, locks: ['public."Production" ACCESS EXCLUSIVE'] });
    expect(effects("rewrites")).toEqual({
      locks: expect.arrayContaining([
        'public."AuditLog" ACCESS EXCLUSIVE',
        'public."Engagement" ACCESS EXCLUSIVE',
        'public."PasswordResetToken" ACCESS EXCLUSIVE',
      ]) as string[],
      rewritten: [
        { table: 'public."Engagement"', rows: 200, left: 200 },
        { table: 'public."PasswordResetToken"', rows: 200, left: 0 },
      ],
      dropped: [{ table: 'public."AuditLog"', rows: 200 }],
      changed: [
        { table: 'public."Instrument"', inserted: 0, updated: 200, deleted: 0 },
        { table: 'public."NotificationLog"', inserted: 0, updated: 0, deleted: 200 },
      ],
    });
    expect(review.files.find(({ file }) => file === "0016_lone.sql")).toMatchObject({
      transaction: false,
      onData: { locks: [{ table: 'public."Musician"', mode: "SHARE UPDATE EXCLUSIVE" }], ...nothing },
    });
    expect(review.files.at(-1)).toMatchObject({
      folder: "registry",
      onData: { locks: [{ mode: "ACCESS EXCLUSIVE" }] },
    });
    expect(
      review.problems.map(({ file, line, rule, says, accepted }) => [
        `${file}:${line ?? ""} ${rule}`,
        says,
        accepted ?? "",
      ]),
    ).toMatchInlineSnapshot(`
      [
        [
          "0013_no_down.sql: no-down",
          "It has no "-- Down Migration" part.",
          "",
        ],
        [
          "0014_loses.sql: down-differs",
          "After its down migration the schema differs from the one before: column "Production".venue was text, is character varying(50).",
          "",
        ],
        [
          "0017_down_fails.sql:5 down-fails",
          "column "rang" of relation "Instrument" does not exist (SQLSTATE 42703).",
          "",
        ],
        [
          "0018_fails_on_data.sql:5 fails-on-data",
          "column "phone" of relation "Musician" contains null values (SQLSTATE 23502).",
          "the form has asked for a number since the first day",
        ],
      ]
    `);
    expect(review.dangers.map(({ file, line, rule, refused }) => [`${file}:${line}`, rule, refused])).toEqual(
      expect.arrayContaining([
        ["0013_no_down.sql:2", "index-without-concurrently", false],
        ["0015_rewrites.sql:5", "delete-rows", true],
      ]),
    );
    expect(review.data.filter(({ rows }) => rows < 200)).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it("is as it was after Ctrl-C: no server, no folder", async () => {
    const run = start();
    while (!run.told().includes("files on a new database")) {
      if (run.child.exitCode !== null) expect.unreachable(run.told());
      await sleep(20);
    }
    const [folder] = await left();
    const cluster = await findClusterDirectory(path.join(temporary, folder!, "cluster"), await findServerAccount());
    await access(cluster);
    run.child.kill("SIGINT");
    expect(await run.end()).toMatchObject({
      code: 130,
      stdout: "",
      stderr: expect.stringContaining("Interrupted") as string,
    });
    expect(await left()).toEqual([]);
    await expect(access(cluster)).rejects.toThrow("ENOENT");
  });
});

describe("generated rows", () => {
  const postgres = usePostgres();

  it("fill every table of an orchestra's database and of the main database", async () => {
    const spec = specFor(await postgres.createDatabase());
    delete spec.owner;
    await ensureOrchestraDatabase(spec);
    const registry = await postgres.createDatabase();
    await ensureRegistryDatabase({ connection: registry, migrations: migrations.registry });
    for (const connection of [spec.connection, registry]) {
      const filled = await withClient(connection, (client) => fillTables(client, 300));
      expect(filled.filter(({ rows }) => rows !== 300)).toEqual([]);
      for (const { table } of filled)
        expect(await query(connection, `SELECT count(*)::int AS rows FROM ${table}`)).toEqual([{ rows: 300 }]);
    }
  });

  it("fit the catalogue's rules of any table, the same each time, with a reason where none fit", async () => {
    const schema = `
      CREATE TYPE mood AS ENUM ('good', 'bad');
      CREATE DOMAIN short AS varchar(5);
      CREATE TABLE z_parent (id integer PRIMARY KEY, name text);
      CREATE TABLE a_child (id bigserial PRIMARY KEY, parent integer NOT NULL REFERENCES z_parent, other integer REFERENCES z_parent,
        above bigint REFERENCES a_child, tags text[] NOT NULL, moods mood[], at timestamptz NOT NULL, on_day date, lasts interval, key uuid UNIQUE,
        bytes bytea, fee numeric(6, 2) CHECK (fee BETWEEN 10 AND 20), doubled numeric GENERATED ALWAYS AS (fee * 2) STORED, code short NOT NULL,
        UNIQUE (parent, other));
      CREATE TABLE circle_b (id integer PRIMARY KEY);
      CREATE TABLE circle_a (id integer PRIMARY KEY, b integer NOT NULL REFERENCES circle_b);
      ALTER TABLE circle_b ADD a integer REFERENCES circle_a;
      CREATE TABLE "Odd names" ("#" smallint UNIQUE, n integer NOT NULL, "n'1" varchar(3) NOT NULL, email text UNIQUE, at time, ip inet, yes boolean,
        state text NOT NULL CHECK (state IN ('Pending', 'It''s on')), letters text CHECK (letters ~ '^[a-z]{6,}$'),
        facts jsonb CHECK (jsonb_typeof(facts) = 'array'));
      CREATE TABLE never (x integer CHECK (x > 5 AND x < 5), y text);
      CREATE TABLE few (m mood PRIMARY KEY);
      CREATE TABLE odd (r tsrange NOT NULL);
      CREATE TABLE empty_one (x integer PRIMARY KEY CHECK (x <> x));
      CREATE TABLE points (x integer NOT NULL REFERENCES empty_one);`;
    const fill = async () => {
      const connection = await postgres.createDatabase();
      await query(connection, schema);
      const filled = await withClient(connection, (client) => fillTables(client, 100));
      const rows = (table: string) => query(connection, `SELECT * FROM ${table} ORDER BY 1`);
      return { filled, children: await rows("a_child"), odd: await rows('"Odd names"') };
    };
    const { filled, ...rows } = await fill();
    expect(Object.fromEntries(filled.map(({ table, rows, why }) => [table, why ?? rows]))).toMatchInlineSnapshot(`
      {
        "public."Odd names"": 100,
        "public.a_child": 100,
        "public.circle_a": 100,
        "public.circle_b": 100,
        "public.empty_one": "its unique keys and checks (empty_one_x_check) allow no more of 600 generated rows.",
        "public.few": "its unique keys allow no more of 600 generated rows.",
        "public.never": 100,
        "public.odd": "no values are known for its column r, of type tsrange.",
        "public.points": "each row must reference public.empty_one, which has no rows (x).",
        "public.z_parent": 100,
      }
    `);
    expect(await fill()).toEqual({ filled, ...rows });
    // Migrations fail on empty values and duplicates where the column allows them.
    for (const column of ["other", "fee", "on_day"]) {
      const values = rows.children.map((row) => row[column] as unknown);
      expect(values, column).toContain(null);
      expect(new Set(values.map(String)).size, column).toBeLessThan(100);
    }
    expect(new Set(rows.odd.map(({ state }) => state as string))).toEqual(new Set(["Pending", "It's on"]));
  });
});
