import type { Register } from "../database/registry/readRegister.ts";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan/planStack.ts";
import { verifierOf } from "../util/stackPasswords.ts";
import type { RecordedRegister } from "./recordedState.ts";
import { type OrchestraRow, refuseSubdomain } from "../database/registry/orchestraRows.ts";
import { keyOf } from "../plan/planOrchestras.ts";
import type { ExistingProject } from "./reconcileProjects.ts";

/** The main database's own identity, and the key of the stack that it knows. */
type Found = Pick<Register, "identity" | "key">;

/**
 * Refuses a run over a main database other than the app's, and a run with a key other than the one behind the databases' passwords. Pure.
 *
 * @param address host, port and name of the database that this run was given
 * @returns notes for the reader of a preview
 * @throws {UserError} before anything is changed
 */
export function checkRegister(
  { stack, keys, databaseMovedTo }: Pick<Plan, "stack" | "keys" | "databaseMovedTo">,
  found: Found,
  recorded: RecordedRegister | undefined,
  address: string,
): string[] {
  if (recorded && recorded.stack !== stack)
    throw new UserError(
      "stack-renamed",
      `Refusing to go on under the name ${stack}: expected the stack's name to stay ${recorded.stack}, which its projects, DNS records, rows and ` +
        `databases bear. Rename it back: pulumi stack rename ${recorded.stack} -s ${stack}\n\nNothing was created or changed.`,
    );
  const moved = recorded && refuseMove(recorded, found, address, databaseMovedTo);
  const refusals = [...(moved ? [moved] : []), ...refuseKey(stack, keys, found.key)];
  if (refusals.length > 0)
    throw new UserError("other-main-database", `${refusals.join("\n\n")}\n\nNothing was created or changed.`);
  if (!recorded || recorded.address === address) return [];
  const same = recorded.identity === found.identity;
  return [
    `The main database is ${address} from now on, ${recorded.address} before: ` +
      (same
        ? "it says that it is the same one, or is a copy of it. The app must read this one too."
        : "stagesub:databaseMovedTo says so. The app must read it before this run ends; then take the line out."),
  ];
}

function refuseMove(
  { identity, address: before }: RecordedRegister,
  found: Found,
  address: string,
  movedTo: string | undefined,
): string | undefined {
  if (identity === found.identity || movedTo === address) return undefined;
  const what = found.identity === undefined ? "one that this program has never been in" : "another one";
  return (
    `Refusing to move the register of orchestras: expected the main database that this stack has registered them in (${before}), found ${what} ` +
    `(${address}). The app still reads the one before.\n` +
    "Most often DATABASE_URL of another environment is set: set it back. If the main database has moved, say so in the same change: " +
    `stagesub:databaseMovedTo: "${address}"`
  );
}

function refuseKey(stack: string, { version, current, previous }: Plan["keys"], known: Found["key"]): string[] {
  if (!known) return [];
  const refuse = (expected: string, got: string, remedy: string) => [
    `Refusing the stack's key: expected ${expected}, got ${got}. ${remedy}`,
  ];
  const back = `Bring the key back from where you keep it: pulumi config set --secret stagesub:key -s ${stack}`;
  if (version === known.version && verifierOf(current, version) !== known.verifier)
    return refuse(
      "the stagesub:key that the databases' passwords were made from",
      "another one",
      `${back}. To replace it on purpose: docs/operations.md, “Replace the key”.`,
    );
  if (version < known.version)
    return refuse(
      `stagesub:keyVersion ${known.version}, which the main database has, or more`,
      String(version),
      "Put it back; to replace the key, raise it.",
    );
  if (version === known.version) return [];
  if (version > known.version + 1)
    return refuse(`stagesub:keyVersion ${known.version + 1}`, String(version), "Replace one key at a time.");
  if (previous === undefined || verifierOf(previous, known.version) !== known.verifier)
    return refuse(
      `under stagesub:previousKey the key that keyVersion ${known.version} was`,
      previous === undefined ? "none" : "another one",
      "Without it a run that is cut off could not be taken up. docs/operations.md, “Replace the key”, has the steps.",
    );
  if (previous === current)
    return refuse("a new stagesub:key with the new keyVersion", "the key before", "Make one, or put keyVersion back.");
  return [];
}

/**
 * Refuses subdomains that the registration would be refused, before their databases and DNS records are made. A row of another orchestra of
 * the same stack is no reason: a stack file gives no subdomain twice, so the same run gives that orchestra another one or removes its row.
 * Pure.
 *
 * @param rows the main database's
 * @param projects by the key of the database; a project that is yet to be made is missing
 * @throws {UserError} with every subdomain that another row has
 */
export function requireFreeSubdomains(
  { stack, orchestras, pool }: Pick<Plan, "stack" | "orchestras" | "pool">,
  rows: readonly OrchestraRow[],
  projects: Record<string, Pick<ExistingProject, "ref">>,
): void {
  const refusals = orchestras.flatMap((plan) => {
    const { id: orchestra, subdomain, state, database } = plan;
    const own = rows.find(({ registration }) => registration?.stack === stack && registration.orchestra === orchestra);
    const holder = rows.find((row) => row.subdomain === subdomain && row !== own);
    if (state === "retired" || !holder || holder.registration?.stack === stack) return [];
    const source = database.kind === "pool" ? pool.find(({ name }) => name === database.name)!.source : database;
    const ref = projects[keyOf(plan)]?.ref;
    const databaseUrl =
      source.kind === "adopted" ? source.url : ref ? `postgres://postgres@db.${ref}.supabase.co/postgres` : "";
    const planned = { stack, orchestra, subdomain, databaseUrl };
    return refuseSubdomain(holder, own !== undefined, planned)?.message ?? [];
  });
  if (refusals.length > 0)
    throw new UserError("subdomain-taken", [...refusals, "Nothing was created or changed."].join("\n\n"));
}
