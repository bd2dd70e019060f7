import { parse } from "yaml";

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Job {
  if?: string;
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  environment?: string;
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  jobs: Record<string, Job>;
}

/** The condition that a job must have before it may see a secret in a run for a pull request. */
export const isOwn =
  "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'";

/** The rights of our commands at GitHub beyond reading the code. */
const rights: Record<string, Record<string, string>> = {
  preview: { "pull-requests": "write" },
  drift: { issues: "write" },
};

/**
 * Returns a workflow's breaches of our own rules, which actionlint does not know.
 *
 * @param scripts the names of package.json's scripts
 */
export function findProblems(text: string, scripts: readonly string[]): string[] {
  const { on, permissions, env, jobs } = parse(text) as Workflow;
  const events = Object.keys(on);
  const inPullRequest = events.includes("pull_request");
  return [
    ...events
      .filter((event) => ["pull_request_target", "workflow_run", "issue_comment"].includes(event))
      .map((event) => `${event} runs with secrets over what strangers wrote`),
    ...(Object.keys(permissions ?? { all: "" }).length === 0
      ? []
      : ["expected no permissions for all jobs: permissions: {}"]),
    ...(env === undefined ? [] : ["expected variables at the step that needs them alone"]),
    ...[...text.matchAll(/uses:(.*)/g)]
      .filter(([, action = ""]) => !/^ [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
      .map(([, action = ""]) => `not pinned by digest with its version:${action}`),
    ...Object.entries(jobs).flatMap(([name, job]) =>
      findInJob(job, inPullRequest, scripts).map((text) => `${name}: ${text}`),
    ),
  ];
}

function findInJob(job: Job, inPullRequest: boolean, scripts: readonly string[]): string[] {
  const runs = job.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const mayComment = inPullRequest && job.if === isOwn;
  const extra = runs.flatMap((run) => Object.entries(rights[/npm run ci -- (\w+)/.exec(run)?.[1] ?? ""] ?? {}));
  const allowed = {
    contents: "read",
    ...Object.fromEntries(extra.filter(([right]) => right !== "pull-requests" || mayComment)),
  };
  const seesSecrets = /secrets[.[]/.test(JSON.stringify(job)) || job.environment !== undefined;
  return [
    ...(JSON.stringify(job.permissions) === JSON.stringify(allowed)
      ? []
      : [`expected the permissions ${JSON.stringify(allowed)}, got ${JSON.stringify(job.permissions)}`]),
    ...(job["timeout-minutes"] === undefined ? ["no timeout-minutes"] : []),
    ...(inPullRequest && seesSecrets && job.if !== isOwn ? ["secrets in a run for a fork"] : []),
    ...job.steps.flatMap((step) => findInStep(step, scripts)),
  ];
}

function findInStep({ uses = "", run, with: inputs = {}, env = {} }: Step, scripts: readonly string[]): string[] {
  const problems: string[] = [];
  if (uses.startsWith("actions/checkout@") && inputs["persist-credentials"] !== false)
    problems.push("checkout leaves the token on the disk");
  if (uses.startsWith("actions/setup-node@") && inputs["node-version-file"] !== ".node-version")
    problems.push("expected Node's version from .node-version");
  if (run === undefined) return problems;
  const [, script] = /^npm (?:ci|run ([\w-]+)(?: -- [\w -]+(?:\$\{\{ matrix\.stack \}\})?)?)$/.exec(run) ?? ["", ""];
  if (script === "") problems.push(`not one command of ours, or with an expression in it: ${run}`);
  else if (script !== undefined && !scripts.includes(script)) problems.push(`no such script: ${script}`);
  if (script === undefined && Object.keys(env).length > 0)
    problems.push("npm ci runs others' code: it gets no variables");
  return problems;
}
