import type { Rollout } from "../../../infra/plan/planRollout.ts";
import { keyOf } from "../../../infra/plan/planOrchestras.ts";
import type { Plan } from "../../../infra/plan/planStack.ts";
import { groupMessages, type MarkedMessage } from "./messages.ts";
import type { Diagnostic, PreviewDigest, Step } from "./previewDigest.ts";
import { readCost } from "./readCost.ts";
import { readDns } from "./readDns.ts";
import { type JudgedFolder, type MigrationChange, readMigrationChanges } from "./readMigrationChanges.ts";
import { type OrchestraChange, readOrchestraChanges } from "./readOrchestraChanges.ts";
import { readOther } from "./readOther.ts";
import { readPool } from "./readPool.ts";
import type { ExitCode, StackChanges } from "./stackChanges.ts";

export interface PreviewFacts {
  stack: string;
  digest: PreviewDigest;
  /** Pulumi's exit code. */
  code: number;
  /** Pulumi's standard error, if Pulumi failed. */
  stderr: string;
  /** The plan of the current stack file. */
  plan: Plan;
  /** The plan of the previous stack file; left out if that is unknown. */
  before?: Plan;
  /** migrations/orchestra and migrations/registry. */
  orchestraFolder: JudgedFolder;
  registryFolder: JudgedFolder;
}

/** Translates a preview into changes of orchestras and databases. Pure. */
export function readChanges(facts: PreviewFacts): StackChanges {
  const { stack, digest, plan, before } = facts;
  const { steps, diagnostics, violations } = digest;
  const orchestras = readOrchestraChanges(steps, plan, before);
  const of = (severity: string) => diagnostics.filter((one) => one.severity === severity);
  // The program's own refusal of dangerous SQL repeats `dangers`.
  const isCovered = isDangerous(facts);
  const errors = groupMessages(of("error").filter(({ code }) => !isCovered || code !== "dangerous-sql"));
  const isUnexplained = errors.length === 0 && facts.code !== 0 && !isRefused(facts);
  const pool = readPool(steps, plan);
  // A database that this very change claims is a spare until then. An orchestra with another name changes a part of its owner mark.
  const claims = updatesOf(steps, "owner").filter(({ changed }) =>
    changed.some(({ key, item, kind }) => key === "owner" && item === "orchestra" && kind === "add"),
  );
  const claimed = new Set(claims.map(({ name }) => name));
  const holderOf = (key: string) =>
    claimed.has(key) ? undefined : (holderIn(plan, key) ?? (before && holderIn(before, key)));
  const holders = (databases: readonly Step[]) => databases.map(({ name }) => holderOf(name) ?? name).sort();
  const migrations = readMigrationChanges(steps, "OrchestraDatabase", facts.orchestraFolder, holderOf);
  const rollout = readRollout(plan, migrations);
  const changes: StackChanges = {
    stack,
    verdict: "nothing",
    exitCode: 0,
    refusals: isUnexplained ? [{ text: readStderr(facts), alsoFor: [] }] : errors,
    warnings: groupMessages([...of("warning"), ...readWarnings(steps, orchestras, diagnostics)]),
    // The section of migrations names their order.
    notes: groupMessages(of("info").filter(({ code }) => code !== "rollout-order")),
    violations,
    orchestras,
    declared: plan.orchestras.length,
    ...(pool && { pool }),
    migrations,
    ...(rollout && { rollout }),
    mainDatabase: {
      made: steps.some(({ kind, op }) => kind === "RegistryDatabase" && op === "create"),
      migrations: readMigrationChanges(steps, "RegistryDatabase", facts.registryFolder, holderOf),
    },
    dns: readDns(steps, plan, before),
    rotations: holders(updatesOf(steps, "appRoleVersion")),
    // A claimed database gets every text, which is no news.
    texts: holders(updatesOf(steps, "seeds").filter(({ name }) => !claimed.has(name))),
    repairs: holders(updatesOf(steps, "drift")),
    cost: readCost(steps, plan, before),
    other: readOther(steps, holderOf),
    counts: count(steps),
  };
  return { ...changes, ...judge(changes, facts) };
}

/** Tells whether a mandatory rule is broken, of the policy pack or of those for SQL. */
function isRefused(facts: PreviewFacts): boolean {
  return facts.digest.violations.some(({ mandatory }) => mandatory) || isDangerous(facts);
}

function isDangerous({ orchestraFolder, registryFolder }: PreviewFacts): boolean {
  return [...orchestraFolder.dangers, ...registryFolder.dangers].some(({ refused }) => refused);
}

/** Returns the order in which the migrations reach the databases that they are pending in. */
function readRollout({ rollout }: Plan, migrations: readonly MigrationChange[]): Rollout | undefined {
  const reached = new Set(migrations.flatMap(({ orchestras, spares }) => [...orchestras, ...spares]));
  const among = (names: readonly string[]) => names.filter((name) => reached.has(name));
  const stages = rollout.stages
    .map((stage) => ({ ...stage, orchestras: among(stage.orchestras), spares: among(stage.spares) }))
    .filter(({ orchestras, spares }) => orchestras.length + spares.length > 0);
  return stages.length > 1 ? { ...rollout, stages } : undefined;
}

function judge({ refusals }: StackChanges, facts: PreviewFacts): Pick<StackChanges, "verdict" | "exitCode"> {
  const say = (verdict: StackChanges["verdict"], exitCode: ExitCode) => ({ verdict, exitCode });
  if (refusals.some(({ code }) => code === "stack-file") || facts.code === 2) return say("failed", 2);
  if (isRefused(facts) || facts.code === 5) return say("refused", 5);
  if (refusals.length > 0) return say("failed", 1);
  // A resource that stays the same may still lose its protection.
  const isChange = facts.digest.steps.some(
    ({ op, protect }) => (op !== "same" && op !== "read") || protect.before !== protect.after,
  );
  return isChange ? say("changes", 7) : say("nothing", 0);
}

function readStderr({ stderr, code }: PreviewFacts): string {
  const text = stderr.trim().replace(/^error: /, "");
  return text === "" ? `\`pulumi preview\` ended with exit code ${code} and gave no reason.` : text;
}

function holderIn(plan: Plan, key: string): string | undefined {
  return plan.orchestras.find((orchestra) => keyOf(orchestra) === key)?.id;
}

function updatesOf(steps: readonly Step[], input: string): Step[] {
  return steps.filter(
    ({ kind, op, changed }) =>
      kind === "OrchestraDatabase" && op === "update" && changed.some(({ key }) => key === input),
  );
}

function count(steps: readonly Step[]): StackChanges["counts"] {
  const counts: Record<string, number> = {};
  for (const { op } of steps) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/** Warns of consequences of the preview that the program itself does not warn of. */
function readWarnings(
  steps: readonly Step[],
  orchestras: readonly OrchestraChange[],
  diagnostics: readonly Diagnostic[],
): MarkedMessage[] {
  const deleted = new Set(diagnostics.flatMap(({ code, values }) => (code === "orchestra-deleted" ? values : [])));
  const moves = orchestras.flatMap(({ id, details }) =>
    details.flatMap(({ what, from, to }) => (what === "address" ? [{ id, from, to }] : [])),
  );
  return [
    ...warnOfLoss(steps.filter(({ name }) => !deleted.has(name))),
    ...moves.map(({ id, from, to }) => {
      const isKnown = from !== undefined && to !== undefined;
      const where = isKnown ? `${to}; ${from}` : "another address; the previous one";
      return { values: [id], text: `${id} moves to ${where} stops working.` };
    }),
    ...steps
      .filter(({ op, protect }) => op !== "delete" && protect.before && !protect.after)
      .map(({ kind, name }) => ({
        values: [name],
        text: `${name}: Pulumi would no longer refuse to delete it (${kind}).`,
      })),
  ];
}

function warnOfLoss(steps: readonly Step[]): MarkedMessage[] {
  const holders = steps.filter(
    ({ kind, op }) =>
      ["Project", "OrchestraDatabase", "RegistryDatabase"].includes(kind) && (op === "delete" || op === "replace"),
  );
  return [...new Set(holders.map(({ name }) => name))].map((key) => {
    const own = holders.filter(({ name }) => name === key);
    const verb = own.some(({ op }) => op === "replace") ? "replaced by an empty one" : "deleted";
    const loss = `${key}: its database is ${verb}, and all its data is lost.`;
    const isProtected = own.some(({ protect }) => protect.before);
    return { values: [key], text: isProtected ? `${loss} It is protected, so \`pulumi up\` will refuse.` : loss };
  });
}
