import type pg from "pg";
import { compareBookkeeping, type ExpectedOwner } from "./compareBookkeeping.ts";
import { type Facts, readFacts } from "../connection/serverFacts.ts";
import { UserError } from "../../errors.ts";
import type { OwnerRecord } from "./owner.ts";
import { type OwnRecords, readOwnRecords } from "./ownRecords.ts";
import { findPreviousLogins, type PreviousLogin } from "../roles/previousLogins.ts";
import { type FoundRole, readAppRoles } from "../roles/readAppRoles.ts";
import { planGrants } from "../roles/grants.ts";
import { findRoleDifferences } from "../roles/roleDifferences.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import { countRows, findMissingSeeds, type OwnRows } from "./ownRows.ts";
import type { SchemaItem } from "../schema/readSchema.ts";
import { compareWithRecord, isAsVerified, type SchemaComparison } from "../schema/expectedSchema.ts";

/** The observable state of an orchestra's database. Holds no secret. */
export interface OrchestraDatabaseState extends OwnRows {
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
  /** Seeded rows that are gone, such as `EmailTemplate welcome.sv`; a rerun brings them back. */
  missing: string[];
  /** The statements with which a rerun would correct roles, rights and row-level security; empty if none is needed. */
  drift: string[];
  /** Other deviations from the last run's result: a rerun leaves them, and people decide. Empty if there are none. */
  differences: SchemaDifference[];
  /** The reason why the schema could not be compared with the migrations' schema; left out if it was compared. */
  notCompared?: string;
}

/** Facts that a caller has read already. */
export interface KnownState {
  facts?: Facts | undefined;
  records?: OwnRecords | undefined;
  roles?: readonly FoundRole[] | undefined;
  /** The schema's items. */
  items?: readonly SchemaItem[] | undefined;
}

/**
 * Reads the state; undefined for a database that this program has never migrated. Changes nothing.
 *
 * @param expected the database's expected identity; left out: not compared
 */
export async function readState(
  client: pg.Client,
  expected?: ExpectedOwner,
): Promise<OrchestraDatabaseState | undefined> {
  const [, facts] = await readFacts(client);
  const records = await readOwnRecords(client, facts);
  if (!records) return undefined;
  return readRest(client, facts, records, expected, (group) =>
    Promise.all([
      findRights(client, group),
      compareWithRecord(client, { group }, { record: records.schema, major: facts.major, version: lastOf(records) }),
    ]),
  );
}

/**
 * Reads the state at the end of a run, which has brought the schema's record up to date. Does not read a catalogue again that has not
 * changed since the last run, if that one found no difference.
 *
 * @throws {UserError} if there are no statements that would correct the rights
 */
export async function readStateOfRun(
  client: pg.Client,
  expected: ExpectedOwner,
  known: KnownState = {},
): Promise<{ state: OrchestraDatabaseState; isAsVerified: boolean }> {
  const facts = known.facts ?? (await readFacts(client))[1];
  const records = known.records ?? (await readOwnRecords(client, facts))!;
  const verified = isAsVerified(client, records.schema);
  const look = async (group: string | null): Promise<Catalogue> => {
    // The mark of the owner, which names the group, was there when the fingerprint was taken.
    if ((await verified) && group !== null) return [{ statements: [], differences: [] }, { differences: [] }];
    const { items } = known;
    const schema = { record: records.schema, major: facts.major, version: lastOf(records), items };
    return Promise.all([planRights(client, group), compareWithRecord(client, { group }, schema)]);
  };
  const state = await readRest(client, facts, records, expected, look, known.roles);
  return { state, isAsVerified: await verified };
}

type Catalogue = [Rights, SchemaComparison];

/** @param look compares what only the whole catalogue shows; gets the app's group, null if it has none */
async function readRest(
  client: pg.Client,
  facts: Facts,
  records: OwnRecords,
  expected: ExpectedOwner | undefined,
  look: (group: string | null) => Promise<Catalogue>,
  knownRoles?: readonly FoundRole[],
): Promise<OrchestraDatabaseState> {
  const { ledger: migrations, owner } = records;
  const { tables } = facts;
  const group = owner?.appLogin ? groupOf(owner.appLogin) : null;
  const hasUsers = tables.has('public."User"');
  const hasSeeded = tables.has('public."EmailTemplate"') && tables.has('public."SystemSetting"');
  const [rows, appRoles, missing, bookkeeping, [rights, schema]] = await Promise.all([
    countRows(client, facts, owner),
    knownRoles ?? (group ? readAppRoles(client, group) : []),
    hasSeeded ? findMissingSeeds(client) : [],
    compareBookkeeping(client, facts, records, expected),
    look(group),
  ]);
  const { templates, settings, users, administrator, administered, login } = rows;
  const roles = group ? findRoleDifferences(appRoles, group, owner!.appLogin!) : { drift: [], differences: [] };
  return {
    migrations,
    version: lastOf(records) ?? "",
    owner: owner?.orchestra ?? null,
    appRole: login ? (owner?.appLogin ?? "") : "",
    previousLogins: findPreviousLogins(appRoles, group ?? "", owner?.appLogin ?? "").map(({ name, until }) => ({
      ...{ name, validUntil: until?.toISOString() ?? null },
    })),
    ...{ templates, settings, users, administrator, missing },
    drift: [...roles.drift, ...rights.statements],
    differences: [
      ...bookkeeping,
      ...(owner?.administratorId && hasUsers && !administered ? [noAdministrator] : []),
      ...compareFirstLogin(owner, administrator, users),
      ...roles.differences,
      ...rights.differences,
      ...schema.differences.filter((difference) => !isTakenAway(difference)),
    ],
    ...(schema.notCompared !== undefined && { notCompared: schema.notCompared }),
  };
}

/** Returns the last applied migration. */
function lastOf({ ledger }: OwnRecords): string | undefined {
  return Object.keys(ledger).at(-1);
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
  first: OwnRows["administrator"],
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

interface Rights {
  /** The statements that correct the rights. */
  statements: string[];
  /** The reason why there can be none. */
  differences: SchemaDifference[];
}

async function planRights(client: pg.Client, group: string | null): Promise<Rights> {
  return { statements: group === null ? [] : await planGrants(client, group), differences: [] };
}

async function findRights(client: pg.Client, group: string | null): Promise<Rights> {
  return planRights(client, group).catch((error: unknown) => {
    if (!UserError.is(error, "foreign-role")) throw error;
    return { statements: [], differences: [{ what: "rights", expected: "as declared", found: error.message }] };
  });
}

/** Returns "app_malmo" for "app_malmo_2". */
function groupOf(appLogin: string): string {
  return appLogin.replace(/_\d+$/, "");
}
