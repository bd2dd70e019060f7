import { InvalidArgumentError } from "commander";

import { StackCommand } from "../cli/stackCommand.ts";
import { type CiContext, type Thread, writeSummary } from "./ciContext.ts";
import { connectGitHub, explainRefusal, type GitHub, readLogin } from "./connectGitHub.ts";
import { createOnce, findPost, firstLine, refuseTooLong } from "./posts.ts";
import { runStagesub, type StepRun } from "../cli/runStep.ts";
import { UserError } from "../../infra/errors.ts";

interface Options {
  stack: string;
  base?: string;
  comment?: Thread;
}

/** Returns `preview`: shows reviewers the effects of a change. */
export function previewCommand(context: CiContext, run = runStagesub): StackCommand {
  return new StackCommand("preview")
    .description(
      "Runs `./stagesub plan` and writes its report into the job's summary and into the stack's one comment on the pull request, which the " +
        "next run rewrites. Outside GitHub the report goes to standard output. Exit code 0 for a plan with or without changes, otherwise " +
        "the plan's: 5 refused by policy or SQL rules, 2 configuration, 130 interrupted, 1 any other failure.",
    )
    .option("--base <ref>", "the branch that the change is for (default: the pull request's base branch)")
    .option(
      "--comment <owner/repo#number>",
      "the pull request to comment on (default: the one of this run)",
      parseThread,
    )
    .action((options: Options) => preview(options, context, run));
}

async function preview({ stack, base, comment }: Options, context: CiContext, run: typeof runStagesub): Promise<void> {
  const thread = comment ?? context.pullRequest;
  // Fails early without a token: the plan takes a while.
  const github = thread && connectGitHub(context);
  const { code, report } = await runPlan(stack, base ?? context.base, context, run);
  process.exitCode = goodPlanCodes.includes(code) ? 0 : code;
  if (code === 130) return;
  await writeSummary(context, report);
  if (github && thread) console.error(`The plan of ${stack}: ${await upsertComment(github, thread, report)}`);
}

/** Parses "owner/name#12", as GitHub writes it. @throws InvalidArgumentError */
function parseThread(text: string): Thread {
  const [, owner, repo, number] = /^([\w-]+)\/([\w.-]+)#([1-9]\d{0,9})$/.exec(text) ?? [];
  if (owner && repo && number) return { owner, repo, number: Number(number) };
  throw new InvalidArgumentError("Expected a pull request as owner/repo#12.");
}

interface PlanRun {
  /** As `./stagesub plan`. */
  code: number;
  /** Markdown; its first line is the stack's hidden marker. */
  report: string;
}

/** Exit codes of `./stagesub plan` for a plan that can be applied: no changes, and changes. */
export const goodPlanCodes: readonly number[] = [0, 7];

/**
 * Runs `./stagesub plan`. It does not require a fresh backup of the main database, which `apply` makes.
 *
 * @param base the branch that the change is for; undefined reviews no migrations
 */
export async function runPlan(
  stack: string,
  base: string | undefined,
  context: CiContext,
  run = runStagesub,
): Promise<PlanRun> {
  const args = ["--stack", stack, "--markdown", ...(base === undefined ? [] : ["--base", base])];
  const env = { STAGESUB_BACKUP_CHECK: process.env["STAGESUB_BACKUP_CHECK"] ?? "skip" };
  return readPlan(stack, await run(["plan", ...args], { output: "capture", env }), context);
}

/** Returns the plan's report with its footer, or a report that the plan has none: an old comment would pass for this run's. */
export function readPlan(stack: string, { code, stdout }: StepRun, { commit, runUrl }: CiContext): PlanRun {
  const marker = `<!-- stagesub-plan stack=${stack} -->`;
  const isWhole = firstLine(stdout) === marker;
  const missing =
    `**There is no plan for ${stack}**: \`./stagesub plan --stack ${stack}\` ended with exit code ${code} and without a report. ` +
    "The log of the run has the reason.";
  const from = [...(commit ? [`commit ${commit.slice(0, 10)}`] : []), ...(runUrl ? [`[this run](${runUrl})`] : [])];
  const footer = from.length === 0 ? "" : `<sub>From ${from.join(", ")}.</sub>`;
  return {
    code: isWhole || !goodPlanCodes.includes(code) ? code : 1,
    report: `${isWhole ? stdout.trimEnd() : `${marker}\n\n${missing}`}\n\n${footer}`.trimEnd(),
  };
}

interface Comment {
  id: number;
  html_url: string;
  body?: string;
  user: { login: string } | null;
}

/**
 * Writes a text into the one comment of a thread that is the token's own and begins with the same line, or creates that comment. Comments
 * of other users are never changed, whatever they begin with.
 *
 * @param body its first line is the hidden marker by which it is found again
 * @returns the comment's address
 * @throws {UserError} for a body over GitHub's limit, and with GitHub's refusal
 */
export async function upsertComment(github: GitHub, thread: Thread, body: string): Promise<string> {
  const { owner, repo, number } = thread;
  const at = { owner, repo, issue_number: number };
  const marker = firstLine(body);
  const place = `${owner}/${repo}#${number}`;
  if (!/^<!-- .+ -->$/.test(marker))
    throw new UserError(
      "github-refused",
      `Expected a hidden marker as the first line of a comment, got ${JSON.stringify(marker)}.`,
    );
  refuseTooLong(body, `a comment on ${place}`);
  return explainRefusal(`comment on ${place}`, "pull-requests: write", async () => {
    const login = await readLogin(github);
    const find = () => {
      const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
      return findPost<Comment>(github.paginate.iterator(route, { ...at, per_page: 100 }), login, marker);
    };
    const found = await find();
    if (found) {
      const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
      return (await github.request(route, { owner, repo, comment_id: found.id, body })).data.html_url;
    }
    const create = async (): Promise<Comment> => {
      const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
      return (await github.request(route, { ...at, body, request: { retries: 0 } })).data as Comment;
    };
    return (await createOnce(create, find)).html_url;
  });
}
