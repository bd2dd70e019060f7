import type pg from "pg";
import { UserError } from "../../errors.ts";
import type { OrchestraDatabaseState } from "./orchestraState.ts";
import type { Seeds } from "../seeds/readSeeds.ts";

/**
 * Verifies, last before COMMIT, that the database has everything an orchestra needs: every template in every
 * language, every setting, somebody who can log in, and the right privileges.
 *
 * @throws {UserError} that lists everything missing; the transaction is then rolled back
 */
export async function verifyOrchestraDatabase(
  client: pg.Client,
  key: string,
  seeds: Seeds | undefined,
  { drift, appRole }: OrchestraDatabaseState,
): Promise<void> {
  const missing = drift.map((statement) => `a right that could not be set or taken: ${statement}`);
  if (appRole === "") missing.push("the app's login role");
  if (seeds) missing.push(...(await findMissingRows(client, seeds)));
  if (missing.length > 0) throw incomplete(key, missing);
}

/** Tables without which the app cannot start. */
export const requiredTables = ["User", "EmailTemplate", "SystemSetting"];

/** Verifies right after the migrations that the tables exist which the next steps write to. @throws {UserError} */
export async function requireTables(client: pg.Client, key: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) name WHERE to_regclass(format('public.%I', name)) IS NULL`,
    [requiredTables],
  );
  if (rows.length > 0)
    throw incomplete(
      key,
      rows.map(({ name }) => `the table "${name}"`),
    );
}

function incomplete(key: string, missing: string[]): UserError {
  return new UserError(
    "database-incomplete",
    `${key}: the database would not be complete; missing:\n- ${missing.join("\n- ")}\nNothing was changed.`,
  );
}

async function findMissingRows(client: pg.Client, seeds: Seeds): Promise<string[]> {
  const { rows } = await client.query<{ templates: string[]; settings: string[]; logins: number }>(
    `SELECT ARRAY(SELECT "name" || '.' || "language" FROM public."EmailTemplate") AS templates,
            ARRAY(SELECT "key" FROM public."SystemSetting") AS settings,
            (SELECT count(*)::int FROM public."User" WHERE "passwordHash" LIKE '$%') AS logins`,
  );
  const { templates, settings, logins } = rows[0]!;
  return [
    ...seeds.templates
      .map(({ name, language }) => `${name}.${language}`)
      .filter((template) => !templates.includes(template))
      .map((template) => `the e-mail template ${template}`),
    ...seeds.settings.filter(({ key }) => !settings.includes(key)).map(({ key }) => `the setting ${key}`),
    ...(logins > 0 ? [] : ["anybody who can log in: every user was removed; restore one from a backup"]),
  ];
}
