import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { refuseFullStateFolder } from "../../../infra/config/stateFolder.ts";

describe("a state folder", () => {
  let home: string;
  const disk = { free: 0 };
  beforeEach(async () => {
    home = await fs.mkdtemp(path.join(tmpdir(), "stagesub-home-"));
    disk.free = 1024 * 1024;
    // No unit test can fill a disk; test/faults/stateFolder.test.ts does.
    const real = await fs.statfs(home);
    const spy = vi.spyOn(fs, "statfs") as unknown as { mockImplementation(stand: () => Promise<object>): void };
    spy.mockImplementation(async () => ({ ...real, bavail: disk.free, bsize: 1 }));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await fs.rm(home, { recursive: true });
  });

  it("without room is refused, with how much there is", async () => {
    const refusal = refuseFullStateFolder({ PULUMI_BACKEND_URL: `file://${home}?metadata=skip` });
    await expect(refusal).rejects.toThrow(
      `expected 64.0 MB of free disk where Pulumi keeps the state (${home}), found 1.0 MB.`,
    );
  });

  it("is found by what `pulumi login` has left, too", async () => {
    await fs.writeFile(path.join(home, "credentials.json"), JSON.stringify({ current: `file://${home}` }));
    await expect(refuseFullStateFolder({ PULUMI_HOME: home })).rejects.toThrow(home);
  });

  it("with room, or no folder at all, is fine", async () => {
    await refuseFullStateFolder({ PULUMI_BACKEND_URL: "https://api.pulumi.com" });
    await refuseFullStateFolder({ PULUMI_HOME: home });
    disk.free = 64 * 1024 * 1024;
    await refuseFullStateFolder({ PULUMI_BACKEND_URL: `file://${home}` });
  });
});
