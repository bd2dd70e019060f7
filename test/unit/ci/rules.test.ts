import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Job, startJob } from "./support.ts";

let job: Job;
beforeAll(async () => {
  job = await startJob();
});
afterAll(() => job.stop());

/** A new migration, and what `npm run migrations` says of it: nothing against it. */
async function withNew(file: string, sql: string, run: () => Promise<void>): Promise<void> {
  const place = `migrations/orchestra/${file}`;
  await job.checkout.write(place, sql);
  await job.checkout.write("summary.md", "");
  const files = [{ folder: "orchestra", file, down: { kind: "sql" }, transaction: true }];
  const review = { base: { ref: "origin/main", commit: "0", mergeBase: "0" }, files, problems: [], data: [] };
  await job.standIn(
    "migrations",
    `console.error(process.argv.slice(2).join(" ")); console.log(${JSON.stringify(JSON.stringify(review))});`,
  );
  await run();
  await rm(path.join(job.checkout.dir, place));
}

const noSecrets = { GITHUB_TOKEN: "" };

/** The real command over a stand-in for `npm run migrations`, whose own tests run PostgreSQL. */
describe("npm run ci -- rules", () => {
  it("refuses what the SQL rules refuse, without any secret, and says it in the summary", async () => {
    await withNew(
      "0099_bad.sql",
      '-- Up Migration\nTRUNCATE "Instrument";\n-- Down Migration\nSELECT 1;\n',
      async () => {
        const { code, stderr } = await job.run(["rules"], noSecrets);
        expect(code).toBe(5);
        expect(stderr).toContain("--json --base origin/main\n");
        const summary = await job.summary();
        expect(summary).toContain("There is no plan: this run has no secrets");
        expect(summary).toContain("**The stack files fit their schema.**");
        expect(summary).toContain("**The new migrations do not keep the rules.**");
        expect(summary).toContain('0099_bad.sql:2: delete-rows (refused): TRUNCATE "Instrument"');
        expect(job.gitHub.requests).toEqual([]);
      },
    );
  });

  it("lets an ordinary one pass, and refuses SQL that does not parse by file and line", async () => {
    const down = "-- Down Migration\nDROP TABLE a;\n";
    await withNew("0099_good.sql", `-- Up Migration\nCREATE TABLE a (b int);\n${down}`, async () => {
      expect((await job.run(["rules"], noSecrets)).code).toBe(0);
      expect(await job.summary()).toContain("**The new migrations keep the rules.**");
    });
    await withNew("0099_torn.sql", `-- Up Migration\nCREATE TABEL a (b int);\n${down}`, async () => {
      expect((await job.run(["rules"], noSecrets)).code).toBe(5);
      expect(await job.summary()).toContain("0099_torn.sql:2");
    });
  });
});
