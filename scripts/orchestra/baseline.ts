import path from "node:path";

import { pc } from "../cli/colours.ts";
import { UserError } from "../../infra/errors.ts";
import { parseConnectionUrl, trust } from "../../infra/database/connection/connection.ts";
import { baselineDatabase, type BaselineReport } from "../../infra/database/tenant/baselineDatabase.ts";
import { sources } from "../../infra/database/sources.ts";
import type { Plan } from "../../infra/plan/planStack.ts";
import { makeSchema } from "../migrations/makeSchema.ts";
import { openStack } from "../stack/openStack.ts";
import { formatTable } from "../cli/formatTable.ts";
import { print } from "../cli/output.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";
import { keyOf } from "../../infra/plan/planOrchestras.ts";

interface Options extends StackOptions {
  at: string;
}

/** Returns `baseline <id> --at <file>`: takes over a database that the app made by other means. */
export default function baselineCommand(): StackCommand {
  return new StackCommand("baseline")
    .description(
      "Takes over an adopted database that the app made by other means: compares its schema with what the migrations up to a file make " +
        "on a throw-away PostgreSQL, shows every difference, and writes the ledger only where there is none. Runs no migration in it, " +
        "touches no data and locks no table of the app's; " +
        "`pulumi up` then applies what comes after that file. Exit code 1 where something differs.",
    )
    .argument("<id>", "the orchestra's id, or pool-N: an adopted database of the stack file")
    .requiredOption("--at <file>", "the last migration whose work it holds, such as 0011_audit_log.sql")
    .withOutput()
    .action((id: string, options: Options) => baseline(id, options));
}

async function baseline(id: string, options: Options): Promise<void> {
  const stack = await openStack(options.stack);
  const at = chooseMigration(stack.plan, options.at);
  const { key, direct, owner } = findAdopted(stack.plan, id);
  const made = await makeSchema(at);
  const report = await baselineDatabase({
    connection: trust(parseConnectionUrl(direct), stack.plan.ca),
    made,
    key,
    stack: stack.name,
    ...(owner && { owner }),
    migrations: sources.orchestraMigrations,
    at,
  });
  if (report.differences.length > 0) process.exitCode = 1;
  print(options, { stack: stack.name, database: key, at, ...report }, (width) =>
    formatReport(report, { key, at, stack: stack.name, width }),
  );
}

/** Finds the migration by name. A path to the file does as well: shells complete it. */
function chooseMigration({ migrations }: Plan, at: string): string {
  const file = path.basename(at);
  const files = Object.keys(migrations);
  if (files.includes(file)) return file;
  throw new UserError(
    "command-line",
    `Expected one of migrations/orchestra with --at, got ${JSON.stringify(at)}. There are: ${files.join(", ")}.`,
  );
}

function formatReport(
  { differences, leftAlone, written }: BaselineReport,
  { key, at, stack, width }: { key: string; at: string; stack: string; width: number },
): string {
  const rows = differences.map(({ what, expected, found }) => [what, expected ?? pc.dim("–"), found ?? pc.dim("–")]);
  const left =
    leftAlone.length === 0 ? [] : [`Left alone, as it is no part of the app's tables: ${leftAlone.join(", ")}.`];
  if (written)
    return [
      ...left,
      `${key} is what the migrations up to ${at} make; its ledger says so now. Next: ${pc.bold(`pulumi preview -s ${stack}`)}`,
    ].join("\n");
  return [
    formatTable(["", `the migrations up to ${at} make`, `${key} holds`], rows, { width }),
    ...left,
    `${count(differences.length)} between ${key} and the migrations up to ${at}; nothing was written. Change the database until ` +
      "there is none, or try another file.",
  ].join("\n");
}

function count(number: number): string {
  return number === 1 ? "One difference" : `${number} differences`;
}

/**
 * Finds an adopted database by its pool name, or by the orchestra that holds it.
 *
 * @returns its name in the stack (the orchestra's id, or `pool-N`), the secret URL for migrations, and who holds it; nobody a free pool database
 * @throws {UserError} where that database is not adopted
 */
function findAdopted(
  { orchestras, pool }: Plan,
  id: string,
): { key: string; direct: string; owner?: { orchestra: string; name: string } } {
  const orchestra = orchestras.find((one) => one.id === id);
  const name = orchestra ? keyOf(orchestra) : id;
  const slot = pool.find((one) => one.name === name);
  const source = slot?.source ?? orchestra?.database;
  if (source?.kind === "adopted") {
    const holder = slot
      ? orchestras.find(({ database }) => database.kind === "pool" && database.name === name)
      : orchestra;
    return {
      key: name,
      direct: source.direct,
      ...(holder && { owner: { orchestra: holder.id, name: holder.name } }),
    };
  }
  const adopted = [
    ...orchestras.filter(({ database }) => database.kind === "adopted").map((one) => one.id),
    ...pool.filter((one) => one.source.kind === "adopted").map((one) => one.name),
  ];
  const found =
    source === undefined
      ? "neither an orchestra nor a pool database of this stack"
      : "a Supabase project of this stack";
  throw new UserError(
    "adoption-refused",
    `Expected an adopted database, got ${JSON.stringify(id)}, which is ${found}. Adopted ones (stagesub:adopted): ${adopted.join(", ") || "none"}.`,
  );
}
