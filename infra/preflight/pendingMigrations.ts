import { keyOf } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import type { Digests } from "../util/digest.ts";
import type { Applied } from "./recordedState.ts";

type Declared = Pick<Plan, "migrations" | "registryMigrations" | "orchestras">;

/**
 * Returns the migrations that this stack has yet to apply, in the main database or for an existing orchestra: path under migrations/
 * ("orchestra/0012_nickname.sql") → SHA-256. A new orchestra does not count: it starts with what every other has. Without any orchestra, all
 * migrations are pending. Pure.
 */
export function findPending({ migrations, registryMigrations, orchestras }: Declared, applied: Applied): Digests {
  const reached = orchestras.filter(({ state }) => state !== "retired").map(keyOf);
  const databases = reached.map((key) => applied.databases[key]).filter((has) => has !== undefined);
  const isDone = (file: string) => databases.length > 0 && databases.every((has) => file in has);
  return inFolders(
    pick(migrations, (file) => !isDone(file)),
    pick(registryMigrations, (file) => !(file in applied.registry)),
  );
}

/**
 * Returns the migrations that the main database and those that every orchestra's database has. Pure.
 *
 * @param databases the migrations of each orchestra that migrations reach
 */
export function migrationsInAll(databases: readonly Digests[], registry: Digests): Digests {
  const [first = {}, ...others] = databases;
  return inFolders(
    pick(first, (file) => others.every((has) => has[file] === first[file])),
    registry,
  );
}

/**
 * Returns the names of the migrations whose SQL the rules judge: those that a database in use has yet to get. A new database holds nothing
 * yet: it never asks anyone to accept files that every other database has had for years. An existing database that joins with its data adds
 * the files that no database of the stack is known to have. Pure.
 *
 * @param joining keys of existing databases that the state does not know
 */
export function migrationsToJudge(
  { migrations, registryMigrations, orchestras }: Declared,
  applied: Applied,
  joining: readonly string[],
): Record<"orchestra" | "registry", string[]> {
  const reached = orchestras.filter(({ state }) => state !== "retired");
  const inUse = reached
    .map((orchestra) => applied.databases[keyOf(orchestra)] ?? {})
    .filter((has) => Object.keys(has).length > 0);
  const isNewcomer = reached.some(
    (orchestra) =>
      applied.databases[keyOf(orchestra)] === undefined &&
      (orchestra.database.kind === "adopted" || joining.includes(keyOf(orchestra))),
  );
  const isPending = (file: string) => inUse.some((has) => !(file in has));
  const isUnknown = (file: string) => inUse.every((has) => !(file in has));
  return {
    orchestra: Object.keys(migrations).filter((file) => isPending(file) || (isNewcomer && isUnknown(file))),
    // The main database holds the app's own data before the first run.
    registry: Object.keys(registryMigrations).filter((file) => !(file in applied.registry)),
  };
}

/** Returns migrations by their paths under migrations/. */
export function inFolders(orchestra: Digests, registry: Digests): Digests {
  const prefixed = (folder: string, files: Digests) =>
    Object.entries(files).map(([file, sha256]) => [`${folder}/${file}`, sha256]);
  return Object.fromEntries([...prefixed("registry", registry), ...prefixed("orchestra", orchestra)]) as Digests;
}

function pick(files: Digests, isWanted: (file: string) => boolean): Digests {
  return Object.fromEntries(Object.entries(files).filter(([file]) => isWanted(file)));
}
