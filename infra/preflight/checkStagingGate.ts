import { nearestMatch } from "../config/nearestMatch.ts";
import { UserError } from "../errors.ts";
import { keyOf } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";

/** Migration file → short digest, as the state has them. */
export interface Applied {
  /** By the key of a database: an orchestra's id or `pool-N`. */
  databases: Record<string, Record<string, string>>;
  /** Of the main database; empty before the first run. */
  registry: Record<string, string>;
}

/** A migration's path under migrations/ ("orchestra/0012_nickname.sql") → its SHA-256. */
export type Digests = Record<string, string>;

/** The report of the stack that proves migrations: those that it has verified, or why they are not known. */
export type StagingReport = { verified: Digests } | { failure: string };

type Declared = Pick<Plan, "stack" | "migrations" | "registryMigrations" | "orchestras" | "staging">;

/**
 * Returns the migrations that this stack has yet to apply, in the main database or for an existing orchestra. A new orchestra does not
 * count: it starts with what every other has. Without any orchestra, all migrations are pending.
 */
export function findPending({ migrations, registryMigrations, orchestras }: Declared, applied: Applied): Digests {
  const reached = orchestras.filter(({ state }) => state !== "retired").map(keyOf);
  const databases = reached.map((key) => applied.databases[key]).filter((has) => has !== undefined);
  const isDone = (file: string) => databases.length > 0 && databases.every((has) => file in has);
  return {
    ...prefixed(
      "registry",
      migrationsWithout(registryMigrations, (file) => file in applied.registry),
    ),
    ...prefixed("orchestra", migrationsWithout(migrations, isDone)),
  };
}

/**
 * Returns the migrations that a stack has verified: those that the main database has, and those that every orchestra's has. Pure.
 *
 * @param databases the migrations of each orchestra that migrations reach
 */
export function migrationsInAll(
  databases: readonly Record<string, string>[],
  registry: Record<string, string>,
): Digests {
  const [first = {}, ...others] = databases;
  const isShared = ([file, sha256]: [string, string]) => others.every((has) => has[file] === sha256);
  return {
    ...prefixed("registry", registry),
    ...prefixed("orchestra", Object.fromEntries(Object.entries(first).filter(isShared))),
  };
}

/**
 * Checks that the stack that goes first has proven what is pending here. Pure.
 *
 * @returns warnings for the reader of a preview
 * @throws {UserError} with every unproven file, and with every entry of `unproven` that names no migration
 */
export function checkStagingGate(plan: Declared, pending: Digests, report: StagingReport | undefined): string[] {
  const { staging } = plan;
  if (!staging) return [];
  refuseUnknown(plan, staging.unproven);
  const files = Object.keys(pending);
  const needless = (file: string, why: string) =>
    `stagesub:rollout.staging.unproven names ${file}, which ${why}: take it out.`;
  const applied = staging.unproven.filter((file) => !files.includes(file));
  const warnings = applied.map((file) => needless(file, "is applied here already"));
  const toProve = files.filter((file) => !staging.unproven.includes(file));
  if (!report || files.length === 0) return warnings;
  if ("failure" in report) {
    if (toProve.length === 0) return [...warnings, report.failure];
    throw refuse(plan.stack, staging, [report.failure], toProve);
  }
  const { verified } = report;
  const lacking = toProve.filter((file) => verified[file] !== pending[file]);
  if (lacking.length > 0) {
    const reasons = lacking.map((file) => explain(file, verified[file], pending[file]!));
    throw refuse(plan.stack, staging, reasons, lacking);
  }
  const proven = staging.unproven.filter((file) => file in pending && verified[file] === pending[file]);
  return [...warnings, ...proven.map((file) => needless(file, `${staging.stack} has proven meanwhile`))];
}

function explain(file: string, there: string | undefined, here: string): string {
  return there === undefined
    ? `${file}: not applied and verified in every database there`
    : `${file}: another file there, SHA-256 ${short(there)}, here ${short(here)}: it was edited since`;
}

function refuse(
  stack: string,
  { stack: other, unproven }: NonNullable<Declared["staging"]>,
  reasons: string[],
  lacking: string[],
): UserError {
  return new UserError(
    "migrations-unproven",
    [
      `Refusing migrations that the stack ${other} has not proven (stagesub:rollout.staging). Nothing was created or changed.`,
      ...reasons.map((reason) => `    ${reason}`),
      `  do this:  PULUMI_CONTINUE_ON_ERROR=true pulumi up -s ${other}, then npm run orchestra -- verify -s ${other}, then this again;`,
      `            or, to go without that proof, say so in the same change of stacks/Pulumi.${stack}.yaml, with the reason in a comment:`,
      `            stagesub:rollout: { …, staging: { stack: ${other}, unproven: [${[...unproven, ...lacking].join(", ")}] } }`,
    ].join("\n"),
  );
}

function refuseUnknown({ migrations, registryMigrations, stack }: Declared, unproven: readonly string[]): void {
  const known = Object.keys({ ...prefixed("registry", registryMigrations), ...prefixed("orchestra", migrations) });
  const unknown = unproven.filter((file) => !known.includes(file));
  if (unknown.length === 0) return;
  const each = unknown.map((file) => {
    const near = nearestMatch(file, known);
    return `    ${file}: ${near === undefined ? "remove it" : `${near} was probably meant`}`;
  });
  const where = `stagesub:rollout.staging.unproven in stacks/Pulumi.${stack}.yaml`;
  throw new UserError(
    "migrations-unproven",
    [`${where}: expected files of migrations/, got what is none:`, ...each].join("\n"),
  );
}

function migrationsWithout(files: Record<string, string>, isDone: (file: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([file]) => !isDone(file)));
}

function prefixed(folder: "orchestra" | "registry", files: Record<string, string>): Digests {
  return Object.fromEntries(Object.entries(files).map(([file, sha256]) => [`${folder}/${file}`, sha256]));
}

function short(sha256: string): string {
  return `${sha256.slice(0, 12)}…`;
}
