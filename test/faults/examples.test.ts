import { describe, expect, it } from "vitest";

import { root } from "../support/checkout.ts";
import { runScript } from "../support/runOrchestra.ts";

/** Five real previews, over a local cloud of their own. Their text: test/unit/scripts/preview/examples.test.ts. */
describe("npm run examples -- --check", () => {
  it("finds examples/pull-request as the previews give it now", async () => {
    const { code, stdout, stderr } = await runScript("examples", root, ["--check"]);
    expect(code, stdout + stderr).toBe(0);
  });
});
