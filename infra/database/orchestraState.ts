import type pg from "pg";
import { DatabaseError } from "./databaseError.ts";
import { readLedger } from "./ledger.ts";
import { readOwner } from "./owner.ts";
import { type PreviousLogin, readPreviousLogins } from "./previousLogins.ts";
import { planRights } from "./rights.ts";

/** What an orchestra's database is, seen from outside. Holds no secret. */
export interface OrchestraDatabaseState {
  /** Applied migrations: file → SHA-256 of the file. */
  migrations: Record<string, string>;
  /** The last of them. */
  version: string;
  /** The orchestra's id; null for a spare. */
  owner: string | null;
  /** The login that the app uses, such as `app_malmo_1`; "" where it is missing. */
  appRole: string;
  /** Its logins before a rotation that are still there. */
  previousLogins: PreviousLogin[];
  /** Rows in "EmailTemplate", "SystemSetting" and "User". */
  templates: number;
  settings: number;
  users: number;
  /**
   * The first administrator as it is now; null where it was not made, or was deleted since. `found` where a baseline found
   * it, with a password that this program never knew.
   */
  administrator: { email: string; mustChangePassword: boolean; found?: true } | null;
  /** Seeded rows that are gone, such as `EmailTemplate welcome.sv`; a rerun brings them back. */
  missing: string[];
  /** The statements that a rerun would make to put rights and row-level security right; empty when all is well. */
  drift: string[];
}

/** Reads the state; undefined where this program has never been. Changes nothing. */
export async function readState(client: pg.Client): Promise<OrchestraDatabaseState | undefined> {
  const migrations = await readLedger(client);
  if (!migrations) return undefined;
  const owner = await readOwner(client);
  const { rows } = await client.query<{ templates: boolean; settings: boolean; users: boolean; login: boolean }>(
    `SELECT to_regclass('public."EmailTemplate"') IS NOT NULL AS templates,
            to_regclass('public."SystemSetting"') IS NOT NULL AS settings,
            to_regclass('public."User"') IS NOT NULL AS users,
            EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND rolcanlogin AND coalesce(rolvaliduntil, 'infinity') > now()) AS login`,
    [owner?.appLogin ?? null],
  );
  const found = rows[0]!;
  const count = (there: boolean, table: string) => (there ? `(SELECT count(*)::int FROM public."${table}")` : "0");
  const administrator = found.users
    ? `(SELECT jsonb_strip_nulls(jsonb_build_object('email', "email", 'mustChangePassword', "mustChangePassword", 'found', $2::boolean))
        FROM public."User" WHERE "id" = $1)`
    : "NULL::jsonb";
  const { rows: counts } = await client.query<
    Pick<OrchestraDatabaseState, "templates" | "settings" | "users" | "administrator">
  >(
    `SELECT ${count(found.templates, "EmailTemplate")} AS templates, ${count(found.settings, "SystemSetting")} AS settings,
            ${count(found.users, "User")} AS users, ${administrator} AS administrator, $1::text AS id, $2::boolean AS found`,
    [owner?.administratorId ?? null, owner?.administratorFound ?? null],
  );
  const { templates, settings, users, administrator: first } = counts[0]!;
  return {
    migrations,
    version: Object.keys(migrations).at(-1) ?? "",
    owner: owner?.orchestra ?? null,
    appRole: found.login ? (owner?.appLogin ?? "") : "",
    previousLogins: owner?.appLogin ? await readPreviousLogins(client, groupOf(owner.appLogin), owner.appLogin) : [],
    templates,
    settings,
    users,
    administrator: first,
    missing: found.templates && found.settings ? await findMissingSeeds(client) : [],
    drift: owner?.appLogin ? await findDrift(client, owner.appLogin) : [],
  };
}

async function findMissingSeeds(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ row: string }>(
    `SELECT kind || ' ' || key AS row FROM stagesub.seed WHERE NOT CASE kind
       WHEN 'EmailTemplate' THEN EXISTS (SELECT FROM public."EmailTemplate" WHERE "name" || '.' || "language" = seed.key)
       ELSE EXISTS (SELECT FROM public."SystemSetting" s WHERE s."key" = seed.key) END
     ORDER BY kind, key`,
  );
  return rows.map(({ row }) => row);
}

async function findDrift(client: pg.Client, appLogin: string): Promise<string[]> {
  try {
    return await planRights(client, groupOf(appLogin));
  } catch (error) {
    if (error instanceof DatabaseError) return [error.message];
    throw error;
  }
}

/** "app_malmo_2" → "app_malmo" */
function groupOf(appLogin: string): string {
  return appLogin.replace(/_\d+$/, "");
}
