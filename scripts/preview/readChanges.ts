import type { Migration } from "../../infra/database/migrations/readMigrations.ts";
import type { Rollout } from "../../infra/plan/planRollout.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { groupMessages } from "./groupMessages.ts";
import type { SqlDanger } from "../../infra/database/migrations/rules/findDangers.ts";
import type { PreviewDigest, Step } from "./previewDigest.ts";
import { readCost } from "./readCost.ts";
import { readDns } from "./readDns.ts";
import { type MigrationChange, readMigrationChanges, readRegistryChanges } from "./readMigrationChanges.ts";
import { readOrchestraChanges } from "./readOrchestraChanges.ts";
import { readOther } from "./readOther.ts";
import { readPool } from "./readPool.ts";
import { readWarnings } from "./readWarnings.ts";
import type { ExitCode, StackChanges } from "./stackChanges.ts";

export interface PreviewFacts {
  stack: string;
  digest: PreviewDigest;
  /** Pulumi's exit code. */
  code: number;
  /** Pulumi's standard error, if Pulumi failed. */
  stderr: string;
  /** The stack file as it is. */
  plan: Plan;
  /** The stack file as it was; left out if that is not known. */
  before?: Plan;
  /** Files of migrations/orchestra and migrations/registry. */
  migrations: readonly Migration[];
  registryMigrations: readonly Migration[];
  /** Statements of each folder's pending files that destroy, lock or rewrite. */
  dangers: { orchestra: readonly SqlDanger[]; registry: readonly SqlDanger[] };
}

/** Says in the terms of the business what a preview means. Pure. */
export function readChanges(facts: PreviewFacts): StackChanges {
  const { stack, digest, plan, before } = facts;
  const { steps, diagnostics, violations } = digest;
  const orchestras = readOrchestraChanges(steps, plan, before);
  // `dangers` repeats the program's own refusal of dangerous SQL, statement by statement.
  const isTold = isDangerous(facts);
  const said = (severity: string) => diagnostics.filter((one) => one.severity === severity);
  const errors = groupMessages(said("error").filter(({ code }) => !isTold || code !== "dangerous-sql"));
  const failure =
    errors.length === 0 && facts.code !== 0 && !isRefused(facts)
      ? [{ text: readStderr(facts.stderr, facts.code), alsoFor: [] }]
      : [];
  const pool = readPool(steps, plan);
  const claimed = new Set(changesOf(steps, "OrchestraDatabase", "owner").map(({ name }) => name));
  // A database that is claimed by this very change waits until then.
  const holderOf = (key: string) =>
    claimed.has(key) ? undefined : (holderIn(plan, key) ?? (before && holderIn(before, key)));
  const migrations = readMigrationChanges(steps, facts.migrations, facts.dangers.orchestra, holderOf);
  const rollout = readRollout(plan, migrations);
  const changes: StackChanges = {
    stack,
    verdict: "nothing",
    exitCode: 0,
    refusals: [...errors, ...failure],
    warnings: groupMessages([...said("warning"), ...readWarnings(steps, orchestras, diagnostics)]),
    // The order of the rollout is told with the migrations, where there are any.
    notes: groupMessages(said("info").filter(({ code }) => code !== "rollout-order")),
    violations,
    orchestras,
    declared: plan.orchestras.length,
    ...(pool && { pool }),
    migrations,
    ...(rollout && { rollout }),
    mainDatabase: {
      made: steps.some(({ kind, op }) => kind === "RegistryDatabase" && op === "create"),
      migrations: readRegistryChanges(steps, facts.registryMigrations, facts.dangers.registry),
    },
    dns: readDns(steps, plan, before),
    rotations: readRotations(steps, holderOf),
    texts: readTexts(steps, holderOf),
    repairs: readRepairs(steps),
    cost: readCost(steps, plan, before),
    other: readOther(steps, readTold(steps), holderOf),
    counts: count(steps),
  };
  return { ...changes, ...judge(changes, facts) };
}

/** Whether a mandatory rule is broken, of the policy pack or of those for SQL. */
function isRefused(facts: PreviewFacts): boolean {
  return facts.digest.violations.some(({ mandatory }) => mandatory) || isDangerous(facts);
}

function isDangerous({ dangers }: PreviewFacts): boolean {
  return [...dangers.orchestra, ...dangers.registry].some(({ refused }) => refused);
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

function judge(changes: StackChanges, facts: PreviewFacts): Pick<StackChanges, "verdict" | "exitCode"> {
  const say = (verdict: StackChanges["verdict"], exitCode: ExitCode) => ({ verdict, exitCode });
  if (changes.refusals.some(({ code }) => code === "stack-file") || facts.code === 2) return say("failed", 2);
  if (isRefused(facts) || facts.code === 5) return say("refused", 5);
  if (changes.refusals.length > 0) return say("failed", 1);
  // A resource that stays as it is may yet lose its protection.
  const isChange = facts.digest.steps.some(
    ({ op, protect }) => (op !== "same" && op !== "read") || protect.before !== protect.after,
  );
  return isChange ? say("changes", 7) : say("nothing", 0);
}

function readStderr(stderr: string, code: number): string {
  const said = stderr.trim().replace(/^error: /, "");
  return said === "" ? `\`pulumi preview\` ended with exit code ${code} and said nothing.` : said;
}

function holderIn(plan: Plan, key: string): string | undefined {
  return plan.orchestras.find(({ id, database }) => (database.kind === "pool" ? database.name : id) === key)?.id;
}

function changesOf(steps: readonly Step[], kind: string, key: string): Step[] {
  return steps.filter(
    (step) => step.kind === kind && step.op === "update" && step.changed.some((one) => one.key === key),
  );
}

function readRotations(steps: readonly Step[], holderOf: (key: string) => string | undefined): string[] {
  return changesOf(steps, "OrchestraDatabase", "appRoleVersion")
    .map(({ name }) => holderOf(name) ?? name)
    .sort();
}

function readTexts(steps: readonly Step[], holderOf: (key: string) => string | undefined): StackChanges["texts"] {
  // A database that an orchestra claims gets all of them, which is no news.
  const own = changesOf(steps, "OrchestraDatabase", "seeds").filter(
    ({ changed }) => !changed.some(({ key }) => key === "owner"),
  );
  return own.map(({ name }) => holderOf(name) ?? name).sort();
}

function readRepairs(steps: readonly Step[]): StackChanges["repairs"] {
  return changesOf(steps, "OrchestraDatabase", "drift").map(({ name }) => ({ id: name, what: "its database" }));
}

/** Returns the ids and keys of everything that comes, goes, is shut or opens as a whole: its parts need no word of their own. */
function readTold(steps: readonly Step[]): Set<string> {
  const whole = steps.filter(
    ({ kind, op }) =>
      ["Orchestra", "TenantDatabase", "OrchestraRetirement"].includes(kind) && (op === "create" || op === "delete"),
  );
  return new Set(whole.map(({ name }) => name));
}

function count(steps: readonly Step[]): StackChanges["counts"] {
  const counts: Record<string, number> = {};
  for (const { op } of steps) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}
