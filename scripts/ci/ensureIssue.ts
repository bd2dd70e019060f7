import type { Thread } from "./ciContext.ts";
import { explainRefusal, type GitHub, readLogin } from "./connectGitHub.ts";
import { readMarkedDifferences } from "./driftIssue.ts";
import { createOnce, firstLine, refuseTooLong } from "./posts.ts";

/** The wanted content of the one issue. */
export interface WantedIssue {
  /** First line of its text, by which it is found again. */
  marker: string;
  title: string;
  /** Label of the issue. If somebody removes it, the issue is not found any more, and a new one is opened. */
  label: string;
  /** Begins with the marker; undefined closes an open issue. */
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
 * Opens, updates, reopens or closes one issue of the token's own. A comment counts the changes since the last run, because GitHub notifies
 * nobody of a changed text.
 *
 * @returns the issue's address; undefined if there is none and none is needed
 * @throws {UserError} with GitHub's refusal
 */
export async function ensureIssue(
  github: GitHub,
  repository: Repository,
  wanted: WantedIssue,
): Promise<string | undefined> {
  const { title, label, body } = wanted;
  const place = `${repository.owner}/${repository.repo}`;
  refuseTooLong(body ?? "", `an issue of ${place}`);
  return explainRefusal(`update the issue “${title}” of ${place}`, "issues: write", async () => {
    const login = await readLogin(github);
    const find = () => findIssue(github, repository, wanted, login);
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

/** Finds the newest issue of ours, open or closed. */
async function findIssue(
  github: GitHub,
  repository: Repository,
  { marker, label }: WantedIssue,
  login: string,
): Promise<Issue | undefined> {
  const parameters = { ...repository, labels: label, state: "all", per_page: 100 } as const;
  for await (const { data } of github.paginate.iterator("GET /repos/{owner}/{repo}/issues", parameters)) {
    const found = (data as Issue[]).find(
      ({ user, body, pull_request }) =>
        user?.login === login && firstLine(body) === marker && pull_request === undefined,
    );
    if (found) return found;
  }
  return undefined;
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
