import { errorPc } from "./cli/colours.ts";
import { type Accounts, describeLeftovers, findLeftovers, readAccounts, takeAway } from "./accept/accounts.ts";
import { describeTools, findDifferences, formatDifferences, readExpected, writeExpected } from "./accept/compare.ts";
import { runSteps } from "./accept/runSteps.ts";
import { clearWorkplace } from "./accept/workplace.ts";
import { UserError } from "../infra/errors.ts";
import { agree } from "./cli/agree.ts";
import { StackCommand, type StackOptions } from "./cli/stackCommand.ts";
import { prices } from "./preview/read/readCost.ts";
import { steps } from "./accept/steps.ts";

interface Options extends StackOptions {
  yes?: true;
  clean?: true;
  writeExpected?: true;
}

/** Returns `accept`. */
export default function acceptCommand(): StackCommand {
  return new StackCommand("accept")
    .description(
      "Proves the product on the real accounts of a stack: makes two throw-away orchestras in them, takes them through their whole life " +
        "and away again, and shows where the APIs answer otherwise than the local cloud. The stack's own state, main database and orchestras " +
        "are not touched. It says what it makes and what that costs, and asks.",
    )
    .option("-y, --yes", "do not ask")
    .option("--clean", "only take away what an earlier run left, after a kill or a lost machine")
    .option(
      "--write-expected",
      "of the stack local: make what it answers the expectation, scripts/accept/expected.json",
    )
    .withJson()
    .addHelpText(
      "after",
      `
Exit codes:
    0  every step passed and nothing differs
    7  every step passed and answers differ
    1  a step failed, or something is left`,
    )
    .action(accept);
}

async function accept({ stack, yes, clean, json, writeExpected: write }: Options): Promise<void> {
  if (write && stack !== "local")
    throw new UserError(
      "command-line",
      "Expected --write-expected with --stack local: the expectation is what the local cloud answers.",
    );
  const accounts = await readAccounts(stack);
  const left = describeLeftovers(await findLeftovers(accounts));
  const say = (text: string) => console.error(text);
  if (clean && left.length === 0) say(`Nothing of an earlier run is in the accounts of ${stack}.`);
  else say(clean ? [`Left in the accounts of ${stack}:`, ...left].join("\n  ") : describeRun(accounts, left));
  if (!yes && !(clean && left.length === 0) && !(await agree(clean ? "Delete these?" : "Go on?"))) {
    say("Nothing was made or deleted.");
    process.exitCode = 1;
    return;
  }
  await clearWorkplace(accounts);
  await takeAway(accounts, { say });
  if (clean) return;

  const run = await runSteps(accounts);
  const passed = run.steps.every(({ ok }) => ok);
  if (write && passed) await writeExpected(run.recording);
  // A run that was cut short has not made all requests.
  const differences = passed ? findDifferences(await readExpected(), run.recording) : [];
  const { interrupted, recording: _recording, ...result } = run;
  if (json)
    console.log(JSON.stringify({ stack, ok: passed && run.left === undefined, ...result, differences }, null, 2));
  else if (differences.length > 0)
    console.log(
      `\nWhere these accounts answer otherwise than the local cloud (${await describeTools()}). It holds no secrets; please put it into an issue:\n\n${formatDifferences(differences)}`,
    );
  if (passed)
    say(
      `\nAll ${run.steps.length} steps passed; where the answers differ from the local cloud's: ${differences.length || "nowhere"}. Log: ${run.log}`,
    );
  else say(errorPc.red(`\n${interrupted ? "Interrupted" : "Failed"}. Log: ${run.log}`));
  if (run.left !== undefined) say(errorPc.red(`${run.left}\nTake it away: ./stagesub accept --stack ${stack} --clean`));
  process.exitCode = !passed || run.left !== undefined ? 1 : differences.length > 0 ? 7 : 0;
}

const hoursAMonth = 730;

/** Says before anything is made what a run makes, costs, checks and leaves unproven. */
function describeRun({ of, stack, plan, projects, hosts }: Accounts, left: string[]): string {
  const { organization, region, size } = plan.supabase;
  const cost = ((projects.length * prices.compute[size]) / hoursAMonth).toFixed(2);
  const width = Math.max(...steps.map(({ name }) => name.length));
  return [
    `An acceptance run on the real accounts of ${of}: Supabase organization ${organization} (${region}), Cloudflare zone of ${plan.domain}.`,
    "",
    "It makes, and takes away again:",
    `  Supabase projects  ${projects.join(", ")} (${size})`,
    `  DNS records        ${hosts.join(", ")}`,
    `  on this machine    the stack ${stack} with a state and a main database of its own; those of ${of} are not opened`,
    `It costs about ${cost} USD for each hour that begins (compute, list of ${prices.asOf}), and an organization on the free plan has room for two projects.`,
    "It takes 10 to 30 minutes, most of them Supabase's. Ctrl-C takes everything away too.",
    "",
    "It checks, in this order:",
    ...steps.map(({ name, proves }) => `  ${name.padEnd(width)}  ${proves}`),
    `It does not prove the app's certificate, page and sign-in: the app looks into the main database of ${of}, where these orchestras are not.`,
    ...(left.length > 0
      ? ["", "An earlier run left these, which are deleted first:", ...left.map((line) => `  ${line}`)]
      : []),
  ].join("\n");
}
