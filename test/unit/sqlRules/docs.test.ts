import path from "node:path";

import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";

import { renderRules } from "./renderRules.ts";

const file = path.join(import.meta.dirname, "../../../docs/sql-rules.md");

/** It does not prove that squawk would say the same of other migrations. */
describe("docs/sql-rules.md", () => {
  it("lists the rules of the code, and the figures of ours and of squawk on the corpus as it is", async () => {
    const text = await format(await renderRules(), { ...(await resolveConfig(file)), filepath: file });
    await expect(text).toMatchFileSnapshot(file);
  });
});
