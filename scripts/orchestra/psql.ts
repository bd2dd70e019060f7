import path from "node:path";

import { previewLimits } from "../../infra/database/connection/connectClient.ts";
import { type Connection, parseConnectionUrl, trust, withClient } from "../../infra/database/connection/connection.ts";
import { readServerMajor } from "../../infra/database/connection/serverFacts.ts";
import { findPostgresPrograms } from "../../infra/database/programs/findPostgresPrograms.ts";
import { withProgramEnvironment } from "../../infra/database/programs/startProgram.ts";
import { registryName } from "../../infra/database/registry/audit.ts";
import { UserError } from "../../infra/errors.ts";
import { keyOf } from "../../infra/plan/planOrchestras.ts";
import { runProgram } from "../../infra/util/runProgram.ts";
import { leaveInterruptions } from "../cli/interruption.ts";
import { StackCommand, type StackOptions } from "../cli/stackCommand.ts";
import { type OpenStack, openStack } from "../stack/openStack.ts";

/** Returns `psql`. */
export default function psqlCommand(): StackCommand {
  return new StackCommand("psql")
    .description(
      "Opens psql on one database of a stack: as the owning role over the way that migrations take, or with --app as the app's login " +
        "over the app's way. The password reaches psql by its environment. Ends with psql's exit code.",
    )
    .argument("<database>", `an orchestra's id, pool-N, or ${registryName} for the main database`)
    .argument("[arguments...]", "for psql, after --: -- -c 'SELECT 1'")
    .option("--app", "as the app's own login: sees and may do what the app sees and may do")
    .action(async (name: string, args: string[], { stack, app }: StackOptions & { app?: true }) => {
      process.exitCode = await runPsql(chooseConnection(await openStack(stack), name, app ?? false), args);
    });
}

/** Returns the way into a database. @throws {UserError} for a name that the stack does not have, and where there is no way */
function chooseConnection(stack: OpenStack, name: string, asApp: boolean): Connection {
  const { plan, outputs, migrators, registry } = stack;
  if (name === registryName && !asApp) return registry;
  const orchestra = plan.orchestras.find(({ id }) => id === name);
  const pool = plan.pool.map((database) => database.name);
  if (orchestra === undefined && !pool.includes(name))
    throw new UserError(
      "command-line",
      `Expected a database of the stack ${stack.name}, got ${JSON.stringify(name)}${asApp ? " for the app" : ""}. There are: ` +
        `${[...(asApp ? [] : [registryName]), ...plan.orchestras.map(({ id }) => id), ...pool].join(", ")}.`,
    );
  const key = orchestra ? keyOf(orchestra) : name;
  const url = outputs.connections[name];
  const connection = asApp ? url && trust(parseConnectionUrl(url), plan.ca) : migrators[key];
  if (connection) return connection;
  throw new UserError(
    "orchestra-not-ready",
    `${name} has no database that can be opened: ` +
      (orchestra?.state === "retired"
        ? "it is retired. Open its backup in place of it."
        : `run \`pulumi up -s ${stack.name}\` first.`),
  );
}

async function runPsql(connection: Connection, args: string[]): Promise<number> {
  // Says why a database cannot be reached in our words, and finds the fitting program.
  const folder = await findPostgresPrograms(await withClient(connection, readServerMajor, previewLimits));
  return withProgramEnvironment(connection, async (env) => {
    // Ctrl-C belongs to psql, which ends the running statement.
    leaveInterruptions();
    const options = { env: { ...process.env, ...env }, show: "terminal" } as const;
    const { code, startError } = await runProgram(path.join(folder, "psql"), args, options);
    if (startError) throw new UserError("program-missing", `Cannot start psql: ${startError.message}`);
    return code ?? 1;
  });
}
