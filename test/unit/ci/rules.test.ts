import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Job, startJob } from "./support.ts";

let job: Job;
beforeAll(async () => {
  job = await startJob();
});
afterAll(() => job.stop());

/** Adds new migrations, with a stand-in for `npm run migrations` that accepts them. */
async function withNew(sql: Record<string, string>, run: () => Promise<void>): Promise<void> {
  const places = Object.keys(sql).map((file) => `migrations/orchestra/${file}`);
  for (const [index, text] of Object.values(sql).entries()) await job.checkout.write(places[index]!, text);
  await job.checkout.write("summary.md", "");
  const files = Object.keys(sql).map((file) => {
    return { folder: "orchestra", file, down: { kind: "sql" }, transaction: true };
  });
  const review = { base: { ref: "origin/main", commit: "0", mergeBase: "0" }, files, problems: [], data: [] };
  await job.standIn(
    "migrations",
    `console.error(process.argv.slice(3).join(" ")); console.log(${JSON.stringify(JSON.stringify(review))});`,
  );
  await run();
  for (const place of places) await rm(path.join(job.checkout.dir, place));
}

const noSecrets = { GITHUB_TOKEN: "" };

/** The real command over a stand-in for `npm run migrations`, whose own tests run PostgreSQL. */
describe("npm run ci -- rules", () => {
  it("refuses what the SQL rules refuse and what does not parse, by file and line, without any secret, and says it in the summary", async () => {
    const down = "-- Down Migration\nSELECT 1;\n";
    const sql = {
      "0098_torn.sql": `-- Up Migration\nCREATE TABEL a (b int);\n${down}`,
      "0099_bad.sql": `-- Up Migration\nTRUNCATE "Instrument";\n${down}`,
    };
    await withNew(sql, async () => {
      const { code, stderr } = await job.run(["rules"], noSecrets);
      expect(code).toBe(5);
      expect(stderr).toContain("--json --base origin/main\n");
      const summary = await job.summary();
      expect(summary).toContain("There is no plan: this run has no secrets");
      expect(summary).toContain("**The stack files fit their schema.**");
      expect(summary).toContain("**The new migrations do not keep the rules.**");
      expect(summary).toContain('0099_bad.sql:2: delete-rows (refused): TRUNCATE "Instrument"');
      expect(summary).toContain("0098_torn.sql:2");
      expect(job.gitHub.requests).toEqual([]);
    });
  });

  it("lets an ordinary one pass", async () => {
    const sql = "-- Up Migration\nCREATE TABLE a (b int);\n-- Down Migration\nDROP TABLE a;\n";
    await withNew({ "0099_good.sql": sql }, async () => {
      expect((await job.run(["rules"], noSecrets)).code).toBe(0);
      expect(await job.summary()).toContain("**The new migrations keep the rules.**");
    });
  });
});
