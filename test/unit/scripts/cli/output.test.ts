import { afterEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";

import { chooseOrchestras } from "../../../../scripts/cli/chooseOrchestras.ts";
import { type OutputOptions, print } from "../../../../scripts/cli/output.ts";

describe("a result", () => {
  afterEach(() => void vi.restoreAllMocks());

  const data = { since: new Date("2026-11-22T10:00:00Z"), twice: [{ id: "malmo" }, { id: "malmo" }], none: undefined };
  data.twice[1] = data.twice[0]!;
  const printed = (options: OutputOptions) => {
    let text = "";
    vi.spyOn(process.stdout, "write").mockImplementation((chunk) => Boolean((text += String(chunk))));
    vi.spyOn(console, "log").mockImplementation((line: string) => void (text += `${line}\n`));
    print(options, data, (width) => `a table of ${width}`);
    vi.restoreAllMocks();
    return text;
  };

  it("is the same in YAML and JSON", () => {
    const json = JSON.parse(printed({ output: "json" })) as object;
    expect(json).toEqual({ since: "2026-11-22T10:00:00.000Z", twice: [{ id: "malmo" }, { id: "malmo" }] });
    expect(parse(printed({ output: "yaml" }))).toEqual(json);
    expect(printed({ json: true })).toBe(printed({ output: "json" }));
  });

  it("is a table of any width with -o wide", () => {
    expect(printed({ output: "wide" })).toBe("a table of Infinity\n");
  });
});

describe("an orchestra on the command line", () => {
  const all = [{ id: "gavle" }, { id: "malmo" }];

  it("is one of the stack file's, or refused with those that it declares", () => {
    expect(chooseOrchestras(all, ["malmo"])).toEqual([{ id: "malmo" }]);
    expect(() => chooseOrchestras(all, ["malmoe"])).toThrowErrorMatchingInlineSnapshot(
      `[UserError: Expected orchestras of the stack file, got "malmoe" (was malmo meant?). It declares: gavle, malmo.]`,
    );
  });
});
