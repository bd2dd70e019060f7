import type pg from "pg";
import { DatabaseError } from "./databaseError.ts";
import { readState, type OrchestraDatabaseState } from "./orchestraState.ts";
import type { Seeds } from "./readSeeds.ts";

/**
 * Looks, at the end and before COMMIT, whether what an orchestra needs is really there: every template in every
 * language, every setting, somebody who can log in, and rights as they should be.
 *
 * @throws DatabaseError that lists everything missing; the transaction is then rolled back
 */
export async function verifyOrchestraDatabase(
  client: pg.Client,
  key: string,
  seeds: Seeds | undefined,
): Promise<OrchestraDatabaseState> {
  const state = (await readState(client))!;
  const missing: string[] = state.drift.map((statement) => `still to be done after all rights were set: ${statement}`);
  if (state.appRole === "") missing.push("the app's login role");
  if (seeds) missing.push(...(await findMissingRows(client, seeds)));
  if (missing.length === 0) return state;
  throw new DatabaseError(`The database of ${key} is not complete:\n- ${missing.join("\n- ")}\nNothing was changed.`);
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
