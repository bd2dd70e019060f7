import { UserError } from "../../infra/errors.ts";
import { explainGitHubError, type GitHub, readLogin } from "./connectGitHub.ts";
import { createOnce } from "./createOnce.ts";
import { readMarkedDifferences } from "./driftIssue.ts";
import { firstLine, refuseTooLong } from "./markedText.ts";
import type { Thread } from "./ciContext.ts";

/** The wanted content of the one issue. */
export interface WantedIssue {
  /** First line of its text, by which it is found again. */
  marker: string;
  title: string;
  /** Label of the issue. If somebody removes it, the issue is not found any more, and a new one is opened. */
  label: string;
  /** Begins with the marker. Undefined: there is nothing to say, and an open issue is closed. */
  body: string | undefined;
}

interface Issue {
  number: number;
  html_url: string;
  state: string;
  body?: string | null;
  user: { login: string } | null;
  pull_request?: object;
}

type Repository = Pick<Thread, "owner" | "repo">;

/**
 * Keeps one issue of the token's own: opens, updates, reopens or closes it. A comment says what is new since the last time, because
 * a changed text alone reaches nobody.
 *
 * @returns where it is to be seen; undefined where there is none and none is needed
 * @throws {UserError} with GitHub's refusal
 */
export async function ensureIssue(
  github: GitHub,
  repository: Repository,
  wanted: WantedIssue,
): Promise<string | undefined> {
  const { body } = wanted;
  const place = `${repository.owner}/${repository.repo}`;
  refuseTooLong(body ?? "", `an issue of ${place}`);
  try {
    const login = await readLogin(github);
    const find = () => findIssue(github, repository, wanted, login);
    const found = await find();
    if (body !== undefined && found === undefined)
      return (await createOnce(() => open(github, repository, wanted, body), find)).html_url;
    if (found === undefined || (body === undefined && found.state !== "open")) return undefined;
    await change(github, repository, found, body);
    return found.html_url;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw explainGitHubError(error, `keep the issue “${wanted.title}” of ${place}`, "issues: write");
  }
}

/** Finds the newest issue of ours, open or closed. */
async function findIssue(
  github: GitHub,
  repository: Repository,
  { marker, label }: WantedIssue,
  login: string,
): Promise<Issue | undefined> {
  const parameters = { ...repository, labels: label, state: "all", per_page: 100 } as const;
  for await (const { data } of github.paginate.iterator("GET /repos/{owner}/{repo}/issues", parameters)) {
    const isOurs = ({ user, body, pull_request }: Issue) =>
      user?.login === login && firstLine(body ?? "") === marker && pull_request === undefined;
    const found = (data as Issue[]).find(isOurs);
    if (found) return found;
  }
  return undefined;
}

async function open(
  github: GitHub,
  repository: Repository,
  { title, label }: WantedIssue,
  body: string,
): Promise<Issue> {
  const request = { ...repository, title, labels: [label], body, request: { retries: 0 } };
  return (await github.request("POST /repos/{owner}/{repo}/issues", request)).data;
}

async function change(github: GitHub, repository: Repository, issue: Issue, body: string | undefined): Promise<void> {
  const at = { ...repository, issue_number: issue.number };
  const news = describeNews(issue, body);
  const state = body === undefined ? { state: "closed", state_reason: "completed" } : { state: "open", body };
  await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", { ...at, ...(state as { state: "open" }) });
  if (news !== undefined)
    await github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", { ...at, body: news });
}

function describeNews({ state, body: old }: Issue, body: string | undefined): string | undefined {
  if (body === undefined) return "Nothing differs any more.";
  if (state !== "open") return "It differs again: the text above is new.";
  const [before, after] = [readMarkedDifferences(old ?? ""), readMarkedDifferences(body)];
  const came = after.filter((digest) => !before.includes(digest)).length;
  const went = before.filter((digest) => !after.includes(digest)).length;
  return came + went === 0
    ? undefined
    : `Since the last look: ${came} new, ${went} gone. The text above is as it is now.`;
}
