import { UserError } from "../../infra/errors.ts";
import type { Thread } from "./ciContext.ts";
import { explainRefusal, type GitHub, readLogin } from "./connectGitHub.ts";
import { createOnce, firstLine, refuseTooLong } from "./posts.ts";

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
    const find = () => findComment(github, thread, login, marker);
    const found = await find();
    if (found) {
      const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
      return (await github.request(route, { owner, repo, comment_id: found.id, body })).data.html_url;
    }
    const create = async (): Promise<Comment> => {
      const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
      const { data } = await github.request(route, {
        owner,
        repo,
        issue_number: number,
        body,
        request: { retries: 0 },
      });
      return data as Comment;
    };
    return (await createOnce(create, find)).html_url;
  });
}

async function findComment(
  github: GitHub,
  { owner, repo, number }: Thread,
  login: string,
  marker: string,
): Promise<Comment | undefined> {
  const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const pages = github.paginate.iterator(route, { owner, repo, issue_number: number, per_page: 100 });
  for await (const { data } of pages) {
    const found = (data as Comment[]).find(({ user, body }) => user?.login === login && firstLine(body) === marker);
    if (found) return found;
  }
  return undefined;
}
