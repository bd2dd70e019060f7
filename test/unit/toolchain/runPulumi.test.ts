import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readPulumi } from "../../../local/toolchain/runPulumi.ts";

/** It does not prove that Pulumi ends with 6 for a stack that its backend lacks. */
describe("a failed `pulumi`", () => {
  let bin: string;
  beforeAll(async () => {
    bin = await mkdtemp(path.join(tmpdir(), "stagesub-bin-"));
    await writeFile(path.join(bin, "pulumi"), '#!/bin/sh\necho "error: its own words" >&2\nexit "$CODE"\n', {
      mode: 0o755,
    });
  });
  afterAll(() => rm(bin, { recursive: true }));
  const read = (code: number, ...args: string[]) =>
    readPulumi(args, { cwd: bin, env: { PATH: `${bin}:/usr/bin:/bin`, CODE: String(code) } });

  it("names a stack that its backend lacks, and how to make it", async () => {
    await expect(read(6, "config", "--json", "--stack", "nowhere")).rejects.toMatchObject({
      code: "stack-unknown",
      message: expect.stringMatching(
        /^Expected the stack nowhere in Pulumi's backend, found none\. Make it: .*init nowhere$/,
      ) as string,
    });
  });

  it("says anything else in Pulumi's own words", async () => {
    await expect(read(1, "stack", "export", "--stack", "local")).rejects.toMatchObject({
      code: "program-failed",
      message: "`pulumi stack export --stack local` failed: error: its own words",
    });
  });
});
