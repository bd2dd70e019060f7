import path from "node:path";

import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";

import { renderRules } from "./renderRules.ts";

const file = path.join(import.meta.dirname, "../../../docs/sql-rules.md");

describe("docs/sql-rules.md", () => {
  it("lists the rules of the code", async () => {
    const text = await format(renderRules(), { ...(await resolveConfig(file)), filepath: file });
    await expect(text).toMatchFileSnapshot(file);
  });
});
