import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { type CiContext, readCiContext } from "../../../scripts/ci/ciContext.ts";
import { previewCommand, readPlan } from "../../../scripts/ci/preview.ts";
import type { runStagesub } from "../../../scripts/cli/runStep.ts";
import { type LoopbackGitHub, own, startGitHub, token } from "../../support/gitHub.ts";
import { startJob } from "./support.ts";

const marker = "<!-- stagesub-plan stack=staging -->";
const anywhere = { apiUrl: "https://api.github.com" };

const run = vi.fn<typeof runStagesub>();

/** The command in this process, over a loopback GitHub and a stand-in for the process of `./stagesub plan`, whose own tests prove its output. */
describe("./stagesub ci preview", () => {
  let gitHub: LoopbackGitHub;
  let folder: string;
  let context: CiContext;
  beforeAll(async () => {
    gitHub = await startGitHub();
    folder = await mkdtemp(path.join(tmpdir(), "stagesub-preview-"));
  });
  afterAll(async () => {
    await gitHub.stop();
    await rm(folder, { recursive: true });
  });
  // GitHub asks for a second between two writes, and the client waits for it; the test does not.
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    vi.setTimerTickMode("nextTimerAsync");
    const summaryFile = path.join(folder, "summary.md");
    await writeFile(summaryFile, "");
    const pullRequest = { owner: "stagesub", repo: "infra", number: 12 };
    context = { apiUrl: gitHub.url, token, pullRequest, base: "origin/main", summaryFile };
    Object.assign(gitHub, { mayWrite: true });
    gitHub.comments.length = 0;
    run.mockReset().mockResolvedValue({ code: 7, stdout: `${marker}\n# One change\n` });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  const preview = (args: string[] = [], where = context) =>
    previewCommand(where, run)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .parseAsync(["--stack", "staging", ...args], { from: "user" });
  const summary = () => readFile(context.summaryFile!, "utf8");

  it("writes the summary where the token may not comment, and names the missing permission", async () => {
    gitHub.mayWrite = false;
    await expect(preview()).rejects.toThrow(
      /^Could not comment on stagesub\/infra#12: GitHub answered 403: .* give the job `pull-requests: write`/,
    );
    expect(await summary()).toContain("# One change");
  });

  it("ends with the exit code of a plan that refuses, also where it may not comment", async () => {
    gitHub.mayWrite = false;
    run.mockResolvedValue({ code: 5, stdout: `${marker}\n# Refused\n` });
    await expect(preview()).rejects.toThrow();
    expect(process.exitCode).toBe(5);
    expect(await summary()).toContain("# Refused");
  });

  it("requires a token before it plans", async () => {
    const { token: _, ...withoutToken } = context;
    await expect(preview([], withoutToken)).rejects.toThrow("Expected a token for GitHub in GITHUB_TOKEN, found none.");
    expect(run).not.toHaveBeenCalled();
  });

  it("prints the plan, and nothing else, outside GitHub", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    await preview([], anywhere);
    expect(log.mock.calls).toEqual([[`${marker}\n# One change`]]);
    expect(run.mock.calls[0]![0]).toEqual(["plan", "--stack", "staging", "--markdown"]);
    expect(gitHub.comments).toEqual([]);
  });

  it("comments from anywhere with --comment, and only on a pull request", async () => {
    vi.spyOn(console, "log").mockReturnValue();
    const outside = { apiUrl: gitHub.url, token };
    await preview(["--base", "origin/next", "--comment", "stagesub/infra#3"], outside);
    expect(run.mock.calls[0]![0]).toEqual(["plan", "--stack", "staging", "--markdown", "--base", "origin/next"]);
    expect(gitHub.requests.at(-1)).toBe("POST /repos/stagesub/infra/issues/3/comments");
    await expect(preview(["--comment", "stagesub/infra/3"], outside)).rejects.toThrow(
      "Expected a pull request as owner/repo#12.",
    );
  });

  it("has no pull request to comment on after a merge", async () => {
    const event = path.join(folder, "push.json");
    await writeFile(event, JSON.stringify({ ref: "refs/heads/main" }));
    const variables = { GITHUB_REPOSITORY: "stagesub/infra", GITHUB_EVENT_PATH: event, GITHUB_BASE_REF: "" };
    expect(readCiContext(variables)).toEqual({ ...anywhere, repository: { owner: "stagesub", repo: "infra" } });
  });

  it("refuses a webhook without TLS, and does not show it", () => {
    const read = () => readCiContext({ STAGESUB_WEBHOOK_URL: "http://hooks.example.com/hush" });
    expect(read).toThrow("an address that begins with https://");
    expect(read).not.toThrow("hush");
  });

  it("replaces a missing report by one that says so, also if the exit code promises a plan", () => {
    const silent = readPlan("staging", { code: 0, stdout: "Something else" }, anywhere);
    expect(silent.code).toBe(1);
    expect(silent.report).toContain("**There is no plan for staging**");
    const failed = readPlan("staging", { code: 2, stdout: "" }, anywhere);
    expect(failed.code).toBe(2);
    expect(failed.report).toContain("ended with exit code 2 and without a report");
    expect(failed.report.startsWith(`${marker}\n`)).toBe(true);
  });
});

describe("the process of ./stagesub ci preview", () => {
  it("writes the plan into the summary and over an older comment, and gives the plan no token", async () => {
    const job = await startJob();
    try {
      job.gitHub.addComment(own, `${marker}\n# Old`);
      await job.standIn(
        "plan",
        `console.error("planning", process.argv.slice(3).join(" "), process.env.GITHUB_TOKEN ?? "no token", process.env.STAGESUB_BACKUP_CHECK);
         process.stdout.write(${JSON.stringify(`${marker}\n# One change\n`)});
         process.exitCode = 7;`,
      );
      const { code, stdout, stderr } = await job.run(["preview", "--stack", "staging"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
      const text = `${marker}\n# One change\n\n<sub>From commit 0123456789, [this run](https://github.test/stagesub/infra/actions/runs/77).</sub>`;
      expect(await job.summary()).toBe(`${text}\n\n`);
      expect(job.gitHub.comments.map(({ body }) => body)).toEqual([text]);
      expect(stderr).toContain("planning --stack staging --markdown --base origin/main no token skip\n");
      expect(stderr).toContain(`The plan of staging: ${job.gitHub.comments[0]!.html_url}\n`);
    } finally {
      await job.stop();
    }
  });
});
