import type pg from "pg";
import { compareBookkeeping, type ExpectedOwner } from "./compareBookkeeping.ts";
import { UserError } from "../../errors.ts";
import { readLedger } from "../migrations/ledger.ts";
import { type OwnerRecord, readOwner } from "./owner.ts";
import { findPreviousLogins, type PreviousLogin } from "../roles/previousLogins.ts";
import { readAppRoles } from "../roles/readAppRoles.ts";
import { planGrants } from "../roles/grants.ts";
import { findRoleDifferences } from "../roles/roleDifferences.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import type { SchemaItem } from "../schema/readSchema.ts";
import { compareWithRecord } from "../schema/expectedSchema.ts";

/** The observable state of an orchestra's database. Holds no secret. */
export interface OrchestraDatabaseState {
  /** Applied migrations: file → SHA-256 of the file. */
  migrations: Record<string, string>;
  /** The last applied migration. */
  version: string;
  /** The orchestra's id; null for a spare. */
  owner: string | null;
  /** The login that the app uses, such as `app_malmo_1`; "" if it is missing. */
  appRole: string;
  /** The app's logins of before a rotation that still exist. */
  previousLogins: PreviousLogin[];
  /** Rows in "EmailTemplate", "SystemSetting" and "User". */
  templates: number;
  settings: number;
  users: number;
  /**
   * The first administrator's current row; null if it was not made, or was deleted since. `found` if a baseline found the
   * administrator, whose password this program never knew.
   */
  administrator: { email: string; mustChangePassword: boolean; found?: true } | null;
  /** Seeded rows that are gone, such as `EmailTemplate welcome.sv`; a rerun brings them back. */
  missing: string[];
  /** The statements with which a rerun would correct roles, rights and row-level security; empty if none is needed. */
  drift: string[];
  /** Other deviations from the last run's result: a rerun leaves them, and people decide. Empty if there are none. */
  differences: SchemaDifference[];
  /** The reason why the schema could not be compared with the migrations' schema; left out if it was compared. */
  notCompared?: string;
}

/**
 * Reads the state; undefined for a database that this program has never migrated. Changes nothing.
 *
 * @param expected the database's expected identity; left out: not compared
 * @param items the schema's items, where the caller has just read them
 */
export async function readState(
  client: pg.Client,
  expected?: ExpectedOwner,
  items?: readonly SchemaItem[],
): Promise<OrchestraDatabaseState | undefined> {
  const migrations = await readLedger(client);
  if (!migrations) return undefined;
  const owner = await readOwner(client);
  const { rows } = await client.query<{ templates: boolean; settings: boolean; users: boolean; login: boolean }>(
    `SELECT coalesce(has_table_privilege(to_regclass('public."EmailTemplate"'), 'SELECT'), false) AS templates,
            coalesce(has_table_privilege(to_regclass('public."SystemSetting"'), 'SELECT'), false) AS settings,
            coalesce(has_table_privilege(to_regclass('public."User"'), 'SELECT'), false) AS users,
            EXISTS (SELECT FROM pg_roles r JOIN stagesub.login l ON l.role_oid = r.oid AND l.role = r.rolname
                    WHERE r.rolname = $1 AND r.rolcanlogin AND coalesce(r.rolvaliduntil, 'infinity') > now()) AS login`,
    [owner?.appLogin ?? null],
  );
  const found = rows[0]!;
  const count = (there: boolean, table: string) => (there ? `(SELECT count(*)::int FROM public."${table}")` : "0");
  // Read as JSON, a dropped column is a missing key and no error.
  const administrator = found.users
    ? `(SELECT jsonb_strip_nulls(jsonb_build_object('email', u -> 'email', 'mustChangePassword', u -> 'mustChangePassword', 'found', $2::boolean))
        FROM (SELECT to_jsonb(t) AS u FROM public."User" t) users WHERE u ->> 'id' = $1)`
    : "NULL::jsonb";
  const canAdminister = found.users
    ? `EXISTS (SELECT FROM (SELECT to_jsonb(t) AS u FROM public."User" t) users
        WHERE u ->> 'role' = 'ADMIN' AND (u ->> 'isActive')::boolean AND u ->> 'passwordHash' IS NOT NULL)`
    : "false";
  const { rows: counts } = await client.query<
    Pick<OrchestraDatabaseState, "templates" | "settings" | "users" | "administrator"> & { administered: boolean }
  >(
    `SELECT ${count(found.templates, "EmailTemplate")} AS templates, ${count(found.settings, "SystemSetting")} AS settings,
            ${count(found.users, "User")} AS users, ${administrator} AS administrator, ${canAdminister} AS administered,
            $1::text AS id, $2::boolean AS found`,
    [owner?.administratorId ?? null, owner?.administratorFound ?? null],
  );
  const { templates, settings, users, administrator: first, administered } = counts[0]!;
  const version = Object.keys(migrations).at(-1);
  const group = owner?.appLogin ? groupOf(owner.appLogin) : null;
  const rights = await findRights(client, group);
  const schema = await compareWithRecord(client, { group }, version, items);
  const appRoles = group ? await readAppRoles(client, group) : [];
  const roles = group ? findRoleDifferences(appRoles, group, owner!.appLogin!) : { drift: [], differences: [] };
  return {
    migrations,
    version: version ?? "",
    owner: owner?.orchestra ?? null,
    appRole: found.login ? (owner?.appLogin ?? "") : "",
    previousLogins: findPreviousLogins(appRoles, group ?? "", owner?.appLogin ?? "").map(({ name, until }) => ({
      ...{ name, validUntil: until?.toISOString() ?? null },
    })),
    templates,
    settings,
    users,
    administrator: first,
    missing: found.templates && found.settings ? await findMissingSeeds(client) : [],
    drift: [...roles.drift, ...rights.statements],
    differences: [
      ...(await compareBookkeeping(client, owner, expected)),
      ...(owner?.administratorId && found.users && !administered ? [noAdministrator] : []),
      ...compareFirstLogin(owner, first, users),
      ...roles.differences,
      ...rights.differences,
      ...schema.differences.filter((difference) => !isTakenAway(difference)),
    ],
    ...(schema.notCompared !== undefined && { notCompared: schema.notCompared }),
  };
}

/** Returns whether the difference is a foreign permissive policy: the rights report it, and the next run drops it. */
function isTakenAway({ what, expected, found }: SchemaDifference): boolean {
  return /^policy [^.]+\.[^.]+$/.test(what) && expected === null && (found?.startsWith("permissive") ?? false);
}

/** The first administrator is made only once: the orchestra decides whether to add another. */
const noAdministrator: SchemaDifference = {
  about: "administrator",
  what: "administrator",
  expected: "an active user with the role ADMIN who can sign in",
  found: null,
};

/** Compares the users until the first administrator signs in: until then only this program has a reason to change them. */
function compareFirstLogin(
  owner: OwnerRecord | undefined,
  first: OrchestraDatabaseState["administrator"],
  users: number,
): SchemaDifference[] {
  const about = "administrator" as const;
  if (owner && owner.orchestra !== null && owner.administratorId === null)
    return [{ about, what: "record of the first administrator", expected: "made once", found: null }];
  if (!owner || !first?.mustChangePassword || first.found) return [];
  const what = "first administrator, who never signed in";
  return [
    ...(first.email === owner.administratorEmail
      ? []
      : [{ about, what, expected: owner.administratorEmail, found: first.email }]),
    ...(users === 1 ? [] : [{ about, what, expected: "the only user", found: `one of ${users} users` }]),
  ];
}

async function findMissingSeeds(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ row: string }>(
    `SELECT kind || ' ' || key AS row FROM stagesub.seed UNION SELECT unnest(seeded) FROM stagesub.owner
     EXCEPT (
       SELECT concat('EmailTemplate ', r ->> 'name', '.', r ->> 'language') FROM (SELECT to_jsonb(t) AS r FROM public."EmailTemplate" t) templates
       UNION ALL SELECT concat('SystemSetting ', r ->> 'key') FROM (SELECT to_jsonb(s) AS r FROM public."SystemSetting" s) settings)
     ORDER BY row`,
  );
  return rows.map(({ row }) => row);
}

/** Returns the statements that correct the rights, or a difference with the reason why there can be none. */
async function findRights(
  client: pg.Client,
  group: string | null,
): Promise<{ statements: string[]; differences: SchemaDifference[] }> {
  try {
    return { statements: group === null ? [] : await planGrants(client, group), differences: [] };
  } catch (error) {
    if (!UserError.is(error, "foreign-role")) throw error;
    return { statements: [], differences: [{ what: "rights", expected: "as declared", found: error.message }] };
  }
}

/** Returns "app_malmo" for "app_malmo_2". */
function groupOf(appLogin: string): string {
  return appLogin.replace(/_\d+$/, "");
}
