import { randomUUID } from "node:crypto";

import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";

import { UserError } from "../../infra/errors.ts";
import type { CiContext } from "./ciContext.ts";

const Client = Octokit.plugin(paginateRest, retry, throttling);

/** GitHub's client, which retries GitHub's own failures three times and waits for a rate limit. */
export type GitHub = InstanceType<typeof Client>;

/** A job's minute costs less than a new run; a longer wait is reported as an error. */
const LONGEST_WAIT_S = 120;
const SILENCE_MS = 30_000;

/**
 * @throws {UserError} without a token
 */
export function connectGitHub({ token, apiUrl }: CiContext): GitHub {
  if (token === undefined)
    throw new UserError(
      "ci-environment",
      "Expected a token for GitHub in GITHUB_TOKEN, found none. In a workflow: `GITHUB_TOKEN: ${{ github.token }}` in the step's env.",
    );
  const wait = (seconds: number, _options: object, _client: unknown, retries: number): boolean => {
    const waits = seconds <= LONGEST_WAIT_S && retries < 3;
    if (waits) console.error(`GitHub's rate limit: waiting ${seconds} s …`);
    return waits;
  };
  return new Client({
    auth: token,
    baseUrl: apiUrl,
    userAgent: "stagesub-ci",
    request: {
      fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(SILENCE_MS) }),
    },
    // Paces this client alone: a run has one, and other processes are not known here anyway.
    throttle: { id: randomUUID(), onRateLimit: wait, onSecondaryRateLimit: wait },
  });
}

/** Reads the token's login. GET /user refuses a job's own token; this query answers "github-actions[bot]". */
export async function readLogin(github: GitHub): Promise<string> {
  const { viewer } = await github.graphql<{ viewer: { login: string } }>("query { viewer { login } }");
  return viewer.login;
}

/**
 * Says what GitHub's refusal means for whoever runs the job.
 *
 * @param doing "comment on stagesub/infra#12"
 * @param permission the line of the job's `permissions` that this takes
 */
export function explainGitHubError(error: unknown, doing: string, permission: string): UserError {
  const { status, message } = error as { status?: number; message: string };
  if (status === undefined) throw error;
  const said = `GitHub answered ${status}: ${message.split(" - https://docs.github.com")[0]!.slice(0, 300).replace(/\.$/, "")}`;
  if (/rate limit/i.test(message))
    return new UserError("github-refused", `Could not ${doing}: ${said}. Run the job again later.`);
  if (status === 401)
    return new UserError(
      "github-refused",
      `Could not ${doing}: ${said}. Expected a valid token in GITHUB_TOKEN; it may have ended.`,
    );
  if (status === 403)
    return new UserError(
      "github-refused",
      `Could not ${doing}: ${said}. The token may not do that: give the job \`${permission}\`. A run for a fork never has it.`,
    );
  if (status === 404)
    return new UserError(
      "github-refused",
      `Could not ${doing}: ${said}. It is not there, or the token does not see it: check the name, and \`${permission}\`.`,
    );
  return new UserError(
    "github-refused",
    `Could not ${doing}: ${said}. Run the job again; https://www.githubstatus.com says how they are.`,
  );
}
