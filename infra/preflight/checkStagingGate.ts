import * as pulumi from "@pulumi/pulumi";
import { nearestMatch } from "../config/nearestMatch.ts";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan/planStack.ts";
import { type Digests, shortDigest } from "../util/digest.ts";
import { inFolders } from "./pendingMigrations.ts";
import { fullStackName } from "./recordedState.ts";

/** The migrations that the staging stack has verified, see {@link formatVerified}, or why they are not known. */
export type StagingReport = { verified: Digests } | { failure: string };

type Declared = Pick<Plan, "stack" | "migrations" | "registryMigrations" | "staging">;

/**
 * Checks that the staging stack has proven the pending migrations. Pure.
 *
 * @returns warnings for the reader of a preview
 * @throws {UserError} with every unproven file, and with every entry of `unproven` that names no migration
 */
export function checkStagingGate(plan: Declared, pending: Digests, report: StagingReport | undefined): string[] {
  const { staging } = plan;
  if (!staging) return [];
  const { stack, unproven } = staging;
  requireMigrations(plan, unproven);
  const warn = (files: string[], why: string) =>
    files.map((file) => `stagesub:rollout.staging.unproven names ${file}, which ${why}: take it out.`);
  const warnings = warn(
    unproven.filter((file) => !(file in pending)),
    "is applied here already",
  );
  const toProve = Object.keys(pending).filter((file) => !unproven.includes(file));
  if (!report || Object.keys(pending).length === 0) return warnings;
  if ("failure" in report) {
    if (toProve.length === 0) return [...warnings, report.failure];
    throw refuse(plan.stack, staging, [report.failure], toProve);
  }
  const isProven = (file: string) => report.verified[numberOf(file)] === shortDigest(pending[file]!);
  const lacking = toProve.filter((file) => !isProven(file));
  if (lacking.length > 0) {
    const reasons = lacking.map((file) =>
      numberOf(file) in report.verified
        ? `${file}: another file there: it was edited since`
        : `${file}: not applied and verified in every database there`,
    );
    throw refuse(plan.stack, staging, reasons, lacking);
  }
  const proven = unproven.filter((file) => file in pending && isProven(file));
  return [...warnings, ...warn(proven, `${stack} has proven meanwhile`)];
}

/**
 * Formats migrations in one line, for an output that every `up` shows: "orchestra/0012:" and a short digest each, with spaces between.
 *
 * @param verified path under migrations/ → SHA-256
 */
export function formatVerified(verified: Digests): string {
  return Object.entries(verified)
    .map(([file, sha256]) => `${numberOf(file)}:${shortDigest(sha256)}`)
    .join(" ");
}

/** Reads {@link formatVerified}'s line: "orchestra/0012" → short digest. */
export function parseVerified(line: string): Digests {
  return Object.fromEntries(line.split(" ").map((entry) => entry.split(":"))) as Digests;
}

/** "orchestra/0012_city.sql" → "orchestra/0012": no two migrations of a folder share a number. */
function numberOf(file: string): string {
  return file.replace(/_.*/, "");
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
      `  do this:  PULUMI_CONTINUE_ON_ERROR=true pulumi up -s ${other}, then ./stagesub verify -s ${other}, then this again;`,
      `            or, to go without that proof, say so in the same change of stacks/Pulumi.${stack}.yaml, with the reason in a comment:`,
      `            stagesub:rollout: { …, staging: { stack: ${other}, unproven: [${[...unproven, ...lacking].join(", ")}] } }`,
    ].join("\n"),
  );
}

function requireMigrations({ migrations, registryMigrations, stack }: Declared, files: readonly string[]): void {
  const known = Object.keys(inFolders(migrations, registryMigrations));
  const unknown = files.filter((file) => !known.includes(file));
  if (unknown.length === 0) return;
  const each = unknown.map((file) => {
    const near = nearestMatch(file, known);
    return `    ${file}: ${near === undefined ? "remove it" : `${near} was probably meant`}`;
  });
  const where = `stagesub:rollout.staging.unproven in stacks/Pulumi.${stack}.yaml`;
  throw new UserError(
    "migrations-unproven",
    [`${where}: expected files of migrations/, found others:`, ...each].join("\n"),
  );
}

/** Reads the migrations that another stack of this program has verified: its output `verified`, without the stack's secrets. */
export async function readStagingReport(stack: string): Promise<StagingReport> {
  try {
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
      name: fullStackName(stack),
    });
    const { verified } = (answer as { outputs: { verified?: unknown } }).outputs;
    if (typeof verified === "string") return { verified: parseVerified(verified) };
    return {
      failure: `The stack ${stack} has no output \`verified\`: no \`up\` of this program has come to its end there.`,
    };
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    return { failure: `The outputs of the stack ${stack} cannot be read: ${reason}` };
  }
}
