import { describe, expect, it } from "vitest";

import { ensureNode } from "../../local/toolchain/ensureNode.ts";
import { runStagesub } from "../support/runStagesub.ts";
import { checkout } from "../../infra/util/checkout.ts";
import { fakeMachine } from "./toolchainHarness.ts";

// With a script in place of npm. That the other Nodes pass the tests was seen by hand, not here: each is 100 MB.

describe("./stagesub test-node", () => {
  it("installs a Node once, outside the checkout, and says what npm said where it has none", async () => {
    const fake = fakeMachine();
    try {
      const file = `$3/node_modules/node-${process.platform}-${process.arch}/bin`;
      fake.install(
        "npm",
        `echo "npm $*" >> "$CALLS"\ncase "$*" in *@99) echo "404 no such version" >&2; exit 1 ;; esac\nmkdir -p "${file}"`,
      );
      const first = await ensureNode("24", fake.machine, () => undefined);
      expect(first.startsWith(fake.cache)).toBe(true);
      expect(await ensureNode("24", fake.machine, () => undefined)).toBe(first);
      expect(fake.countCalls("npm install")).toBe(1);
      await expect(ensureNode("99", fake.machine, () => undefined)).rejects.toThrow("404 no such version");
      await expect(ensureNode("lts", fake.machine, () => undefined)).rejects.toMatchObject({ code: "command-line" });
    } finally {
      fake.remove();
    }
  });

  it("shows what it takes, and ends with 2 for what is no version", async () => {
    const help = await runStagesub(checkout, ["test-node", "--help"]);
    expect(help.stdout).toContain("Exit codes: vitest's own");
    const refused = await runStagesub(checkout, ["test-node", "lts"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'Expected a version of Node such as 24 or 24.22.3, got "lts". [command-line]\n',
    ]);
  });
});
