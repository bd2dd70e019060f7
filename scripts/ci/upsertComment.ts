import { UserError } from "../../infra/errors.ts";
import { explainGitHubError, type GitHub, readLogin } from "./connectGitHub.ts";
import { createOnce } from "./createOnce.ts";
import { firstLine, refuseTooLong } from "./markedText.ts";
import type { Thread } from "./ciContext.ts";

interface Comment {
  id: number;
  html_url: string;
  body?: string;
  user: { login: string } | null;
}

/**
 * Puts a text into the one comment of a thread that is the token's own and begins with the same line, and makes that comment
 * where there is none. Somebody else's comment is never touched, whatever it begins with.
 *
 * @param body its first line is the hidden marker by which it is found again
 * @returns where the comment is to be seen
 * @throws {UserError} for a body over GitHub's limit, and with GitHub's refusal
 */
export async function upsertComment(github: GitHub, thread: Thread, body: string): Promise<string> {
  const marker = firstLine(body);
  const place = `${thread.owner}/${thread.repo}#${thread.number}`;
  if (!/^<!-- .+ -->$/.test(marker))
    throw new UserError(
      "github-refused",
      `Expected a hidden marker as the first line of a comment, got ${JSON.stringify(marker)}.`,
    );
  refuseTooLong(body, `a comment on ${place}`);
  try {
    const login = await readLogin(github);
    const find = () =>
      findComment(github, thread, (comment) => comment.user?.login === login && firstLine(comment.body) === marker);
    const found = await find();
    if (found !== undefined) return await update(github, thread, found, body);
    return (await createOnce(() => create(github, thread, body), find)).html_url;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw explainGitHubError(error, `comment on ${place}`, "pull-requests: write");
  }
}

async function findComment(
  github: GitHub,
  { owner, repo, number }: Thread,
  isOurs: (comment: Comment) => boolean,
): Promise<Comment | undefined> {
  const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const pages = github.paginate.iterator(route, { owner, repo, issue_number: number, per_page: 100 });
  for await (const { data } of pages) {
    const found = (data as Comment[]).find(isOurs);
    if (found) return found;
  }
  return undefined;
}

async function update(github: GitHub, { owner, repo }: Thread, comment: Comment, body: string): Promise<string> {
  const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
  const { data } = await github.request(route, { owner, repo, comment_id: comment.id, body });
  return data.html_url;
}

async function create(github: GitHub, { owner, repo, number }: Thread, body: string): Promise<Comment> {
  const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const { data } = await github.request(route, { owner, repo, issue_number: number, body, request: { retries: 0 } });
  return data as Comment;
}
