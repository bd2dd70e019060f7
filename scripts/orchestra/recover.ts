import { copyFile, mkdir, readdir, readFile, rename } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { Command } from "commander";
import pc from "picocolors";

import { findStateFolder } from "../../infra/config/stateFolder.ts";
import { readCommand } from "../../local/cloud/processes.ts";
import { runPulumi } from "../../local/toolchain/runPulumi.ts";
import { checkout, stackEnvironment } from "../openStack.ts";
import { findWhole, readStateFile, stateFiles } from "../recover/findWhole.ts";
import { CommandError } from "./commandError.ts";
import { jsonOption, stackOption } from "./stackOption.ts";

interface Options {
  stack: string;
  dryRun?: true;
  json?: true;
}

/** `recover`: the way back after a kill or a full disk, where Pulumi keeps its state in a folder. */
export function recoverCommand(): Command {
  return new Command("recover")
    .description(
      "After a run that was killed or that filled its disk, where Pulumi keeps the state in a folder: puts the newest whole state in the place of one " +
        "that was cut off, and takes away the lock of a run that is no more. A run that is at work is refused. Then `pulumi up`.",
    )
    .addOption(stackOption())
    .option("--dry-run", "say what would be done and do nothing")
    .addOption(jsonOption())
    .action(recover);
}

async function recover({ stack, dryRun, json }: Options): Promise<void> {
  const env = await stackEnvironment(stack);
  const folder = await findStateFolder(env);
  if (folder === undefined)
    throw new CommandError(
      "Expected Pulumi to keep its state in a folder (`pulumi login file://…`), found another backend, which leaves no state cut off. A lock that was left: " +
        `pulumi cancel --stack ${stack}`,
    );
  const files = stateFiles(folder, stack);
  const lock = await readLock(files.locks);
  const state = await readStateFile(files.state);
  if (state === undefined)
    throw new CommandError(
      `Expected the state of the stack ${stack} in ${files.state}, found no such file. Stacks there: pulumi stack ls`,
    );
  const whole = state.resources === undefined ? await findWhole(files) : undefined;
  if (state.resources === undefined && whole === undefined)
    throw new CommandError(
      `The state of ${stack} is cut off (${files.state}, ${state.bytes} bytes), and no whole one is kept in ${files.backups}. Bring one back from ` +
        `elsewhere (pulumi stack import --stack ${stack}). Nothing was changed.`,
    );
  if (!dryRun && whole) await putBack(whole.path, files);
  if (!dryRun && lock) await cancel(stack, env);
  const next = `pulumi up --stack ${stack}`;
  if (json) {
    const restored = whole ? { from: whole.path, resources: whole.resources } : null;
    console.log(
      JSON.stringify(
        { stack, file: files.state, restored, lock: lock ?? null, dryRun: dryRun === true, next },
        null,
        2,
      ),
    );
    return;
  }
  if (!whole) console.log(`The state of ${stack} is whole: ${state.resources} resources.`);
  else {
    console.log(
      `The state of ${stack} was cut off (${state.bytes} bytes). ${dryRun ? "Would put back" : "Put back"}: ${whole.path}, ${whole.resources} resources.\n` +
        "What was made since is not in it: the next `up` finds projects, records, databases and rows that are this stack's and takes them in. A project " +
        "that was made since has a password that is lost with the state: `up` says so, and how to go on.",
    );
  }
  if (lock)
    console.log(
      `${dryRun ? "Would take" : "Took"} away the lock of ${lock.username}@${lock.hostname} (pid ${lock.pid}), who is no more.`,
    );
  if (dryRun) console.log("Nothing was changed (--dry-run).");
  else if (whole || lock) console.log(`Next: ${pc.bold(next)}`);
}

interface Lock {
  pid: number;
  username: string;
  hostname: string;
}

/** @throws CommandError where a run is at work, or may be */
async function readLock(folder: string): Promise<Lock | undefined> {
  const [name] = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".json"));
  if (name === undefined) return undefined;
  const lock = await parseLock(path.join(folder, name));
  if (lock.hostname === hostname() && !(await readCommand(lock.pid)).includes("pulumi")) return lock;
  const where = lock.hostname === hostname() ? "here" : `on ${lock.hostname}, which this machine cannot look into`;
  throw new CommandError(
    `Refusing while a run may be at work: ${lock.username} began one ${where} (pid ${lock.pid}). Wait for its end; if it is dead, run \`pulumi cancel\`, then this again.`,
  );
}

async function parseLock(file: string): Promise<Lock> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Lock;
  } catch {
    throw new CommandError(
      `Expected a lock of Pulumi's in ${file}, found no whole one. Run \`pulumi cancel\`, then this again.`,
    );
  }
}

/** The one that was cut off stays beside the kept ones, for whoever wants to look. */
async function putBack(whole: string, { state, backups }: ReturnType<typeof stateFiles>): Promise<void> {
  await mkdir(backups, { recursive: true });
  await copyFile(state, path.join(backups, `${path.basename(state)}.cut-off`));
  const made = `${state}.${process.pid}.partial`;
  await copyFile(whole, made);
  await rename(made, state);
}

async function cancel(stack: string, env: NodeJS.ProcessEnv): Promise<void> {
  const run = await runPulumi({ args: ["cancel", "--yes", "--stack", stack], cwd: checkout, env, output: "capture" });
  if (run.code !== 0) throw new CommandError(`\`pulumi cancel --stack ${stack}\` failed: ${run.stderr.trim()}`);
}
