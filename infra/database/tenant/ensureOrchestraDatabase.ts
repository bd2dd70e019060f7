import type pg from "pg";
import { createFirstAdministrator, hashOneTimePassword, replaceOneTimePassword } from "./administrator.ts";
import { applySeeds } from "../seeds/applySeeds.ts";
import { type AppRole, ensureAppRole, isPasswordInForce, loginRole } from "../roles/appRole.ts";
import { createBookkeeping } from "./bookkeeping.ts";
import type { ConnectLimits } from "../connection/connectClient.ts";
import type { Connection } from "../connection/connection.ts";
import { migrateDatabase } from "../migrations/migrateDatabase.ts";
import { observeDatabase } from "./observeDatabase.ts";
import { type KnownState, type OrchestraDatabaseState, readState } from "./orchestraState.ts";
import { readOwner, recordOwner, requireSameOwner, type Owner } from "./owner.ts";
import { type MigrationFile, readMigrations } from "../migrations/readMigrations.ts";
import { readSeeds, type SeedFile } from "../seeds/readSeeds.ts";
import type { Digests } from "../../util/digest.ts";
import { requirePlanned, requirePlannedSeeds } from "../migrations/requirePlanned.ts";
import { isAsVerified, observeSchema, recordSchema, recordVerified } from "../schema/expectedSchema.ts";
import { type GrantPlan, planGrants } from "../roles/grants.ts";
import { takeFingerprint } from "../schema/catalogueFingerprint.ts";
import { readSchemaFiles, type SchemaFile } from "../schema/readSchemaFiles.ts";
import { requiredTables, requireTables, verifyOrchestraDatabase } from "./verifyOrchestraDatabase.ts";
import { withLockedTransaction, type RunLimits } from "../connection/withLockedTransaction.ts";

export interface OrchestraDatabaseSpec {
  /** Connection of the migrating role, which owns the database, through the session pooler or the direct host. */
  connection: Connection;
  /** The database's key in its stack: "malmo" or "pool-3". */
  key: string;
  /** The stack's name; recorded inside the database, which is then refused to any other stack. */
  stack: string;
  appRole: AppRole;
  /** The orchestra that the database is assigned to. Left out: a spare, which is migrated but not seeded. */
  owner?: Owner;
  /** Folder of the migrations. */
  migrations: string;
  /** Folder of the seeds. */
  seeds: string;
  /** Digests of the files that the run was planned with. Left out: the files are not checked against a plan. */
  planned?: PlannedSources;
  /** Gets one line per step, never a secret. */
  log?: (line: string) => void;
  /** Gets a line when the run waits or tries again, and for each leftover of an interrupted run. */
  warn?: (line: string) => void;
  limits?: Partial<RunLimits & ConnectLimits>;
}

/** Short digests of the files that a run applies to a database, and one of all seeds, left out for a spare. */
export interface PlannedSources {
  migrations: Digests;
  schemaFiles: Digests;
  seeds?: string;
}

/**
 * Makes an orchestra's database match the spec from any state: observes, refuses, then changes, all in one transaction.
 * A run killed anywhere has done everything or nothing; a rerun completes it, and another one changes nothing. A
 * migration outside a transaction divides the run in two: see `migrateDatabase`. A spare that needs nothing costs four round trips, beside
 * its login: the lock, what is written down and the catalogue's fingerprint, the state, COMMIT.
 *
 * @throws {UserError} for every error that a user can act on
 */
export async function ensureOrchestraDatabase(spec: OrchestraDatabaseSpec): Promise<OrchestraDatabaseState> {
  const { key, stack, owner, limits, log, warn } = spec;
  const migrations = readMigrations(spec.migrations);
  const schemaFiles = readSchemaFiles(spec.migrations);
  const seeds = owner && readSeeds(spec.seeds);
  if (spec.planned) requirePlannedSources(spec.planned, migrations, schemaFiles, seeds?.files ?? []);

  return withLockedTransaction(
    { connection: spec.connection, databaseName: key, limits, warn },
    async (transaction) => {
      const { client, facts } = transaction;
      const { name: group } = spec.appRole;
      const [{ records, pending }, hasPassword, fingerprint] = await Promise.all([
        observeDatabase(client, facts, { key, stack, owner, migrations, mayHoldOthers: false }),
        isPasswordInForce(client, spec.appRole, facts),
        facts.tables.has("stagesub.expected_schema") ? takeFingerprint(client, group) : undefined,
      ]);
      const isNew = records === undefined;
      const { owner: ownerBefore, begun } = records ?? {};

      // Hashing takes as long as all other steps, so it runs beside them. If they fail, nobody awaits the hash.
      const hash = owner && !ownerBefore?.administratorId ? hashOneTimePassword(owner.administrator) : undefined;
      hash?.catch(() => undefined);

      const run = { databaseName: key, directory: spec.migrations, migrations, schemaFiles, pending };
      const isVerified = records !== undefined && isAsVerified(records.schema, fingerprint);
      const before = await observeSchema(client, { group }, records?.schema.record, pending, isVerified);
      if (isNew) {
        await createBookkeeping(client);
        // The owner is recorded before the first COMMIT, which a migration outside the transaction may bring forward.
        await recordOwner(client, undefined, { key, stack, owner: undefined, appLogin: null });
      }
      const migrates = pending.length > 0 || begun !== undefined;
      if (migrates) {
        const mark = isNew ? await readOwner(client) : ownerBefore;
        await migrateDatabase(transaction, { ...run, isNew, begun, log, warn });
        requireSameOwner(mark, await readOwner(client), key);
      }
      if (migrates || !requiredTables.every((name) => facts.tables.has(`public."${name}"`)))
        await requireTables(client, key);

      const areRolesKnown = isVerified && !migrates && ownerBefore?.appLogin === loginRole(group, spec.appRole.version);
      const role = await ensureAppRole(client, spec.appRole, { hasPassword, areRolesKnown });
      const { login: appLogin } = role;
      const isOwnerNew = await recordOwner(client, ownerBefore, { key, stack, owner, appLogin });

      const written = seeds ? await applySeeds(client, seeds) : 0;
      if (written > 0) log?.(`${key}: seeded ${written} templates and settings`);
      if (hash) {
        await createFirstAdministrator(client, owner!.administrator, await hash);
        log?.(`${key}: made the first administrator`);
      }
      if (owner && ownerBefore?.administratorId)
        await replaceOneTimePassword(client, ownerBefore.administratorId, owner.administrator);

      // The rights of new objects come before the schema is read, so that one reading shows everything.
      if (migrates) await execute(client, await planGrants(client, group));
      const schema = await recordSchema(client, { group }, before, { ...run, major: facts.major });
      const isNothingNew = !migrates && !isOwnerNew && hash === undefined && schema === undefined;
      const known = isNothingNew && role.isUnchanged ? { facts, records, fingerprint } : { ...schema };
      const state = await correctRights(client, spec, known);
      await verifyOrchestraDatabase(client, key, seeds, state);
      return state;
    },
  );
}

/** Corrects the app's rights, and returns the database's state with them. */
async function correctRights(
  client: pg.Client,
  { key, stack }: OrchestraDatabaseSpec,
  known: KnownState,
): Promise<OrchestraDatabaseState> {
  let reading = (await readState(client, { key, stack }, known))!;
  await execute(client, { statements: reading.state.drift, refusal: reading.refusal });
  if (reading.state.drift.length > 0) reading = (await readState(client, { key, stack }))!;
  const { state, fingerprint } = reading;
  const { drift, differences, notCompared, previousLogins } = state;
  const deviations = drift.length + differences.length + previousLogins.length;
  if (fingerprint !== null && deviations === 0 && notCompared === undefined) await recordVerified(client, fingerprint);
  return state;
}

async function execute(client: pg.Client, { statements, refusal }: GrantPlan): Promise<void> {
  if (refusal) throw refusal;
  if (statements.length > 0) await client.query(statements.join(";\n"));
}

function requirePlannedSources(
  planned: PlannedSources,
  migrations: readonly MigrationFile[],
  schemaFiles: readonly SchemaFile[],
  seeds: readonly SeedFile[],
): void {
  requirePlanned("migrations/orchestra", migrations, planned.migrations);
  requirePlanned("migrations/orchestra/schema", schemaFiles, planned.schemaFiles);
  if (planned.seeds !== undefined) requirePlannedSeeds(seeds, planned.seeds);
}
