import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";

import { type Compared, drift } from "../../../scripts/fleet/difference.ts";
import { reportDrift } from "../../../scripts/ci/drift.ts";
import { type LoopbackGitHub, own, startGitHub, token } from "../../support/gitHub.ts";
import { type Job, startJob } from "./support.ts";

const marker = "<!-- stagesub-drift stack=production -->";
const well: Compared = { id: "gavle", differences: [] };

let gitHub: LoopbackGitHub;
let folder: string;
beforeAll(async () => {
  gitHub = await startGitHub();
  folder = await mkdtemp(path.join(tmpdir(), "stagesub-drift-"));
});
afterAll(async () => {
  await gitHub.stop();
  await rm(folder, { recursive: true });
});

// GitHub asks for a second between two writes, and the client waits for it; nobody has to wait here.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.setTimerTickMode("nextTimerAsync");
});
afterEach(() => vi.useRealTimers());

/** One night: what `./stagesub drift --json` answers, then what became of it. @returns the job's summary */
async function night(code: number, checked: Compared[] | undefined): Promise<string> {
  const stdout = checked === undefined ? "" : JSON.stringify({ stack: "production", checked });
  const summaryFile = path.join(folder, "summary.md");
  await rm(summaryFile, { force: true });
  const repository = { owner: "stagesub", repo: "infra" };
  const context = { apiUrl: gitHub.url, token, repository, runUrl: "https://github.test/run/77", summaryFile };
  await reportDrift("production", { code, stdout }, context);
  return readFile(summaryFile, "utf8");
}

const issues = () => gitHub.issues.filter(({ user }) => user.login === own);
const comments = () => gitHub.comments.map(({ body }) => body);

/**
 * Over what `./stagesub drift --json` answers, which is written here, and a loopback GitHub. One story: each night goes on from the
 * one before.
 */
describe("./stagesub ci drift", () => {
  it("opens nothing while nothing differs", async () => {
    for (let number = 1; number <= 120; number++)
      gitHub.addIssue("asa", { body: `${marker}\nmine, not the job's`, labels: [{ name: "drift" }] });
    const summary = await night(0, [well]);
    expect(issues()).toEqual([]);
    expect(summary).toContain("Nothing differs from what is declared for production.");
  });

  it("opens one issue with what differs, and what could not be looked at", async () => {
    const summary = await night(1, [
      { id: "malmo", differences: [drift("schema", "index by_name: made by hand")] },
      { id: "lund", differences: [{ kind: "unseen", field: "database", text: "its database: no answer" }] },
    ]);
    expect(issues()).toHaveLength(1);
    const [issue] = issues();
    expect(issue).toMatchObject({ title: "Drift: production", state: "open", labels: [{ name: "drift" }] });
    expect(issue!.body).toMatchInlineSnapshot(`
      "<!-- stagesub-drift stack=production -->
      <!-- stagesub-differences 1330738d 4bfb02db -->
      Differences between **production** and its declaration, as \`./stagesub drift --stack production\` found them:

      \`\`\`text
      ≠ malmo: index by_name: made by hand
      ? lund: could not be looked at: its database: no answer
      1 with drift, 1 not looked at. \`pulumi up --refresh -s production\` puts right what is ours and names what it leaves.
      \`\`\`

      Their meaning and the remedies: docs/operations.md, “Drift”.

      <sub>From [this run](https://github.test/run/77). The next run replaces this text, and closes the issue once nothing differs.</sub>"
    `);
    expect(summary).toContain("≠ malmo: index by_name: made by hand");
    expect(comments()).toEqual([]);
  });

  it("replaces its text the next night, and comments only where something is new", async () => {
    const differences = [drift("schema", "index by_name: made by hand")];
    await night(7, [{ id: "malmo", differences }]);
    await night(7, [{ id: "malmo", differences }]);
    expect(issues()).toHaveLength(1);
    expect(issues()[0]!.body).not.toContain("lund");
    expect(comments()).toEqual(["Since the last run: 0 new, 1 gone. The text above is current."]);
  });

  it("says so where nothing could be looked at, rather than leave the old text", async () => {
    await night(2, undefined);
    expect(issues()[0]!.body).toContain("./stagesub drift ended with exit code 2 before it compared anything.");
  });

  it("closes it when nothing differs any more, and says nothing more the night after", async () => {
    await night(0, [well]);
    expect(issues().map(({ state }) => state)).toEqual(["closed"]);
    expect(comments().at(-1)).toBe("Nothing differs any more.");
    const before = comments().length;
    await night(0, [well]);
    expect(comments()).toHaveLength(before);
  });

  it("opens the same one again", async () => {
    await night(7, [{ id: "malmo", differences: [drift("schema", "contact: …")] }]);
    expect(issues().map(({ state }) => state)).toEqual(["open"]);
    expect(comments().at(-1)).toBe("Differences again: the text above is new.");
  });

  it("shows what a database holds as text, never as a mention, a link, HTML or the end of its block, and cuts what is too long", async () => {
    const hostile = "name: ````\n</details>@everyone ![x](https://evil.test)\u202e\u001b[31m";
    const texts = [hostile, ...Array.from({ length: 3000 }, (_, index) => `index by_name_${index}: made by hand`)];
    await night(7, [{ id: "malmo", differences: texts.map((text) => drift("schema", text)) }]);
    const { body } = issues()[0]!;
    expect(body.length).toBeLessThan(65_536);
    const [before, block, after] = body.split(/^`{5}(?:text)?$/m);
    expect(before).not.toContain("everyone");
    expect(block).toContain("≠ malmo: name: ````\n");
    expect(block).toContain("</details>@everyone ![x](https://evil.test)\\u{202e}\\u{1b}[31m\n");
    expect(block).toMatch(/… and \d+ lines more: \.\/stagesub drift --stack production\n$/);
    expect(after).not.toContain("everyone");
  });

  it("is refused by a token that may not write issues, with the permission that it takes", async () => {
    gitHub.mayWrite = false;
    await expect(
      night(7, [{ id: "malmo", differences: [drift("schema", "x")] }]),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UserError: Could not update the issue “Drift: production” of stagesub/infra: GitHub answered 403: Resource not accessible by integration. The token lacks a permission: give the job \`issues: write\`. A run for a fork never has it.]`,
    );
  });

  it("is one issue also where the answer to its making is lost", async () => {
    gitHub.mayWrite = true;
    gitHub.issues.length = 0;
    gitHub.failures.push({ method: "POST", path: "/issues", status: 502, isDone: true });
    await night(7, [{ id: "malmo", differences: [drift("schema", "x")] }]);
    expect(issues()).toHaveLength(1);
  });
});

describe("./stagesub ci drift, the command", () => {
  let job: Job;
  beforeAll(async () => {
    job = await startJob({ schedule: "17 3 * * *" });
    const checked = [{ id: "malmo", differences: [drift("schema", "x")] }];
    const answer = JSON.stringify({ stack: "production", checked });
    await job.standIn("drift", `process.stdout.write(${JSON.stringify(answer)}); process.exitCode = 7;`);
  });
  afterAll(() => job.stop());

  it("takes what `./stagesub drift` says, and its exit code", async () => {
    const { code, stderr } = await job.run(["drift", "--stack", "production"]);
    expect({ code, stderr }).toEqual({
      code: 7,
      stderr: `The drift of production: ${job.gitHub.issues[0]!.html_url}\n`,
    });
    expect(job.gitHub.issues[0]!.body).toContain("≠ malmo: x");
  });

  it("tells the team's webhook too, once more after a failure, and a dead one changes no exit code", async () => {
    const posts: string[] = [];
    const statuses = [500, 200];
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        posts.push(body);
        response.writeHead(statuses.shift() ?? 404).end();
      });
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hush`;
    const run = await job.run(["drift", "--stack", "production"], { STAGESUB_WEBHOOK_URL: webhook });
    expect(run.code).toBe(7);
    expect(posts).toHaveLength(2);
    expect(JSON.parse(posts[1]!)).toMatchObject({
      stack: "production",
      command: "drift",
      outcome: "drift",
      run: expect.stringContaining("/actions/runs/77") as string,
      text: expect.stringMatching(/^StageSub, production: something differs from what is declared\. https:/) as string,
    });
    server.close();
    server.closeAllConnections();
    const dead = await job.run(["drift", "--stack", "production"], { STAGESUB_WEBHOOK_URL: webhook });
    expect([dead.code, dead.stderr]).toEqual([7, expect.stringContaining("The webhook was not told: ECONNREFUSED.")]);
    expect(dead.stdout + dead.stderr).not.toContain("hush");
  });
});
