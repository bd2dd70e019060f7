import type pg from "pg";
import { compareBookkeeping, type ExpectedOwner } from "./compareBookkeeping.ts";
import { type Facts, readFacts } from "../connection/serverFacts.ts";
import type { UserError } from "../../errors.ts";
import type { OwnerRecord } from "./owner.ts";
import { type OwnRecords, readOwnRecords } from "./ownRecords.ts";
import { findPreviousLogins, type PreviousLogin } from "../roles/previousLogins.ts";
import { type FoundRole, readAppRoles } from "../roles/readAppRoles.ts";
import { type GrantPlan, planGrants } from "../roles/grants.ts";
import { findRoleDifferences, type RoleDifferences } from "../roles/roleDifferences.ts";
import type { SchemaDifference } from "../schema/compareSchemas.ts";
import { countRows, findMissingSeeds, type OwnRows } from "./ownRows.ts";
import type { SchemaItem } from "../schema/readSchema.ts";
import { takeFingerprint } from "../schema/catalogueFingerprint.ts";
import {
  compareWithRecord,
  isAsVerified,
  type RecordedSchema,
  type SchemaComparison,
} from "../schema/expectedSchema.ts";

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
  /** Taken after the last change of this run, and before `items` were read. */
  fingerprint?: string | undefined;
  items?: readonly SchemaItem[] | undefined;
}

export interface Reading {
  state: OrchestraDatabaseState;
  /** The fingerprint that the catalogue had right before it was read; null if it is still the one of the last run that found no difference. */
  fingerprint: string | null;
  /** The reason why no run can correct the rights. */
  refusal: UserError | undefined;
}

/**
 * Reads the state; undefined for a database that this program has never migrated. Changes nothing. Reads the whole catalogue
 * only if its fingerprint is not the one of the last run that found no difference.
 *
 * @param expected the database's expected identity; left out: not compared
 */
export async function readState(
  client: pg.Client,
  expected?: ExpectedOwner,
  known: KnownState = {},
): Promise<Reading | undefined> {
  const facts = known.facts ?? (await readFacts(client))[1];
  const records = known.records ?? (await readOwnRecords(client, facts));
  if (!records) return undefined;
  const { ledger: migrations, owner } = records;
  const { tables } = facts;
  const hasUsers = tables.has('public."User"');
  const hasSeeded = tables.has('public."EmailTemplate"') && tables.has('public."SystemSetting"');
  const [rows, missing, bookkeeping, { roles, rights, schema, fingerprint }] = await Promise.all([
    countRows(client, facts, owner),
    hasSeeded ? findMissingSeeds(client) : [],
    compareBookkeeping(client, facts, records, expected),
    readCatalogue(client, owner?.appLogin ?? null, known, records.schema),
  ]);
  const { templates, settings, users, administrator, administered, login } = rows;
  const state: OrchestraDatabaseState = {
    migrations,
    version: records.schema.version ?? "",
    owner: owner?.orchestra ?? null,
    appRole: login ? (owner?.appLogin ?? "") : "",
    previousLogins: roles.previous.map(({ name, until }) => ({ name, validUntil: until?.toISOString() ?? null })),
    ...{ templates, settings, users, administrator, missing },
    drift: [...roles.drift, ...rights.statements],
    differences: [
      ...bookkeeping,
      ...(owner?.administratorId && hasUsers && !administered ? [noAdministrator] : []),
      ...compareFirstLogin(owner, administrator, users),
      ...roles.differences,
      ...(rights.refusal ? [{ what: "rights", expected: "as declared", found: rights.refusal.message }] : []),
      ...schema.differences.filter((difference) => !isTakenAway(difference)),
    ],
    ...(schema.notCompared !== undefined && { notCompared: schema.notCompared }),
  };
  return { state, fingerprint, refusal: rights.refusal };
}

/** The part of the state that only the whole catalogue shows. */
interface Catalogue extends Pick<Reading, "fingerprint"> {
  roles: RoleDifferences & { previous: FoundRole[] };
  rights: GrantPlan;
  schema: SchemaComparison;
}

/** The result if there is nothing to report. */
const asItShouldBe = {
  roles: { drift: [], differences: [], previous: [] },
  rights: { statements: [] },
  schema: { differences: [] },
} satisfies Omit<Catalogue, "fingerprint">;

async function readCatalogue(
  client: pg.Client,
  appLogin: string | null,
  { fingerprint: taken, items }: KnownState,
  recorded: RecordedSchema,
): Promise<Catalogue> {
  const group = appLogin === null ? null : appLogin.replace(/_\d+$/, "");
  const fingerprint = taken ?? (await takeFingerprint(client, group));
  // The mark of the owner, which names the login, was there when the fingerprint was taken.
  if (appLogin !== null && isAsVerified(recorded, fingerprint)) return { ...asItShouldBe, fingerprint: null };
  const [roles, rights, schema] = await Promise.all([
    group === null ? asItShouldBe.roles : compareRoles(client, group, appLogin!),
    group === null ? asItShouldBe.rights : planGrants(client, group),
    compareWithRecord(client, { group }, { ...recorded, items }),
  ]);
  return { roles, rights, schema, fingerprint };
}

async function compareRoles(client: pg.Client, group: string, current: string): Promise<Catalogue["roles"]> {
  const roles = await readAppRoles(client, group);
  return {
    ...findRoleDifferences(roles, group, current),
    previous: findPreviousLogins(roles, group, current),
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
