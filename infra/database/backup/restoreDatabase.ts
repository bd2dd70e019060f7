import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { withClient, type Connection } from "../connection/connection.ts";
import { UserError } from "../../errors.ts";
import type { Manifest } from "./manifest.ts";
import { entryName, openMember, readBackup, type Backup } from "./readBackup.ts";
import { checksOff, checksOn, finishScript, prepareScript } from "./restoreScript.ts";
import { startProgram, withProgramEnvironment } from "../programs/startProgram.ts";

export interface RestoreSpec {
  /** Connection of the role that owns the database, through the session pooler or the direct host. The contents are replaced. */
  connection: Connection;
  /** The backup's file. */
  path: string;
  /** The database's owner mark; left out, the mark in the backup stays. */
  mark?: { key: string; stack: string | null };
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
  const backup = await readBackup(spec.path);
  const { manifest } = backup;
  const target = await withClient(spec.connection, readTarget);
  const folder = await mkdtemp(path.join(tmpdir(), "stagesub-restore-"));
  try {
    await withProgramEnvironment(spec.connection, async (env) => {
      const settings = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose", "--file=-"];
      const psql = startProgram(path.join(backup.programs, "psql"), settings, { env, signal: spec.signal });
      psql.stdout.resume();
      // If the script ends early, psql ends without COMMIT. If psql ends early, its own error counts.
      const feeding = pipeline(writeScript(spec, backup, target, folder), psql.stdin).catch((error: Error) => error);
      await psql.done;
      const failure = await feeding;
      if (failure) throw failure;
    });
    return manifest;
  } catch (error) {
    throw spec.signal?.aborted
      ? new UserError("interrupted", `${manifest.key}: interrupted: all of it is done, or nothing. Run it again.`)
      : explainRestore(error, manifest);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Facts about the target database that decide which entries are restored. */
interface Target {
  role: string;
  /** Publications stay, as extensions do; the restore adds their tables again. */
  publications: string[];
}

async function readTarget(client: pg.Client): Promise<Target> {
  const { rows } = await client.query<Target>(
    "SELECT current_user::text AS role, ARRAY(SELECT pubname::text FROM pg_publication) AS publications",
  );
  return rows[0]!;
}

async function* writeScript({ path: file, mark, saved }: RestoreSpec, backup: Backup, target: Target, folder: string) {
  const { manifest, entries, programs } = backup;
  const chosen = entries.filter((entry) => isRestored(entry, manifest, target));
  const isObject = (entry: string) => / BLOBS? /.test(entry.replace(/^\d+; \d+ \d+/, ""));
  const list = path.join(folder, "objects");
  await writeFile(list, chosen.filter(isObject).join("\n"));
  await writeFile(`${list}.others`, chosen.filter((entry) => !isObject(entry)).join("\n"));
  const restore = async function* (args: string[]): AsyncGenerator<Buffer> {
    const program = startProgram(path.join(programs, "pg_restore"), ["--no-owner", "--file=-", ...args]);
    openMember(file, "database.dump").stdout.pipe(program.stdin);
    yield* program.stdout as AsyncIterable<Buffer>;
    await program.done;
  };
  const section = (name: string) =>
    withSearchPath(restore([`--section=${name}`, `--use-list=${list}.others`]), manifest.searchPath);
  yield prepareScript(manifest, saved);
  yield* section("pre-data");
  yield checksOff;
  yield* section("data");
  if (manifest.contents.objects.rows > 0) yield* withoutTransactions(restore([`--use-list=${list}`]));
  yield checksOn(manifest.searchPath);
  yield* section("post-data");
  yield finishScript(manifest, mark);
}

/** Kinds of objects outside schemas, which stay as they are in the database. */
const staying =
  /^((COMMENT|ACL) - )?(EXTENSION|EVENT TRIGGER|SUBSCRIPTION|FOREIGN DATA WRAPPER|SERVER|USER MAPPING|PROCEDURAL LANGUAGE) /;

/** Returns whether an entry of the dump, such as `4107; 826 16387 TABLE DATA public Seat postgres`, is restored. */
function isRestored(entry: string, manifest: Manifest, { role, publications }: Target): boolean {
  const [, what] = /^\d+; \d+ \d+ (.+)$/.exec(entry) ?? [];
  if (what === undefined || staying.test(what) || what.startsWith("SCHEMA - public ")) return false;
  if (publications.some((name) => what.startsWith(`PUBLICATION - ${name} `))) return false;
  if (what.startsWith("DEFAULT ACL ")) return manifest.role === role;
  // An extension brings the rows of its own tables, and their sequences.
  const [, moved] = /^(TABLE DATA|SEQUENCE SET) /.exec(what) ?? [];
  if (moved === undefined) return true;
  const names = Object.keys(manifest.contents[moved === "TABLE DATA" ? "tables" : "sequences"]);
  return names.some((name) => what.startsWith(`${moved} ${entryName(name)} `));
}

/**
 * Sets the original's search path, which pg_dump empties: without it a function in a constraint, a generated column or a materialized
 * view may not find its tables (https://www.postgresql.org/docs/17/app-pgdump.html). Omits a setting that servers before 17 do not know.
 */
async function* withSearchPath(script: AsyncIterable<Buffer>, searchPath: string): AsyncGenerator<Buffer> {
  const emptied = "SELECT pg_catalog.set_config('search_path', '', false);";
  const setting = `SELECT pg_catalog.set_config('search_path', ${pg.escapeLiteral(searchPath)}, true);`;
  const bytes = Buffer.from(setting).toString("latin1");
  let head = "";
  for await (const chunk of script) {
    if (head.includes(emptied)) {
      yield chunk;
      continue;
    }
    head += chunk.toString("latin1");
    if (!head.includes(emptied)) continue;
    const text = head.replace("SET transaction_timeout = 0;\n", "").replace(emptied, () => bytes);
    yield Buffer.from(text, "latin1");
  }
  if (!head.includes(emptied)) yield Buffer.from(head, "latin1");
}

/** Removes pg_restore's own transaction around large objects. Their script has no rows of tables, which could hold such lines. */
async function* withoutTransactions(script: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of script) {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line !== "BEGIN;" && line !== "COMMIT;") yield `${line}\n`;
  }
  yield rest;
}

function explainRestore(error: unknown, { key }: Manifest): Error {
  if (!(error instanceof UserError)) return error as Error;
  const { message, fields } = error;
  const { sqlState } = fields;
  if (sqlState === "SBDIF")
    return new UserError(
      "restore-failed",
      `${key}: what arrived is not what was backed up: ${message}. The database is as it was.`,
    );
  const found = {
    SBMOV:
      `expected what was saved a moment ago, found that somebody has written since: ${message}. ` +
      "The database is as it is, with that. Stop whoever writes, then run this again.",
    SBKEP:
      `${message} depends on what would be replaced, and the backup does not hold it. ` +
      "Drop it, restore, and make it again. The database is as it was.",
  }[String(sqlState)];
  if (found !== undefined) return new UserError("restore-refused", `Refusing to restore ${key}: ${found}`);
  return new UserError("restore-failed", `${key}: not restored; the database is as it was. ${message}`, { sqlState });
}
