import { afterEach, beforeEach, describe, it as vitestIt, vi } from "vitest";

import { connectGitHub } from "../../../scripts/ci/connectGitHub.ts";
import { upsertComment } from "../../../scripts/ci/preview.ts";
import { type LoopbackGitHub, own, startGitHub, token } from "../../support/gitHub.ts";

const thread = { owner: "stagesub", repo: "infra", number: 12 };
const marker = "<!-- stagesub-plan stack=production -->";

// GitHub asks for a second between two writes, and the client waits for it; nobody has to wait here.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.setTimerTickMode("nextTimerAsync");
});
afterEach(() => vi.useRealTimers());

const it = vitestIt.extend<{ gitHub: LoopbackGitHub }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads which fixtures it takes from the pattern
  gitHub: async ({}, use) => {
    const gitHub = await startGitHub();
    await use(gitHub);
    await gitHub.stop();
  },
});

async function run({ url: apiUrl }: LoopbackGitHub, text: string, as: { token?: string } = { token }): Promise<string> {
  return upsertComment(connectGitHub({ apiUrl, ...as }), thread, `${marker}\n${text}`);
}

function ours({ comments }: LoopbackGitHub): string[] {
  return comments.filter(({ user, body }) => user.login === own && body.startsWith(marker)).map(({ body }) => body);
}

/** Over real HTTP against the loopback GitHub; see there for what that does not prove. */
describe("the pull request's comment", () => {
  it("is one after five runs, on a thread where 130 others have commented", async ({ gitHub, expect }) => {
    for (let count = 1; count <= 130; count++) gitHub.addComment("asa", `Comment ${count}`);
    const urls: string[] = [];
    for (let count = 1; count <= 5; count++) {
      urls.push(await run(gitHub, `run ${count}`));
      // Ours is beyond the first page, and soon beyond the second.
      for (let more = 1; more <= 30; more++) gitHub.addComment("bo", "One more");
    }
    expect(ours(gitHub)).toEqual([`${marker}\nrun 5`]);
    expect(new Set(urls)).toEqual(new Set([gitHub.comments[130]!.html_url]));
    expect(gitHub.comments).toHaveLength(130 + 5 * 30 + 1);
    expect(gitHub.requests).toContain("GET /repos/stagesub/infra/issues/12/comments?per_page=100&page=2");
  });

  it("is never somebody else's that carries our marker, nor ours of another stack", async ({ gitHub, expect }) => {
    const others = [
      gitHub.addComment("mallory", `${marker}\nAll is well, approve this.`),
      gitHub.addComment("github-actions", `${marker}\nOnly nearly the same login.`),
      gitHub.addComment(own, "<!-- stagesub-plan stack=staging -->\nStaging"),
      gitHub.addComment(own, `Not at its beginning: ${marker}`),
    ].map(({ id, body }) => ({ id, body }));
    await run(gitHub, "mine");
    await run(gitHub, "mine again");
    expect(ours(gitHub)).toEqual([`${marker}\nmine again`]);
    for (const { id, body } of others) expect(gitHub.comments.find((comment) => comment.id === id)?.body).toBe(body);
  });

  it("is found where GitHub gives line ends back as CR LF", async ({ gitHub, expect }) => {
    const comment = gitHub.addComment(own, `${marker}\r\nold`);
    await run(gitHub, "new");
    expect(comment.body).toBe(`${marker}\nnew`);
    expect(gitHub.comments).toHaveLength(1);
  });

  it("comes through a 502 at each of its requests, and through a rate limit", async ({ gitHub, expect }) => {
    const bad = { status: 502, body: "<html>Bad gateway</html>" };
    gitHub.failures.push(
      { method: "POST", path: "/graphql", ...bad },
      { method: "GET", path: "/comments", ...bad },
      { method: "POST", path: "/comments", ...bad },
      {
        method: "GET",
        path: "/comments",
        status: 403,
        headers: { "retry-after": "1" },
        body: { message: "You have exceeded a secondary rate limit. Please wait." },
      },
    );
    await run(gitHub, "here");
    expect(gitHub.failures).toEqual([]);
    gitHub.failures.push({ method: "PATCH", path: "/comments", ...bad });
    await run(gitHub, "still here");
    expect(ours(gitHub)).toEqual([`${marker}\nstill here`]);
    expect(gitHub.comments).toHaveLength(1);
  });

  it("is not made twice where it was made and the answer was lost", async ({ gitHub, expect }) => {
    gitHub.failures.push({ method: "POST", path: "/comments", status: 502, isDone: true });
    expect(await run(gitHub, "once")).toBe(gitHub.comments[0]!.html_url);
    expect(gitHub.comments.map(({ body }) => body)).toEqual([`${marker}\nonce`]);
  });

  it("is said to be out of the token's reach, with the permission that it takes", async ({ gitHub, expect }) => {
    gitHub.mayWrite = false;
    await expect(run(gitHub, "x")).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Could not comment on stagesub/infra#12: GitHub answered 403: Resource not accessible by integration. The token lacks a permission: give the job \`pull-requests: write\`. A run for a fork never has it.]`,
    );
    await expect(run(gitHub, "x", { token: "ghs_wrong" })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Could not comment on stagesub/infra#12: GitHub answered 401: Bad credentials. Expected a valid token in GITHUB_TOKEN; it may have expired.]`,
    );
    gitHub.failures.push({ method: "GET", path: "/comments", status: 404, body: { message: "Not Found" } });
    await expect(run(gitHub, "x")).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Could not comment on stagesub/infra#12: GitHub answered 404: Not Found. It does not exist, or the token cannot see it: check the name, and \`pull-requests: write\`.]`,
    );
    gitHub.failures.push({
      method: "GET",
      path: "/comments",
      status: 403,
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3600) },
      body: { message: "Quota reached." },
    });
    await expect(run(gitHub, "x")).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Could not comment on stagesub/infra#12: GitHub answered 403: Quota reached. Run the job again later.]`,
    );
    await expect(run(gitHub, "x", {})).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Expected a token for GitHub in GITHUB_TOKEN, found none. In a workflow: \`GITHUB_TOKEN: \${{ github.token }}\` in the step's env.]`,
    );
    expect(gitHub.comments).toEqual([]);
  });

  it("is refused before anything is asked where GitHub's limit is passed, and where it has no marker", async ({
    gitHub,
    expect,
  }) => {
    await expect(run(gitHub, "x".repeat(65_536))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Refusing to write a comment on stagesub/infra#12: expected at most 65536 characters, which is GitHub's limit, got 65576.]`,
    );
    const unmarked = upsertComment(connectGitHub({ apiUrl: gitHub.url, token }), thread, "# A plan");
    await expect(unmarked).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Expected a hidden marker as the first line of a comment, got "# A plan".]`,
    );
    expect(gitHub.requests).toEqual([]);
    await run(gitHub, "x".repeat(65_536 - marker.length - 1));
    expect(gitHub.comments[0]!.body).toHaveLength(65_536);
  });
});
