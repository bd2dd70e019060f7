import type pg from "pg";
import { UserError } from "../../errors.ts";
import { hasRelation } from "../connection/serverFacts.ts";
import type { MigrationFile } from "./readMigrations.ts";

/** The migrations applied to a database: file → SHA-256 of the file at that time. */
export type Ledger = Record<string, string>;

/** Returns the applied migrations, in order; undefined for a database that this program has never migrated. */
export async function readLedger(client: pg.Client): Promise<Ledger | undefined> {
  return (await hasRelation(client, "stagesub.migration")) ? readLedgerRows(client) : undefined;
}

/** Returns the applied migrations, in order, of a database that has a ledger. */
export async function readLedgerRows(client: pg.Client): Promise<Ledger> {
  const { rows } = await client.query<MigrationFile>("SELECT file, sha256 FROM stagesub.migration ORDER BY file");
  return Object.fromEntries(rows.map(({ file, sha256 }) => [file, sha256]));
}

/**
 * Returns the reasons not to run these files over this ledger; empty if there are none. Pure, so that a preview can call it too.
 * Applied files are never edited, never removed, and new files come after them.
 */
export function findLedgerProblems(files: MigrationFile[], ledger: Ledger): string[] {
  const onDisk = new Map(files.map(({ file, sha256 }) => [file, sha256]));
  const applied = Object.keys(ledger).sort();
  const last = applied.at(-1) ?? "";
  const problems = applied.flatMap((file) => {
    const [was, is] = [ledger[file]!, onDisk.get(file)];
    if (is === undefined) return [`${file} was applied but is gone from disk. Bring it back.`];
    if (is === was) return [];
    const digests = `applied ${was.slice(0, 12)}…, on disk ${is.slice(0, 12)}…`;
    return [`${file} was edited after it was applied (${digests}). Undo the edit and put the change in a new file.`];
  });
  const late = files.filter(({ file }) => !(file in ledger) && file < last);
  return [
    ...problems,
    ...late.map(
      ({ file }) => `${file} is new but sorts before ${last}, which is applied. Give it the next free number.`,
    ),
  ];
}

/** Refuses to migrate if the files do not fit the ledger. @throws {UserError} with all problems */
export function refuseLedgerProblems(databaseName: string, files: MigrationFile[], ledger: Ledger): void {
  const problems = findLedgerProblems(files, ledger);
  if (problems.length > 0)
    throw new UserError("ledger-differs", `Refusing to migrate ${databaseName}:\n- ${problems.join("\n- ")}`);
}
