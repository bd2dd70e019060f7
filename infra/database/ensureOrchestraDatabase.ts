import type pg from "pg";
import { createFirstAdministrator } from "./administrator.ts";
import { ensureAppRole, type AppRole } from "./appRole.ts";
import { applyMigrations } from "./applyMigrations.ts";
import { applySeeds } from "./applySeeds.ts";
import { createLedger, createOwnership } from "./bookkeeping.ts";
import { withClient, type Connection } from "./connection.ts";
import type { ConnectLimits } from "./connectClient.ts";
import { refuseForeignContent } from "./foreignContent.ts";
import { refuseLedgerProblems, readLedger } from "./ledger.ts";
import type { OrchestraDatabaseState } from "./orchestraState.ts";
import { checkOwner, readOwner, recordOwner, type Owner } from "./owner.ts";
import { hashPassword } from "./passwords.ts";
import { readMigrations } from "./readMigrations.ts";
import { readSeeds } from "./readSeeds.ts";
import { planRights } from "./rights.ts";
import { verifyOrchestraDatabase } from "./verifyOrchestraDatabase.ts";
import { withLockedTransaction, type RunLimits } from "./withLockedTransaction.ts";

export interface OrchestraDatabaseSpec {
  /** The migrating role, which owns the database. Over the session pooler or the direct host. */
  connection: Connection;
  /** Who this database is in its stack: "malmo" or "pool-3". */
  key: string;
  appRole: AppRole;
  /** The orchestra it is handed to. Left out: a spare, which is migrated but not seeded. */
  owner?: Owner;
  /** Folder of the migrations. */
  migrations: string;
  /** Folder of the seeds. */
  seeds: string;
  /** Gets one line a step, never a secret. */
  log?: (line: string) => void;
  limits?: Partial<RunLimits & ConnectLimits>;
}

/**
 * Brings an orchestra's database to what the spec says, from whatever state it is in: observe, refuse, then one
 * transaction. Killed anywhere, it has done all or nothing, and a rerun converges; run again it changes nothing.
 *
 * @throws DatabaseError for everything a user can act on
 */
export async function ensureOrchestraDatabase(spec: OrchestraDatabaseSpec): Promise<OrchestraDatabaseState> {
  const migrations = readMigrations(spec.migrations);
  const seeds = spec.owner ? readSeeds(spec.seeds) : undefined;
  const { key, limits, log } = spec;
  return withClient(
    spec.connection,
    (client) =>
      withLockedTransaction({ client, subject: key, limits: limits ?? {}, log }, async () => {
        const observed = await observe(client, spec, migrations);

        const hash = observed.needsAdministrator ? hashPassword(spec.owner!.administrator.password) : undefined;
        // Hashing takes as long as all the rest, so it goes on beside it; should the rest fail, nobody awaits it.
        hash?.catch(() => undefined);

        if (!observed.ledger) {
          await createLedger(client);
          await createOwnership(client);
        }
        const pending = migrations.filter(({ file }) => !(file in (observed.ledger ?? {})));
        await applyMigrations(client, migrations, pending, spec.migrations);
        if (pending.length > 0) log?.(`${key}: applied ${pending.map(({ file }) => file).join(", ")}`);

        const appLogin = await ensureAppRole(client, spec.appRole);
        await recordOwner(client, observed.owner, { key, owner: spec.owner, appLogin });
        const written = seeds ? await applySeeds(client, seeds) : 0;
        if (written > 0) log?.(`${key}: seeded ${written} templates and settings`);
        if (hash) {
          await createFirstAdministrator(client, spec.owner!.administrator, await hash);
          log?.(`${key}: made the first administrator`);
        }

        const rights = await planRights(client, spec.appRole.name);
        if (rights.length > 0) await client.query(rights.join(";\n"));
        return verifyOrchestraDatabase(client, key, seeds);
      }),
    limits,
  );
}

/** Looks at what is there and refuses what must not be touched, before any statement that changes something. */
async function observe(client: pg.Client, spec: OrchestraDatabaseSpec, migrations: ReturnType<typeof readMigrations>) {
  const ledger = await readLedger(client);
  if (!ledger) {
    await refuseForeignContent(client, spec.key);
    return { ledger, owner: undefined, needsAdministrator: spec.owner !== undefined };
  }
  const owner = await readOwner(client);
  if (owner) checkOwner(owner, spec.key, spec.owner);
  refuseLedgerProblems(spec.key, migrations, ledger);
  return { ledger, owner, needsAdministrator: spec.owner !== undefined && !owner?.administratorId };
}
