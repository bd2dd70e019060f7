import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { readPlan } from "../../../scripts/ci/runPlan.ts";
import { readCiContext } from "../../../scripts/ci/ciContext.ts";
import { own, token } from "../../support/gitHub.ts";
import { type Job, startJob } from "./support.ts";

const marker = "<!-- stagesub-plan stack=staging -->";

let job: Job;
beforeAll(async () => {
  job = await startJob();
});
afterAll(() => job.stop());
beforeEach(async () => {
  Object.assign(job.gitHub, { mayWrite: true });
  job.gitHub.comments.length = 0;
  await job.checkout.write("summary.md", "");
});

/** Stands in for `npm run plan`: Markdown alone on standard output, all else on the other, and its exit code. */
async function plan(code: number, markdown = `${marker}\n# One change\n`): Promise<void> {
  await job.standIn(
    "plan",
    `console.error("looking …", process.argv.slice(3).join(" "), process.env.GITHUB_TOKEN ?? "no token", process.env.STAGESUB_BACKUP_CHECK);
     process.stdout.write(${JSON.stringify(markdown)});
     process.exitCode = ${code};`,
  );
}

const preview = (env?: Record<string, string>) => job.run(["preview", "--stack", "staging"], env);
const bodies = () => job.gitHub.comments.map(({ body }) => body);

/**
 * The real command as a process of its own, over a stand-in for `npm run plan` and a loopback GitHub. That the real plan keeps to
 * what the stand-in promises is for the plan's own tests to show; how a comment is found and kept is upsertComment.test.ts's affair.
 */
describe("npm run ci -- preview", () => {
  it("puts the plan into the summary and into one comment, in the place of an older one", async () => {
    job.gitHub.addComment(own, `${marker}\n# Old`);
    await plan(7);
    const first = await preview();
    expect(first).toMatchObject({ code: 0, stdout: "" });
    const text = `${marker}\n# One change\n\n<sub>From commit 0123456789, [this run](https://github.test/stagesub/infra/actions/runs/77).</sub>`;
    expect(await job.summary()).toBe(`${text}\n\n`);
    expect(bodies()).toEqual([text]);
    expect(first.stderr).toContain("looking … --stack staging --markdown --base origin/main no token skip\n");
    expect(first.stderr).toContain(`The plan of staging: ${job.gitHub.comments[0]!.html_url}\n`);
  });

  it("writes the summary and is red where the token may not comment, and says what is missing", async () => {
    job.gitHub.mayWrite = false;
    await plan(7);
    const { code, stderr } = await preview();
    expect(code).toBe(1);
    expect(stderr).toContain("Could not comment on stagesub/infra#12: GitHub answered 403");
    expect(stderr).toContain("give the job `pull-requests: write`");
    expect(stderr).not.toContain("    at ");
    expect(await job.summary()).toContain("# One change");
  });

  it("ends with the exit code of a plan that refuses, also where it could not be commented", async () => {
    job.gitHub.mayWrite = false;
    await plan(5, `${marker}\n# Refused\n`);
    expect((await preview()).code).toBe(5);
    expect(await job.summary()).toContain("# Refused");
  });

  it("asks for a token before it looks at anything", async () => {
    await plan(7);
    const { code, stderr } = await preview({ GITHUB_TOKEN: "" });
    expect(code).toBe(1);
    expect(stderr).toContain("Expected a token for GitHub in GITHUB_TOKEN, found none.");
    expect(stderr).not.toContain("looking …");
  });

  it("prints the plan, and no more, where there is no GitHub", async () => {
    await plan(7);
    const alone = await job.runAlone(["preview", "--stack", "staging"]);
    expect(alone).toMatchObject({ code: 0, stdout: `${marker}\n# One change\n` });
    expect(alone.stderr).toContain("looking … --stack staging --markdown no token skip\n");
    expect(bodies()).toEqual([]);
  });

  it("comments from anywhere with --comment, and only on what can be a pull request", async () => {
    await plan(7);
    const env = { GITHUB_API_URL: job.gitHub.url, GITHUB_TOKEN: token };
    const call = ["preview", "--stack", "staging", "--base", "origin/next", "--comment"];
    const { code, stdout, stderr } = await job.runAlone([...call, "stagesub/infra#3"], env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${marker}\n# One change\n` });
    expect(stderr).toContain("--base origin/next");
    expect(job.gitHub.requests.at(-1)).toBe("POST /repos/stagesub/infra/issues/3/comments");
    const wrong = await job.runAlone([...call, "stagesub/infra/3"], env);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("Expected a pull request as owner/repo#12.");
  });

  it("means no pull request after a merge, and has nothing to comment on", async () => {
    await job.checkout.write("push.json", JSON.stringify({ ref: "refs/heads/main" }));
    const variables = {
      GITHUB_REPOSITORY: "stagesub/infra",
      GITHUB_EVENT_PATH: `${job.checkout.dir}/push.json`,
      GITHUB_BASE_REF: "",
    };
    expect(readCiContext(variables)).toEqual({
      apiUrl: "https://api.github.com",
      repository: { owner: "stagesub", repo: "infra" },
    });
  });
});

describe("a plan without a report of this run", () => {
  const anywhere = { apiUrl: "https://api.github.com" };

  it("is replaced by one that says so, also where the exit code says that all is well", () => {
    const silent = readPlan("staging", { code: 0, stdout: "Something else" }, anywhere);
    expect(silent.code).toBe(1);
    expect(silent.report).toContain("**There is no plan for staging**");
    const failed = readPlan("staging", { code: 2, stdout: "" }, anywhere);
    expect(failed.code).toBe(2);
    expect(failed.report).toContain("ended with exit code 2 and without a report");
    expect(failed.report.startsWith(`${marker}\n`)).toBe(true);
  });
});
