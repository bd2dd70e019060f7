import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { inspectOrchestraDatabase } from "../../infra/database/tenant/inspectOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { copyFolder, messageOf, query, specFor } from "./support.ts";

describe("a migration that fails", () => {
  const postgres = usePostgres();

  it("names file, line, message and SQLSTATE, and shows no data", async () => {
    const migrations = await copyFolder("migrations/orchestra");
    const spec = specFor(await postgres.createDatabase(), { migrations });
    await ensureOrchestraDatabase(spec);
    const before = await inspectOrchestraDatabase(spec);
    await query(
      spec.connection,
      `INSERT INTO "Musician" ("firstName", "lastName", "email", "phone") VALUES ('Hemlig', 'Person', 'hemlig@example.se', '070-HEMLIG')`,
    );
    const fail = async (sql: string) => {
      await writeFile(path.join(migrations, "0012_fails.sql"), `-- Why it is here.\n\n-- Up Migration\n${sql}\n`);
      return (await messageOf(ensureOrchestraDatabase(spec))).replace(migrations, "migrations");
    };

    const first = `CREATE TABLE "Räknare" ("antal" integer); -- 🎻 ; no statement\nINSERT INTO "Räknare" VALUES (1);`;
    expect({
      syntax: await fail(`${first}\n\nCREATE TABEL "Oops" ();`),
      "unknown column": await fail(`${first}\nUPDATE "Musician"\n  SET "fonnumber" = 1;`),
      "exists already": await fail(`${first}\n/* one\n   more */ CREATE TABLE "User" ("id" text);\nSELECT 1;`),
      "data that does not fit": await fail(
        `${first}\n\nALTER TABLE "Musician" ALTER "phone" TYPE integer USING "phone"::integer;`,
      ),
      "unique rows": await fail(
        `${first}\nINSERT INTO "Musician" ("firstName", "lastName", "email")\n  SELECT "firstName", "lastName", "email" FROM "Musician";`,
      ),
      "in a DO block": await fail(
        `${first}\nDO $$ BEGIN\n  RAISE EXCEPTION 'Bad row: %', (SELECT "email" FROM "Musician" LIMIT 1);\nEND $$;`,
      ),
      "raised text": await fail(`${first}\nDO $$ BEGIN\n  RAISE EXCEPTION 'Archive first';\nEND $$;`),
    }).toMatchInlineSnapshot(`
      {
        "data that does not fit": "migrations/0012_fails.sql:7: invalid input syntax for type integer: “…” (SQLSTATE 22P02). Nothing was changed: correct the file and run again.",
        "exists already": "migrations/0012_fails.sql:7: relation "User" already exists (SQLSTATE 42P07). Nothing was changed: correct the file and run again.",
        "in a DO block": "migrations/0012_fails.sql:6: an exception that its code raised; its text may hold data (SQLSTATE P0001). Nothing was changed: correct the file and run again.",
        "raised text": "migrations/0012_fails.sql:6: Archive first (SQLSTATE P0001). Nothing was changed: correct the file and run again.",
        "syntax": "migrations/0012_fails.sql:7: syntax error at or near "TABEL" (SQLSTATE 42601). Nothing was changed: correct the file and run again.",
        "unique rows": "migrations/0012_fails.sql:6: duplicate key value violates unique constraint "Musician_email_key" (SQLSTATE 23505). Nothing was changed: correct the file and run again.",
        "unknown column": "migrations/0012_fails.sql:7: column "fonnumber" of relation "Musician" does not exist (SQLSTATE 42703). Nothing was changed: correct the file and run again.",
      }
    `);

    const after = await inspectOrchestraDatabase(spec);
    expect(after).toEqual(before);
    await writeFile(path.join(migrations, "0012_fails.sql"), `-- Up Migration\n${first}\n`);
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ version: "0012_fails.sql" });
  });
});
