import { Command, Option } from "commander";

import { count } from "../../infra/util/text.ts";
import { agree } from "../cli/agree.ts";
import { awaitInterruption } from "../cli/interruption.ts";
import { jsonOption } from "../cli/output.ts";
import { parseCount } from "../cli/parseOption.ts";
import { withProgress } from "../cli/withProgress.ts";
import { type Action, actions } from "./actions.ts";
import { formatMarkdown, formatOrder, formatRun, formatSummary, toJson } from "./formatRuns.ts";
import { moveCommand } from "./move.ts";
import { exitCodeOf, type OrderedStack, orderStacks, readGate, runStacks, type StackRun } from "./runStacks.ts";
import { UserError } from "../../infra/errors.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { isLocal, stackEnvironment } from "../stack/openStack.ts";
import { listStackFiles } from "../stack/stackFile.ts";

interface Options {
  parallel: number;
  canary?: string[];
  yes?: true;
  markdown?: true;
  json?: true;
}

/** Returns `fleet` with its commands. */
export default function fleetCommand(): Command {
  const fleet = new Command("fleet").description(
    "Runs one command for many stacks, such as those that share one main database: docs/fleet.md. Exit codes: 0; 7 where at least one stack has " +
      "changes or differences; the code of the failed stacks, or 1 if they have several; 130 when interrupted.",
  );
  for (const [name, action] of Object.entries(actions)) fleet.addCommand(actionCommand(name, action));
  return fleet.addCommand(moveCommand());
}

function actionCommand(name: string, action: Action): Command {
  const command = new Command(name)
    .description(action.description)
    .argument("<stacks...>", "names of stacks, or patterns of them: 'production-*'")
    .option("--parallel <number>", "how many stacks at once", parseCount(99), 4)
    .addOption(
      new Option("--markdown", "print Markdown for a comment, and nothing else, on standard output").conflicts("json"),
    )
    .addOption(jsonOption());
  if (action.asks) {
    command.option("--canary <stacks...>", "the stacks that go first");
    command.option("--yes", "do not ask");
  }
  return command.action(async (patterns: string[], options: Options) => {
    const stacks = await chooseStacks(patterns);
    const ordered = action.asks
      ? orderStacks(stacks, options.canary ?? [], readGate)
      : stacks.map((stack) => ({ stack, behind: [] }));
    if (action.asks && !options.yes && !(await agree(`${action.verb} ${formatOrder(ordered)}. Go on?`))) return;
    const runs = await runAll(action, ordered, options.parallel);
    process.exitCode = exitCodeOf(runs);
    if (options.json) console.log(JSON.stringify(toJson(name, runs), null, 2));
    else if (options.markdown) process.stdout.write(formatMarkdown(name, patterns, runs));
    else console.log(formatSummary(runs));
  });
}

/** Runs a command for all stacks, with a line on standard error for each one that has ended, and the whole output of one that failed or differs. */
async function runAll(action: Action, ordered: readonly OrderedStack[], parallel: number): Promise<StackRun[]> {
  const signal = awaitInterruption();
  const atWork = new Set<string>();
  let ended = 0;
  return withProgress(`${action.verb} ${count(ordered.length, "stack")}`, "the first ones start", (waitFor, say) => {
    const progress = () => waitFor("at work", `${ended} of ${ordered.length} done: ${[...atWork].join(", ")}`);
    signal.addEventListener("abort", () =>
      waitFor("interrupted: the stacks at work end gently; Ctrl-C again ends them at once"),
    );
    return runStacks(ordered, {
      parallel,
      signal,
      run: (stack) => {
        atWork.add(stack);
        progress();
        return action.run(stack, signal);
      },
      onEnd: (run) => {
        atWork.delete(run.stack);
        ended++;
        say(formatRun(run, `${ended}/${ordered.length}`));
        progress();
      },
    });
  });
}

/**
 * Returns the stacks that the patterns name and that Pulumi's backend holds, by name. Says on standard error which ones it leaves out.
 *
 * @throws {UserError} for a pattern that names no stack file, and where no stack is left
 */
async function chooseStacks(patterns: readonly string[]): Promise<string[]> {
  const wanted = matchStacks(patterns, listStackFiles());
  const held = await listHeldStacks(wanted);
  const missing = wanted.filter((stack) => !held.has(stack));
  const advice = `found no stack in Pulumi's backend for ${missing.join(", ")}. Make it: ./stagesub init ${missing[0]}`;
  if (missing.length === wanted.length) throw new UserError("stack-unknown", `Expected stacks, ${advice}`);
  if (missing.length > 0) console.error(`Left out: ${advice}`);
  return wanted.filter((stack) => held.has(stack));
}

/** Returns the names that at least one pattern matches: `*` stands for any text, `?` for one character. Pure. */
export function matchStacks(patterns: readonly string[], stacks: readonly string[]): string[] {
  const matched = patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    const found = stacks.filter((stack) => new RegExp(`^${source}$`).test(stack));
    if (found.length > 0) return found;
    throw new UserError(
      "stack-unknown",
      `Expected stack files that ${JSON.stringify(pattern)} matches, found none. There are: ${stacks.join(", ") || "none"}.`,
    );
  });
  return stacks.filter((stack) => matched.some((found) => found.includes(stack)));
}

/** Asks each backend once: the local cloud's, and the one that you are logged in to. */
async function listHeldStacks(stacks: readonly string[]): Promise<ReadonlySet<string>> {
  const first = [true, false].flatMap((local) => stacks.find((stack) => isLocal(stack) === local) ?? []);
  const lists = first.map(async (stack) => {
    const options = { cwd: checkout, env: await stackEnvironment(stack) };
    const held = JSON.parse(await readPulumi(["stack", "ls", "--json"], options)) as { name: string }[];
    return held.map(({ name }) => name.slice(name.lastIndexOf("/") + 1));
  });
  return new Set((await Promise.all(lists)).flat());
}
