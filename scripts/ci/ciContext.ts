import { readFileSync } from "node:fs";

import { UserError } from "../../infra/errors.ts";

/** An issue or a pull request of a repository: the same thing, where its comments are concerned. */
export interface Thread {
  owner: string;
  repo: string;
  number: number;
}

/** Facts about the CI run that this process is part of. All are left out on a developer's machine. */
export interface CiContext {
  /** GitHub's REST API, e.g. "https://api.github.com". */
  apiUrl: string;
  /** `GITHUB_TOKEN`: the job's own, or a person's. */
  token?: string;
  repository?: Pick<Thread, "owner" | "repo">;
  /** The pull request that the run is for. */
  pullRequest?: Thread;
  /** The branch that the pull request goes into, as a git ref: "origin/main". */
  base?: string;
  /** The commit under check: the pull request's last one, not GitHub's trial merge of it. */
  commit?: string;
  /** The page that shows the run. */
  runUrl?: string;
  /** The file whose Markdown GitHub shows as the job's summary. */
  summaryFile?: string;
}

/** GitHub's payload, of which we read only this. */
interface Event {
  pull_request?: { number: number; head: { sha: string } };
}

/**
 * Reads GitHub's variables, in this one place. An empty variable counts as left out. Outside GitHub only `GITHUB_TOKEN` and
 * `GITHUB_API_URL` are of use, for `--comment`.
 */
export function readCiContext(variables: NodeJS.ProcessEnv): CiContext {
  const read = (name: string): string | undefined => variables[name] || undefined;
  const { pull_request: pull } = readEvent(read("GITHUB_EVENT_PATH"));
  const [owner, repo] = (read("GITHUB_REPOSITORY") ?? "").split("/");
  const repository = owner && repo ? { owner, repo } : undefined;
  const base = read("GITHUB_BASE_REF");
  const run = read("GITHUB_RUN_ID");
  return dropUndefined({
    apiUrl: (read("GITHUB_API_URL") ?? "https://api.github.com").replace(/\/$/, ""),
    token: read("GITHUB_TOKEN"),
    repository,
    pullRequest: repository && pull && { ...repository, number: pull.number },
    base: base && `origin/${base}`,
    commit: pull?.head.sha ?? read("GITHUB_SHA"),
    runUrl: run && `${read("GITHUB_SERVER_URL")}/${read("GITHUB_REPOSITORY")}/actions/runs/${run}`,
    summaryFile: read("GITHUB_STEP_SUMMARY"),
  });
}

/**
 * Reads "owner/name#12", the way GitHub itself writes it.
 *
 * @returns undefined for anything else
 */
export function parseThread(text: string): Thread | undefined {
  const [, owner, repo, number] = /^([\w-]+)\/([\w.-]+)#([1-9]\d{0,9})$/.exec(text) ?? [];
  return owner && repo && number ? { owner, repo, number: Number(number) } : undefined;
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

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function dropUndefined<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
