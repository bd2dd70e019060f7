import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

import { renderMarkdown } from "../../../../scripts/preview/format/renderMarkdown.ts";
import type { StackChanges } from "../../../../scripts/preview/read/stackChanges.ts";
import { root } from "../../../support/checkout.ts";

const folder = path.join(root, "examples/pull-request");
const plans = readdirSync(folder).filter((file) => file.endsWith(".json"));

/** That real previews give these plans: test/faults/examples.test.ts. */
it.each(plans)("the example %s reads as a plan reads today", async (file) => {
  const text = renderMarkdown(JSON.parse(readFileSync(path.join(folder, file), "utf8")) as StackChanges);
  await expect(text).toMatchFileSnapshot(path.join(folder, file.replace(/json$/, "md")));
});
