import { readFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";

import { UserError } from "../../infra/errors.ts";
import { isLoopback } from "../../infra/util/isLoopback.ts";

/** An issue or a pull request of a repository: for comments they are the same. */
export interface Thread {
  owner: string;
  repo: string;
  number: number;
}

/** The CI run that this process is part of. A developer's machine has none of its variables. */
export interface CiContext {
  /** GitHub's REST API, e.g. "https://api.github.com". */
  apiUrl: string;
  /** `GITHUB_TOKEN`: the job's own, or a person's. */
  token?: string | undefined;
  repository?: Pick<Thread, "owner" | "repo"> | undefined;
  /** The pull request that the run is for. */
  pullRequest?: Thread | undefined;
  /** The pull request's base branch, as a git ref: "origin/main". */
  base?: string | undefined;
  /** The commit under check: the pull request's last one, not GitHub's trial merge of it. */
  commit?: string | undefined;
  /** The page that shows the run. */
  runUrl?: string | undefined;
  /** The file whose Markdown GitHub shows as the job's summary. */
  summaryFile?: string | undefined;
  /** The team's webhook, told of drift and failed runs. Secret. */
  webhook?: URL | undefined;
}

/** The part of GitHub's payload that we read. */
interface Event {
  pull_request?: { number: number; head: { sha: string } };
}

/** Reads GitHub's variables, in this one place. An empty variable counts as left out. */
export function readCiContext(variables: NodeJS.ProcessEnv): CiContext {
  const read = (name: string): string | undefined => variables[`GITHUB_${name}`] || undefined;
  const { pull_request: pull } = readEvent(read("EVENT_PATH"));
  const [owner, repo] = (read("REPOSITORY") ?? "").split("/");
  const repository = owner && repo ? { owner, repo } : undefined;
  const [base, run] = [read("BASE_REF"), read("RUN_ID")];
  return {
    apiUrl: (read("API_URL") ?? "https://api.github.com").replace(/\/$/, ""),
    token: read("TOKEN"),
    repository,
    pullRequest: repository && pull && { ...repository, number: pull.number },
    base: base && `origin/${base}`,
    commit: pull?.head.sha ?? read("SHA"),
    runUrl: run && `${read("SERVER_URL")}/${read("REPOSITORY")}/actions/runs/${run}`,
    summaryFile: read("STEP_SUMMARY"),
    webhook: readWebhook(variables["STAGESUB_WEBHOOK_URL"]),
  };
}

/** Adds Markdown to the job's summary; outside GitHub prints it on standard output. */
export async function writeSummary({ summaryFile }: CiContext, markdown: string): Promise<void> {
  if (summaryFile === undefined) console.log(markdown);
  else await appendFile(summaryFile, `${markdown}\n\n`);
}

function readEvent(file: string | undefined): Event {
  if (file === undefined) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Event;
  } catch (error) {
    throw new UserError(
      "ci-environment",
      `Expected GitHub's event as JSON in ${file} (GITHUB_EVENT_PATH): ${(error as Error).message}.`,
    );
  }
}

/**
 * Checks the address of the team's webhook, `STAGESUB_WEBHOOK_URL`. It is a secret: whoever knows it may post.
 *
 * @throws {UserError} for an address without TLS, except on this machine
 */
function readWebhook(text: string | undefined): URL | undefined {
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) return url;
  throw new UserError(
    "ci-environment",
    "Expected in STAGESUB_WEBHOOK_URL an address that begins with https://, found another text (not shown). Correct it, or leave it out.",
  );
}
