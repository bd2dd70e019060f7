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

/** @throws {UserError} without a token */
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
    // An id of its own: clients with one id share their pace.
    throttle: { id: randomUUID(), onRateLimit: wait, onSecondaryRateLimit: wait },
  });
}

/** Reads the token's login. GET /user refuses a job's own token; this query answers "github-actions[bot]". */
export async function readLogin(github: GitHub): Promise<string> {
  const { viewer } = await github.graphql<{ viewer: { login: string } }>("query { viewer { login } }");
  return viewer.login;
}

/** The part of octokit's errors that decides; an error of the network has no status. */
interface GitHubError {
  status?: number;
  message: string;
  response?: { headers: Record<string, string | number | undefined> };
}

/**
 * Does some work, and explains GitHub's refusal to the person who runs the job.
 *
 * @param doing "comment on stagesub/infra#12"
 * @param permission the line of the job's `permissions` that this takes
 * @throws {UserError} with GitHub's refusal
 */
export async function explainRefusal<T>(doing: string, permission: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { status, message } = error as GitHubError;
    if (error instanceof UserError || status === undefined) throw error;
    // Octokit adds a link to its message.
    const reason = message.split(" - https://docs.github.com")[0]!.slice(0, 300).replace(/\.$/, "");
    const advice = isRateLimit(error as GitHubError) ? "Run the job again later." : adviceFor(status, permission);
    throw new UserError("github-refused", `Could not ${doing}: GitHub answered ${status}: ${reason}. ${advice}`);
  }
}

/** As GitHub's documentation tells rate limits from refusals: by the status 429, or by 403 with one of two headers. */
function isRateLimit({ status, response }: GitHubError): boolean {
  const { "retry-after": pause, "x-ratelimit-remaining": remaining } = response?.headers ?? {};
  return status === 429 || (status === 403 && (pause !== undefined || String(remaining) === "0"));
}

function adviceFor(status: number, permission: string): string {
  switch (status) {
    case 401:
      return "Expected a valid token in GITHUB_TOKEN; it may have expired.";
    case 403:
      return `The token lacks a permission: give the job \`${permission}\`. A run for a fork never has it.`;
    case 404:
      return `It does not exist, or the token cannot see it: check the name, and \`${permission}\`.`;
    default:
      return "Run the job again; https://www.githubstatus.com shows GitHub's own failures.";
  }
}
