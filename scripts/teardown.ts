import pLimit from "p-limit";
import { Option } from "commander";

import { nameStackFile } from "../infra/config/parseSource.ts";
import { requireRetirementBackup } from "../infra/database/backup/backupLog.ts";
import { registryName } from "../infra/database/registry/audit.ts";
import { withClient } from "../infra/database/connection/connection.ts";
import { removeStackKey } from "../infra/database/registry/stackKey.ts";
import { mainDatabaseName } from "../infra/database/registry/registryDatabase.ts";
import { backupFolder } from "../infra/database/sources.ts";
import { UserError } from "../infra/errors.ts";
import { backUpAll, type BackupTarget, interruptible } from "./backup/backUpAll.ts";
import { formatTable } from "./cli/formatTable.ts";
import { print, printsData } from "./cli/output.ts";
import { runStep } from "./cli/runStep.ts";
import { StackCommand, type StackOptions } from "./cli/stackCommand.ts";
import { formatOrphans } from "./fleet/findOrphans.ts";
import { formatSize } from "./fleet/formatFleet.ts";
import { atOnce, type DatabaseReading, readDatabase } from "./fleet/readDatabase.ts";
import { askText } from "./orchestra/askOrchestra.ts";
import { recordInLog } from "./orchestra/backup.ts";
import { readOrphans } from "./orchestra/orphans.ts";
import { type Holding, readHoldings } from "./stack/holdings.ts";
import { askPulumi, type OpenStack, openStack } from "./stack/openStack.ts";

interface Options extends StackOptions {
  backup: boolean;
  yes?: string;
}

/** A holding, with the number of its users and its size where the database could be read. */
type Listed = Holding & { holds: string };

/** Returns `teardown`. */
export default function teardownCommand(): StackCommand {
  return new StackCommand("teardown")
    .description(
      "Deletes a whole stack that has no customers: its Supabase projects with their databases, its DNS records, its rows in the main " +
        "database, and itself. Lists all of them first, and asks for the stack's name; backs up every orchestra's database and the main " +
        "one before it deletes anything. Run it again after an interruption: it goes on with what is left.",
    )
    .option("--no-backup", "make no backups: the data is gone for good")
    .addOption(new Option("--yes <stack>", "do not ask; with the stack's name, once more"))
    .option("--dry-run", "show what would be deleted, and end; so do --json and -o json or yaml")
    .withOutput()
    .action(tearDown);
}

async function tearDown({ stack: name, backup, yes, dryRun, ...options }: Options): Promise<void> {
  const looksOnly = dryRun || printsData(options);
  if (yes !== undefined && (looksOnly || yes !== name))
    throw new UserError(
      "command-line",
      looksOnly
        ? "Expected either --yes, or an option that only shows what would be deleted."
        : `Expected after --yes the name of the stack, ${name}, got ${JSON.stringify(yes)}.`,
    );
  const stack = await openStack(name);
  const holdings = await readHoldings(stack);
  const listed = await list(stack, holdings);
  print(options, { stack: name, holdings: listed }, (width) => format(name, listed, backup, width));
  refuseCustomers(stack, holdings);
  if (looksOnly) return;
  await requireConsent(name, yes);

  const signal = interruptible();
  if (holdings.length > 0) await requireNoOtherRun(stack);
  if (backup && holdings.length > 0) await backUp(stack, holdings, signal);
  await askPulumi(stack, ["state", "unprotect", "--all", "--yes"]);
  signal.throwIfAborted();
  await destroy(stack);
  await requireNoOrphans(stack);
  await withClient(stack.registry, (client) => removeStackKey(client, name)).catch(({ message }: Error) =>
    console.error(`The main database still knows the stack's key: ${message}`),
  );
  await askPulumi(stack, ["stack", "rm", "--yes", "--preserve-config"]);
  console.log(`The stack ${name} is deleted.`);
}

async function list({ name, migrators }: OpenStack, holdings: readonly Holding[]): Promise<Listed[]> {
  return pLimit(atOnce).map(holdings, async (holding) => {
    const { database, retired } = holding;
    const reading = retired ? { kind: "retired" as const } : await readDatabase(database, name, migrators[database]);
    return { ...holding, holds: describe(reading) };
  });
}

function describe(reading: DatabaseReading): string {
  if (reading.kind === "read") return `users ${reading.state.users}, ${formatSize(reading)}`;
  return { empty: "nothing", unreachable: "cannot be reached", absent: "not finished", retired: "retired" }[
    reading.kind
  ];
}

function format(name: string, holdings: readonly Listed[], hasBackup: boolean, width: number): string {
  const rows = holdings.map(({ database, orchestra, host, project, holds }) => [
    ...[database, orchestra ?? "–", host ?? "–", project ? `${project.name} (${project.ref})` : "none: stays", holds],
  ]);
  const head = ["database", "orchestra", "row and DNS record", "project", "holds"];
  const adopted = holdings.filter(({ project }) => project === null).map(({ database }) => database);
  const stays = [
    `${nameStackFile(name)} with its key`,
    `backups/${name}/`,
    "the main database with its log",
    ...(adopted.length > 0 ? [`the databases that the stack did not make: ${adopted.join(", ")}`] : []),
  ];
  const backups = hasBackup ? "backups are made first" : "NO backup is made";
  return [
    ...(holdings.length > 0 ? [formatTable(head, rows, { width }), `All of this is deleted; ${backups}.`] : []),
    `The stack ${name} itself is deleted. These stay: ${stays.join("; ")}.`,
  ].join("\n");
}

/** A stack that takes the migrations which a staging stack has proven has customers, and so has one of that name. */
function refuseCustomers({ name, plan }: OpenStack, holdings: readonly Holding[]): void {
  const ids = holdings.flatMap(({ orchestra }) => orchestra ?? []);
  const reason = plan.staging
    ? `goes after ${plan.staging.stack}`
    : /^prod/i.test(name)
      ? "bears that name"
      : undefined;
  if (reason === undefined || ids.length === 0) return;
  throw new UserError(
    "deletion-refused",
    `Refusing to tear down ${name}: expected a stack without customers, found one of production, which ${reason}, with ${ids.join(", ")}. ` +
      "Retire and delete its orchestras one by one first: docs/tear-down.md.",
  );
}

async function requireConsent(name: string, yes: string | undefined): Promise<void> {
  if (yes !== undefined) return;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UserError(
      "not-confirmed",
      `Refusing to delete ${name} without being asked on a terminal. Nothing was deleted. Say so with --yes ${name}.`,
    );
  await askText(`Type ${name} to delete it`, (text) => (text === name ? undefined : `Expected ${name}. Ctrl-C ends.`));
}

/** Writes the state as it is, which Pulumi refuses while another run holds the stack: before backups that may take long. */
async function requireNoOtherRun(stack: OpenStack): Promise<void> {
  const root = `urn:pulumi:${stack.name}::stagesub::pulumi:pulumi:Stack::stagesub-${stack.name}`;
  await askPulumi(stack, ["state", "unprotect", root, "--yes"]).catch(({ message }: Error) => {
    const refusal = `Refusing to tear down ${stack.name}: expected that no other run holds the stack. Nothing was deleted.`;
    throw new UserError("busy", `${refusal}\n${message}`);
  });
}

/** @throws {UserError} unless a verified backup of each database exists */
async function backUp(stack: OpenStack, holdings: readonly Holding[], signal: AbortSignal): Promise<void> {
  const { name, registry, migrators } = stack;
  const folder = backupFolder(name);
  const targets: BackupTarget[] = [{ name: registryName, key: mainDatabaseName, connection: registry, retired: false }];
  for (const { orchestra, database, project, retired } of holdings) {
    if (orchestra === null || project === null) continue;
    if (retired) await requireRetirementBackup(registry, { stack: name, orchestra }, folder);
    else targets.push({ name: orchestra, key: database, connection: migrators[database], retired });
  }
  const results = await backUpAll(targets, { stack: name, folder, signal }, (result) =>
    console.error(`${result.name}: ${result.ok ? `backed up, ${result.rows} rows` : result.reason}`),
  );
  await recordInLog(stack, results);
  signal.throwIfAborted();
  const failed = results.filter(({ ok }) => !ok).map((result) => result.name);
  if (failed.length > 0)
    throw new UserError(
      "backup-missing",
      `Refusing to tear down ${name}: ${failed.join(", ")} could not be backed up, for the reasons above. Nothing was deleted. ` +
        "Mend that, or let the data go with --no-backup.",
    );
}

async function destroy({ name, env }: OpenStack): Promise<void> {
  const args = ["destroy", "--yes", "--skip-preview", "--non-interactive", "--stack", name];
  const { code } = await runStep("pulumi", args, {
    output: "inherit",
    env: { ...env, PULUMI_CONTINUE_ON_ERROR: "true" },
  });
  if (code === 0) return;
  const next = `Run it again to go on: ./stagesub teardown -s ${name}`;
  if (code === 130) throw new UserError("interrupted", `Interrupted. ${next}`);
  throw new UserError("step-failed", `\`pulumi destroy\` failed, for the reasons above. ${next}`);
}

/** A state that was lost holds none of the projects. */
async function requireNoOrphans(stack: OpenStack): Promise<void> {
  const report = await readOrphans(stack);
  if (report.orphans.length === 0) return;
  throw new UserError(
    "leftovers",
    `Expected no project of ${stack.name} to be left, found some that its state does not hold:\n${formatOrphans(report, stack.name)}\n` +
      "The stack itself stays. Delete them, or have `pulumi up` adopt them, and run this again.",
  );
}
