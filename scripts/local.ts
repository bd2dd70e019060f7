import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { askHealth } from "../local/cloud/control/askControl.ts";
import type { Health } from "../local/cloud/control/health.ts";
import { ensureStack } from "../local/cloud/ensureStack.ts";
import { findStateDir } from "../local/cloud/findStateDir.ts";
import { followLog, readLastLines } from "../local/cloud/followLog.ts";
import { localEnvironment } from "../local/cloud/localEnvironment.ts";
import { requireCloud } from "../local/cloud/requireCloud.ts";
import { readSettings, type SettingsChange } from "../local/cloud/settings.ts";
import { resetLocalCloud } from "../local/cloud/supervise/resetLocalCloud.ts";
import { startLocalCloud } from "../local/cloud/supervise/startLocalCloud.ts";
import { statePaths } from "../local/cloud/supervise/statePaths.ts";
import { stopLocalCloud } from "../local/cloud/supervise/stopLocalCloud.ts";
import { ensureToolchain } from "../local/toolchain/ensureToolchain.ts";
import { quoteForShell } from "../infra/util/text.ts";
import { agree } from "./cli/agree.ts";
import { checkout } from "../infra/util/checkout.ts";

/** Returns `local` with its commands. */
export default function localCommand(): Command {
  const stateDir = () => findStateDir(local.opts<{ dir?: string }>().dir);
  const local = new Command("local")
    .description(
      "The local cloud: what Pulumi needs of Supabase, Cloudflare, DNS and the app, on loopback and without accounts.",
    )
    .option("--dir <folder>", "where it keeps its state (default: $STAGESUB_LOCAL_DIR, or .local in the checkout)");

  local
    .command("start")
    .description(
      "Start it in the background and wait until every service answers. Ports and waits are remembered for later starts.",
    )
    .option("--port-base <number>", "the first of eight consecutive ports (default: 24720)", parseNumber)
    .option(
      "--project-wait-ms <number>",
      "how long a new Supabase project stays COMING_UP (default: 1500)",
      parseNumber,
    )
    .action(async (change: SettingsChange) => {
      await startLocalCloud({ dir: stateDir(), log: console.log, ...change });
      const { dir } = local.opts<{ dir?: string }>();
      const env = dir === undefined ? "env" : `--dir ${quoteForShell(stateDir())} env`;
      console.log(`\nNext: eval "$(./stagesub local ${env})" && pulumi up -s local`);
    });

  local
    .command("stop")
    .description("Stop it and wait until its processes have ended. Its state stays. Also cleans up after a kill -9.")
    .action(async () => {
      console.log(
        (await stopLocalCloud(stateDir())) ? "The local cloud has stopped." : "The local cloud was not running.",
      );
    });

  local
    .command("status")
    .description("Show which services answer. Exit code 0 only if it runs and all of them do.")
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => {
      const settings = await readSettings(stateDir());
      const health = settings && (await askHealth(settings));
      if (options.json)
        console.log(JSON.stringify({ dir: stateDir(), ...(health ?? { status: "stopped", services: [] }) }));
      else if (health) printHealth(health);
      else console.log("The local cloud is not running.");
      if (health?.status !== "healthy") process.exitCode = 1;
    });

  local
    .command("reset")
    .description(
      "Stop it and delete its state: all databases, DNS records, tokens, and the Pulumi state of the stack local.",
    )
    .option("-y, --yes", "do not ask")
    .action(async (options: { yes?: true }) => {
      const dir = stateDir();
      if (!options.yes && !(await agree(`Delete everything the local cloud keeps in ${dir}?`))) return;
      await resetLocalCloud(dir);
      console.log("The local cloud's state is gone. `./stagesub local start` begins anew.");
    });

  local
    .command("env")
    .description('Print what to export so that plain `pulumi` uses it: eval "$(./stagesub local env)"')
    .action(async () => {
      const settings = await requireCloud(stateDir());
      const toolchain = await ensureToolchain({ log: console.error });
      const environment = localEnvironment(settings, toolchain);
      await ensureStack(settings.dir, toolchain.pulumi, environment, checkout);
      for (const [name, value] of Object.entries(environment)) {
        console.log(`export ${name}=${quoteForShell(name === "PATH" ? withoutNpm(value) : value)}`);
      }
    });

  local
    .command("logs")
    .description("Show what its services logged.")
    .option("--lines <number>", "how many of the last lines", parseNumber, 50)
    .option("-f, --follow", "go on with what comes")
    .action(async (options: { lines: number; follow?: true }) => {
      const { log } = statePaths(stateDir());
      for (const line of await readLastLines(log, options.lines)) console.log(line);
      if (options.follow) await followLog(log, (text) => process.stdout.write(text));
    });
  return local;
}

function printHealth({ status, services }: Health): void {
  console.log(`The local cloud is ${status}:`);
  for (const { name, port, healthy } of services) {
    console.log(`  ${healthy ? "up  " : "DOWN"}  ${name.padEnd(12)} 127.0.0.1:${port}`);
  }
}

/**
 * Drops the folders that `npm run` put in front for this one command: the shell that takes the exports should not
 * keep them.
 */
function withoutNpm(value: string): string {
  const bin = "node_modules/.bin";
  const added = (folder: string) =>
    folder.endsWith("/node-gyp-bin") || (folder.endsWith(bin) && checkout.startsWith(folder.slice(0, -bin.length)));
  return value
    .split(path.delimiter)
    .filter((folder) => !(process.env["npm_lifecycle_event"] && added(folder)))
    .join(path.delimiter);
}

function parseNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
