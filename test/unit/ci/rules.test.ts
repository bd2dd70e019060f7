import { expect, it } from "vitest";

import { startJob } from "./support.ts";

/** The real command and stack files, and a stand-in for `./stagesub migrations`, whose own tests prove the review. */
it("./stagesub ci rules summarizes both checks, without any secret, and ends with the exit code of the failed one", async () => {
  const job = await startJob();
  try {
    const check = async (code: number, report: string) => {
      await job.checkout.write("summary.md", "");
      await job.standIn(
        "migrations",
        `console.error(process.argv.slice(3).join(" "), process.env.NO_COLOR); process.stdout.write(${JSON.stringify(report)}); process.exitCode = ${code};`,
      );
      return job.run(["rules"], { GITHUB_TOKEN: "" });
    };
    const refused = await check(5, "✗ migrations/orchestra/0099_bad.sql:2: `refused`\n");
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain("--base origin/main 1\n");
    expect(await job.summary()).toMatchInlineSnapshot(`
      "There is no plan: like every run for a fork, this run has no secrets. The checks that need none:

      **The stack files fit their schema.** (\`./stagesub schema --check\`)

      **The new migrations do not keep the rules.** (\`./stagesub migrations\`, docs/sql-rules.md)

      \`\`\`text
      ✗ migrations/orchestra/0099_bad.sql:2: \`refused\`
      \`\`\`

      "
    `);
    await job.checkout.edit("stacks/Pulumi.local.yaml", "stagesub:domain:", "stagesub:domaim:");
    expect((await check(0, "")).code).toBe(1);
    expect(await job.summary()).toContain("**The stack files do not fit their schema**");
    expect(await job.summary()).toContain("**The new migrations keep the rules.**");
    expect(job.gitHub.requests).toEqual([]);
  } finally {
    await job.stop();
  }
});
