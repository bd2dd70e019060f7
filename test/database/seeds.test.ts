import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ensureOrchestraDatabase } from "../../infra/database/tenant/ensureOrchestraDatabase.ts";
import { usePostgres } from "../support/postgres.ts";
import { copyFolder, query, specFor } from "./support.ts";

describe("seeded rows", () => {
  const postgres = usePostgres();

  it("follow their file where nobody edited them, stay where somebody did, and come back where they are missing", async () => {
    const seeds = await copyFolder("seeds/orchestra");
    const spec = specFor(await postgres.createDatabase(), { seeds });
    await ensureOrchestraDatabase(spec);
    await query(
      spec.connection,
      `UPDATE "EmailTemplate" SET "subject" = 'Eget ämne' WHERE "name" = 'welcome' AND "language" = 'sv'`,
    );
    await query(spec.connection, `UPDATE "SystemSetting" SET "value" = '72' WHERE "key" = 'requestResponseHours'`);
    await query(spec.connection, `DELETE FROM "EmailTemplate" WHERE "name" = 'filled'`);
    await query(spec.connection, `DELETE FROM "SystemSetting" WHERE "key" = 'currency'`);

    for (const language of ["sv", "en"])
      await append(path.join(seeds, `templates/welcome.${language}.md`), "P.S. Åäö!\n");
    const settings = path.join(seeds, "settings.yaml");
    await writeFile(
      settings,
      (await readFile(settings, "utf8")).replace("value: 48", "value: 24").replace("value: 36", "value: 30"),
    );
    expect(await ensureOrchestraDatabase(spec)).toMatchObject({ templates: 16, settings: 21 });

    const templates = await query<{ language: string; subject: string; body: string }>(
      spec.connection,
      `SELECT "language", "subject", "body" FROM "EmailTemplate" WHERE "name" = 'welcome'`,
    );
    const [sv, en] = ["sv", "en"].map((language) => templates.find((row) => row.language === language)!);
    expect(sv).toMatchObject({ subject: "Eget ämne", body: expect.not.stringContaining("P.S.") as string });
    expect(en).toMatchObject({
      subject: "Welcome to {{orchestraName}} on StageSub",
      body: expect.stringContaining("P.S. Åäö!") as string,
    });
    const values = await query<{ key: string; value: string }>(
      spec.connection,
      'SELECT "key", "value" FROM "SystemSetting"',
    );
    expect(Object.fromEntries(values.map(({ key, value }) => [key, value]))).toMatchObject({
      requestResponseHours: "72",
      musicianRetentionMonths: "30",
      currency: "SEK",
    });

    // An edited value stays edited, also after the file's change was seen.
    await ensureOrchestraDatabase(spec);
    expect(await query(spec.connection, `SELECT FROM "SystemSetting" WHERE "value" = '72'`)).toHaveLength(1);
  });

  it("follow their file again once an edit was taken back", async () => {
    const seeds = await copyFolder("seeds/orchestra");
    const spec = specFor(await postgres.createDatabase(), { seeds });
    await ensureOrchestraDatabase(spec);
    const set = (value: number) =>
      query(spec.connection, `UPDATE "SystemSetting" SET "value" = ${value} WHERE "key" = 'sessionHours'`);
    const settings = path.join(seeds, "settings.yaml");
    const file = async (from: string, to: string) =>
      writeFile(
        settings,
        (await readFile(settings, "utf8")).replace(
          `value: ${from}\n  description: Hours after`,
          `value: ${to}\n  description: Hours after`,
        ),
      );
    const stored = async () =>
      (await query(spec.connection, `SELECT "value" FROM "SystemSetting" WHERE "key" = 'sessionHours'`))[0];

    await set(8);
    await file("12", "10");
    await ensureOrchestraDatabase(spec);
    expect(await stored()).toEqual({ value: "8" });
    await set(10);
    await ensureOrchestraDatabase(spec);
    await file("10", "6");
    await ensureOrchestraDatabase(spec);
    expect(await stored()).toEqual({ value: "6" });
  });

  it("arrive with every letter, in the right columns", async () => {
    const spec = specFor(await postgres.createDatabase());
    await ensureOrchestraDatabase(spec);
    const [request] = await query(
      spec.connection,
      `SELECT "subject", "body" FROM "EmailTemplate" WHERE "name" = 'request' AND "language" = 'sv'`,
    );
    expect(request).toEqual({
      subject: "Förfrågan från {{orchestraName}}: {{instrument}}, {{productionTitle}}",
      body: expect.stringMatching(
        /^Hej \{\{musicianName\}\}!\n[\s\S]*Vänliga hälsningar\n\{\{orchestraName\}\}\n$/,
      ) as string,
    });
  });
});

async function append(file: string, text: string): Promise<void> {
  await writeFile(file, (await readFile(file, "utf8")) + text);
}
