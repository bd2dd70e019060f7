import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { withClient, type Connection } from "../connection/connection.ts";
import { hasRelation } from "../connection/serverFacts.ts";
import { UserError } from "../../errors.ts";
import { readIdentity } from "../registry/stackKey.ts";
import { type Backup, entryName, type Manifest, readBackup, startRestore } from "./readBackup.ts";
import { checksOff, checksOn, finishScript, prepareScript, searchPathOf, type Target } from "./restoreScript.ts";
import type { Identity } from "../tenant/owner.ts";
import { startProgram, withProgramEnvironment } from "../programs/startProgram.ts";

export interface RestoreSpec {
  /** Connection of the role that owns the database, through the session pooler or the direct host. The contents are replaced. */
  connection: Connection;
  /** The backup's file. */
  path: string;
  /** The database's owner mark; left out, the mark in the backup stays. */
  mark?: Identity;
  /** Contents of the copy saved just before. If the database differs by now, somebody wrote to it, and nothing is replaced. */
  saved?: Manifest["contents"];
  signal?: AbortSignal;
}

/**
 * Restores a database to its state at the time of the backup: drops its contents, runs pg_restore's script, and compares the result
 * with the manifest, all in one transaction, so that a failure or a kill leaves the database as it was. Extensions, Supabase's own
 * schemas, event triggers and foreign servers stay as they are.
 *
 * @throws {UserError} for a damaged file, an error of the server, or a result that differs from the manifest
 */
export async function restoreDatabase(spec: RestoreSpec): Promise<Manifest> {
  const { connection, signal } = spec;
  const backup = await readBackup(spec.path);
  const { key } = backup.manifest;
  const target = await withClient(connection, readTarget);
  const folder = await mkdtemp(path.join(tmpdir(), "stagesub-restore-"));
  try {
    await withProgramEnvironment(connection, async (env) => {
      const settings = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose", "--file=-"];
      const psql = startProgram(path.join(backup.programs, "psql"), settings, { env, signal });
      psql.stdout.resume();
      // If the script ends early, psql ends without COMMIT. If psql ends early, its own error counts.
      const script = writeScript(spec, backup, target, path.join(folder, "list"));
      const feeding = pipeline(script, psql.stdin).catch((error: Error) => error);
      await psql.done;
      const failure = await feeding;
      if (failure) throw failure;
    });
    return backup.manifest;
  } catch (error) {
    if (signal?.aborted)
      throw new UserError("interrupted", `${key}: interrupted: all of it is done, or nothing. Run it again.`);
    if (!(error instanceof UserError)) throw error;
    const { message, fields } = error;
    if (fields["sqlState"] === "SBREF") throw new UserError("restore-refused", message);
    if (fields["sqlState"] === "SBDIF") throw new UserError("restore-failed", message);
    throw new UserError("restore-failed", `${key}: not restored; the database is as it was. ${message}`, fields);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readTarget(client: pg.Client): Promise<Target> {
  const { rows } = await client.query<Omit<Target, "identity">>(
    "SELECT current_user::text AS role, ARRAY(SELECT pubname::text FROM pg_publication) AS publications",
  );
  return { ...rows[0]!, identity: (await hasRelation(client, "stagesub.identity")) ? await readIdentity(client) : "" };
}

async function* writeScript({ path: file, mark, saved }: RestoreSpec, backup: Backup, target: Target, list: string) {
  const { manifest, entries, programs } = backup;
  await writeFile(list, entries.filter((entry) => isRestored(entry, manifest, target)).join("\n"));
  const section = async function* (name: string, ...omitted: string[]): AsyncGenerator<Buffer | string> {
    const restore = startRestore(programs, file, ["--no-owner", "--file=-", `--section=${name}`, `--use-list=${list}`]);
    const sed = startProgram("sed", [[beginning, ...omitted].join("\n")]);
    restore.stdout.pipe(sed.stdin);
    yield searchPathOf(manifest);
    yield* sed.stdout as AsyncIterable<Buffer>;
    await Promise.all([restore.done, sed.done]);
  };
  yield prepareScript(manifest, saved);
  yield* section("pre-data");
  yield checksOff;
  yield* section("data", ...transactions);
  yield checksOn(manifest);
  yield* section("post-data");
  yield finishScript(manifest, target, mark);
}

/** For sed: omits the search path, which is set before, and a setting that servers before 17 do not know. */
const beginning = "1,/^SELECT pg_catalog.set_config(/{/set_config/d;/^SET transaction_timeout/d;}";

/** For sed: omits pg_restore's own transactions around large objects, but no row of a table. */
const transactions = [String.raw`/^COPY /,/^\\\.$/b`, "/^BEGIN;$/d;/^COMMIT;$/d"];

/** Kinds of objects outside schemas, which stay as they are in the database. */
const staying =
  /^((COMMENT|ACL) - )?(EXTENSION|EVENT TRIGGER|SUBSCRIPTION|FOREIGN DATA WRAPPER|SERVER|USER MAPPING|PROCEDURAL LANGUAGE) /;

/** Returns whether an entry of the dump, such as `4107; 826 16387 TABLE DATA public Seat postgres`, is restored. */
function isRestored(entry: string, manifest: Manifest, { role, publications }: Target): boolean {
  const [, what] = /^\d+; \d+ \d+ (.+)$/.exec(entry) ?? [];
  if (what === undefined || staying.test(what) || what.startsWith("SCHEMA - public ")) return false;
  if (publications.some((name) => what.startsWith(`PUBLICATION - ${name} `))) return false;
  if (what.startsWith("DEFAULT ACL ")) return manifest.role === role;
  // The manifest has the sequences' values.
  if (what.startsWith("SEQUENCE SET ")) return false;
  // An extension brings the rows of its own tables.
  const { tables } = manifest.contents;
  return (
    !what.startsWith("TABLE DATA ") ||
    Object.keys(tables).some((name) => what.startsWith(`TABLE DATA ${entryName(name)} `))
  );
}
