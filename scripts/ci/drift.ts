import { noColours } from "../cli/colours.ts";
import { StackCommand } from "../cli/stackCommand.ts";
import { type Compared, formatDrift } from "../fleet/difference.ts";
import { type CiContext, type Thread, writeSummary } from "./ciContext.ts";
import { connectGitHub, explainRefusal, type GitHub, readLogin } from "./connectGitHub.ts";
import { postWebhook } from "./postWebhook.ts";
import { runStagesub, type StepRun } from "../cli/runStep.ts";
import { createOnce, findPost, formatBlock, refuseTooLong } from "./posts.ts";
import { sha256 } from "../../infra/util/digest.ts";

/** Returns `drift`: reports differences from the declaration in one issue. */
export function driftCommand(context: CiContext): StackCommand {
  return new StackCommand("drift")
    .description(
      "Runs `./stagesub drift` and reports differences in the job's summary and in one issue of the repository: opened at the first " +
        "difference, rewritten by each run, closed once nothing differs. Outside GitHub the report goes to standard output. " +
        "Exit codes as `./stagesub drift`: 0 no difference, 7 differences, 1 something could not be checked.",
    )
    .action(async ({ stack }: { stack: string }) => {
      // Fails early without a token: the comparison takes a while.
      if (context.repository) connectGitHub(context);
      const run = await runStagesub(["drift", "--stack", stack, "--json"], { output: "capture" });
      process.exitCode = run.code;
      if (run.code === 130) return;
      await reportDrift(stack, run, context);
      if (run.code === 0) return;
      const outcome = run.code === 7 ? "drift" : "failed";
      const text = outcome === "drift" ? "something differs from what is declared." : "the drift check failed.";
      await postWebhook(context, { stack, command: "drift", outcome, text });
    });
}

/**
 * Reports a run of `./stagesub drift --json` in the summary and, on GitHub, in the stack's issue.
 *
 * @param run its standard output is empty if it failed before the comparison
 */
export async function reportDrift(stack: string, { code, stdout }: StepRun, context: CiContext): Promise<void> {
  const checked = stdout.trim() === "" ? undefined : (JSON.parse(stdout) as { checked: Compared[] }).checked;
  const output = checked
    ? formatDrift(checked, stack, noColours)
    : `? ./stagesub drift ended with exit code ${code} before it compared anything. The log of the run has the reason.`;
  const text = formatDriftIssue(stack, output, context);
  await writeSummary(context, text);
  if (!context.repository) return;
  const body = code === 0 ? undefined : `${markDifferences(checked ?? [])}\n${text}`;
  const url = await ensureDriftIssue(connectGitHub(context), context.repository, stack, body);
  if (url !== undefined) console.error(`The drift of ${stack}: ${url}`);
}

interface Issue {
  number: number;
  html_url: string;
  state: string;
  body?: string | null;
  user: { login: string } | null;
}

type Repository = Pick<Thread, "owner" | "repo">;

/** If somebody removes it from the issue, the issue is not found any more, and a new one is opened. */
const label = "drift";

/**
 * Opens, updates, reopens or closes a stack's one issue of the token's own. A comment counts the changes since the last run, because GitHub
 * notifies nobody of a changed text.
 *
 * @param text undefined closes an open issue
 * @returns the issue's address; undefined if there is none and none is needed
 * @throws {UserError} with GitHub's refusal
 */
async function ensureDriftIssue(
  github: GitHub,
  repository: Repository,
  stack: string,
  text: string | undefined,
): Promise<string | undefined> {
  const title = `Drift: ${stack}`;
  const marker = `<!-- stagesub-drift stack=${stack} -->`;
  const body = text && `${marker}\n${text}`;
  const place = `${repository.owner}/${repository.repo}`;
  refuseTooLong(body ?? "", `an issue of ${place}`);
  return explainRefusal(`update the issue “${title}” of ${place}`, "issues: write", async () => {
    const login = await readLogin(github);
    // The newest one, open or closed.
    const find = () => {
      const query = { ...repository, labels: label, state: "all", per_page: 100 } as const;
      const pages = github.paginate.iterator("GET /repos/{owner}/{repo}/issues", query);
      return findPost<Issue>(pages, login, marker);
    };
    const found = await find();
    if (found) {
      if (body === undefined && found.state !== "open") return undefined;
      await change(github, repository, found, body);
      return found.html_url;
    }
    if (body === undefined) return undefined;
    const create = async (): Promise<Issue> => {
      const request = { ...repository, title, labels: [label], body, request: { retries: 0 } };
      return (await github.request("POST /repos/{owner}/{repo}/issues", request)).data;
    };
    return (await createOnce(create, find)).html_url;
  });
}

async function change(github: GitHub, repository: Repository, issue: Issue, body: string | undefined): Promise<void> {
  const at = { ...repository, issue_number: issue.number };
  const state =
    body === undefined ? ({ state: "closed", state_reason: "completed" } as const) : ({ state: "open", body } as const);
  await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", { ...at, ...state });
  const news = describeNews(issue, body);
  if (news !== undefined)
    await github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", { ...at, body: news });
}

function describeNews({ state, body: old }: Issue, body: string | undefined): string | undefined {
  if (body === undefined) return "Nothing differs any more.";
  if (state !== "open") return "Differences again: the text above is new.";
  const [before, after] = [readMarkedDifferences(old ?? ""), readMarkedDifferences(body)];
  const added = after.filter((digest) => !before.includes(digest)).length;
  const gone = before.filter((digest) => !after.includes(digest)).length;
  return added + gone === 0 ? undefined : `Since the last run: ${added} new, ${gone} gone. The text above is current.`;
}

/** GitHub takes 65,536 characters, and the text may have 60,000. */
const mostMarked = 400;

/**
 * Formats drift as Markdown.
 *
 * @param output of `./stagesub drift`: a line for each difference, and a last line that counts them
 */
function formatDriftIssue(stack: string, output: string, { runUrl }: CiContext): string {
  const command = `./stagesub drift --stack ${stack}`;
  return [
    `Differences between **${stack}** and its declaration, as \`${command}\` found them:`,
    "",
    formatBlock(output, command),
    "",
    "Their meaning and the remedies: docs/operations.md, “Drift”.",
    "",
    `<sub>${runUrl ? `From [this run](${runUrl}). ` : ""}The next run replaces this text, and closes the issue once nothing differs.</sub>`,
  ].join("\n");
}

/** Returns a hidden line with a digest of each difference, by which the next run counts the new ones. */
function markDifferences(checked: readonly Compared[]): string {
  const digests = checked.flatMap(({ id, differences }) =>
    differences.map((one) => sha256(JSON.stringify([id, one])).slice(0, 8)),
  );
  return `<!-- stagesub-differences ${digests.slice(0, mostMarked).join(" ")} -->`;
}

function readMarkedDifferences(text: string): string[] {
  return /^<!-- stagesub-differences ([0-9a-f ]*) -->$/m.exec(text)?.[1]?.split(" ") ?? [];
}
