import path from "node:path";
import type pg from "pg";
import { applyMigrations } from "../applyMigrations.ts";
import { ensureAppRole, loginRole } from "../appRole.ts";
import { appendAudit, registryName } from "../audit.ts";
import { createBookkeeping } from "../bookkeeping.ts";
import type { Connection } from "../connection.ts";
import { DatabaseError } from "../databaseError.ts";
import { refuseForeignContent } from "../foreignContent.ts";
import { findLedgerProblems, readLedger } from "../ledger.ts";
import { readOwner } from "../owner.ts";
import { generatePassword } from "../passwords.ts";
import { readMigrations, type Migration } from "../readMigrations.ts";
import { registrySubject } from "../registryDatabase.ts";
import { planRights } from "../rights.ts";
import { recordSchema } from "../schema/expectedSchema.ts";
import { withLockedTransaction } from "../withLockedTransaction.ts";
import { identifyDatabase } from "./identifyDatabase.ts";
import { loadTables } from "./loadTables.ts";
import type { Manifest } from "./manifest.ts";
import { readBackup } from "./readBackup.ts";
import { copySettings, listTables, quoteTable } from "./tables.ts";

export interface RestoreSpec {
  /** An empty database, as the role that is to own it. Session pooler or direct host. */
  connection: Connection;
  /** The backup's file. */
  path: string;
  /** Folders of the migrations. */
  migrations: { orchestra: string; registry: string };
  /** Gets one line a step. */
  log?: (line: string) => void;
}

/** One hour: a table is one statement. */
const statementMs = 3_600_000;

/**
 * Makes an empty database what it was when the backup was taken: the backup's own migrations, its rows, its sequences,
 * compared with the manifest; all in one transaction, so that a failure leaves the database empty. Migrations that came
 * later are for the next `pulumi up`, as is the password of the app's role.
 *
 * In the main database the app's own tables must be there, made by the app's migrations, and empty; its audit gets an
 * entry of the restore.
 *
 * @throws DatabaseError for a damaged file, migrations that are not those of the backup, or a database that is not empty
 */
export async function restoreDatabase({ connection, path: file, migrations, log }: RestoreSpec): Promise<Manifest> {
  const backup = await readBackup(file);
  const { manifest } = backup;
  const { key } = manifest;
  const directory = key === registrySubject ? migrations.registry : migrations.orchestra;
  const files = readMigrations(directory);
  refuseOtherMigrations(manifest, files);
  const pending = files.filter(({ file }) => Object.hasOwn(manifest.ledger, file));
  const limits = { statementMs };
  return withLockedTransaction({ connection, subject: key, limits, warn: log }, async ({ client }) => {
    await refuseFull(client, manifest);
    await createBookkeeping(client);
    await applyMigrations(client, { subject: key, directory, migrations: files, pending });
    log?.(`${key}: made the schema (${pending.length} migrations)`);
    await client.query(copySettings);
    await loadTables(client, backup, log);
    const group = await ensureRights(client);
    if (key === registrySubject) await recordInside(client, manifest, file);
    else await recordSchema(client, {}, pending.at(-1)!.file, group);
    return manifest;
  });
}

/** The backups that the audit tells of are another database's: from here on this one has none. */
async function recordInside(client: pg.Client, { stack, takenAt }: Manifest, file: string): Promise<void> {
  const detail = { file: path.basename(file), takenAt, database: await identifyDatabase(client) };
  await appendAudit(client, [{ stack, orchestra: registryName, action: "restored", detail }]);
}

function refuseOtherMigrations({ key, ledger }: Manifest, files: Migration[]): void {
  const problems = findLedgerProblems(files, ledger);
  if (problems.length > 0)
    throw new DatabaseError(
      `Refusing to restore ${key}: the migrations here are not those of the backup. Check out the version that made it.\n- ${problems.join("\n- ")}`,
    );
}

async function refuseFull(client: pg.Client, { key, orchestra }: Manifest): Promise<void> {
  if (await readLedger(client)) {
    const owner = await readOwner(client);
    const found =
      owner?.orchestra && owner.orchestra !== owner.key ? `${owner.key}, of ${owner.orchestra}` : owner?.key;
    throw new DatabaseError(
      `Refusing to restore over ${found ?? "a database of nobody's"}: expected an empty database for ` +
        `${orchestra ?? key}, got one that this program has migrated. Give an empty one; none is ever emptied here.`,
    );
  }
  if (key !== registrySubject) return refuseForeignContent(client, key);
  for (const table of await listTables(client)) {
    const { rows } = await client.query(`SELECT FROM ${quoteTable(table)} LIMIT 1`);
    if (rows.length > 0)
      throw new DatabaseError(
        `Refusing to restore over ${quoteTable(table)}: expected the app's tables to be empty, got one with rows. Give an empty database.`,
      );
  }
}

/**
 * The rights of the app's role, before anyone can look: on Supabase a table without them is open to the Data API. A
 * role that is missing comes with a password that nobody knows; `pulumi up` sets the one in its state. One that is
 * there may be in use by the database that the backup was taken of, and keeps its own.
 *
 * @returns the app's group; null where the backup knows none
 */
async function ensureRights(client: pg.Client): Promise<string | null> {
  const [, group, version] = /^(app_.+)_(\d+)$/.exec((await readOwner(client))?.appLogin ?? "") ?? [];
  if (group === undefined) return null;
  const { rows } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [loginRole(group, Number(version))]);
  if (rows.length === 0)
    await ensureAppRole(client, { name: group, version: Number(version), password: generatePassword() });
  const rights = await planRights(client, group);
  if (rights.length > 0) await client.query(rights.join(";\n"));
  return group;
}
