import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { scenarios } from "../../../../scripts/examples/scenarios.ts";
import { renderMarkdown } from "../../../../scripts/preview/renderMarkdown.ts";
import type { StackChanges } from "../../../../scripts/preview/stackChanges.ts";
import { root } from "../../../support/checkout.ts";

const folder = path.join(root, "examples/pull-request");
const read = (file: string) => readFileSync(path.join(folder, file), "utf8");

/** That the previews themselves still give this is not proven here: `npm run examples -- --check`, in test/faults/examples.test.ts. */
describe("the examples of a pull request", () => {
  it("are one of each scenario", () => {
    const names = scenarios.flatMap(({ name }) => [`${name}.json`, `${name}.md`]);
    expect(readdirSync(folder).sort()).toEqual(names.sort());
  });

  it.each(scenarios.map(({ name }) => name))("read as the plan of %s reads today", (name) => {
    expect(renderMarkdown(JSON.parse(read(`${name}.json`)) as StackChanges)).toBe(read(`${name}.md`));
  });
});
