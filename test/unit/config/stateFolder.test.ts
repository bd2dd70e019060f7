import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { refuseFullStateFolder } from "../../../infra/config/stateFolder.ts";

const disk = vi.hoisted(() => ({ free: 0 }));
// No unit test can fill a disk; test/faults/stateFolder.test.ts does.
vi.mock(import("node:fs/promises"), async (original) => {
  const real = await original();
  const statfs = async (folder: string) => ({ ...(await real.statfs(folder)), bavail: disk.free, bsize: 1 });
  return { ...real, statfs: statfs as typeof real.statfs };
});

describe("a state folder", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), "stagesub-home-"));
    disk.free = 1024 * 1024;
  });
  afterEach(() => rm(home, { recursive: true }));

  it("without room is refused, with how much there is", async () => {
    const refusal = refuseFullStateFolder({ PULUMI_BACKEND_URL: `file://${home}?metadata=skip` });
    await expect(refusal).rejects.toThrow(
      `expected 64.0 MB of free disk where Pulumi keeps the state (${home}), found 1.0 MB.`,
    );
  });

  it("is found by what `pulumi login` has left, too", async () => {
    await writeFile(path.join(home, "credentials.json"), JSON.stringify({ current: `file://${home}` }));
    await expect(refuseFullStateFolder({ PULUMI_HOME: home })).rejects.toThrow(home);
  });

  it("with room, or no folder at all, is fine", async () => {
    await refuseFullStateFolder({ PULUMI_BACKEND_URL: "https://api.pulumi.com" });
    await refuseFullStateFolder({ PULUMI_HOME: home });
    disk.free = 64 * 1024 * 1024;
    await refuseFullStateFolder({ PULUMI_BACKEND_URL: `file://${home}` });
  });
});
