import { describe, expect, it } from "vitest";

import { useEngine } from "../support/engine.ts";

const file = "migrations/orchestra/0099_tidy.sql";
const migration = (accept: string) =>
  `-- Up Migration\n${accept}TRUNCATE "AuditLog";\n\n-- Down Migration\nSELECT 1;\n`;

/** The real engine over a database in use. Each rule is test/unit/rules' affair; which files are judged is that of planJudged.test.ts. */
describe("a migration that deletes rows of a database in use", () => {
  const engine = useEngine({ orchestras: ["malmo"], spares: 0 });

  it("is asked nothing about while the database is new, and loads no parser where nothing is pending", async () => {
    expect((await engine.up()).code).toBe(0);
    // Without its parser the program runs, as long as nothing is judged.
    await engine.checkout.edit(
      "infra/database/migrations/rules/parseFile.ts",
      'import { parse, SqlError } from "libpg-query";',
      'throw new Error("loaded");\nimport { parse, SqlError } from "libpg-query";',
    );
    expect((await engine.pulumi("preview")).code).toBe(0);
    await engine.checkout.edit("infra/database/migrations/rules/parseFile.ts", 'throw new Error("loaded");\n', "");
  });

  it("fails the preview, which shows the plan all the same, with file, line, effect and how to accept it", async () => {
    await engine.checkout.write(file, migration(""));
    const { code, output } = await engine.pulumi("preview");
    expect(code).not.toBe(0);
    expect(output).toContain('migrations/orchestra/0099_tidy.sql:2: TRUNCATE "AuditLog"');
    expect(output).toContain('Deletes rows of public."AuditLog"');
    expect(output).toContain("-- accept: delete-rows: <reason>");
    expect(output).toMatch(/OrchestraDatabase.*update/);
  });

  it("stops `up` before it changes anything, also without a preview", async () => {
    const { code, output } = await engine.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toContain("Nothing was created or changed.");
    const [database] = (await engine.state()).filter(({ type }) => type.endsWith(":OrchestraDatabase"));
    expect(JSON.stringify(database)).not.toContain("0099_tidy.sql");
  });

  it("is applied once the file accepts it, with its reason", async () => {
    await engine.checkout.write(file, migration("-- accept: delete-rows: test data of the first week\n"));
    expect((await engine.up()).code).toBe(0);
  });
});
