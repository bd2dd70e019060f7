import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseStack } from "../../../infra/config/parseStack.ts";
import { readPoolVariables } from "../../../scripts/adopt/readPoolVariables.ts";
import { type Checkout, copyCompiledCheckout, root } from "../../support/checkout.ts";
import { runStagesub } from "../../support/runStagesub.ts";
import { goodFile, read as readRaw, refusalOf } from "../config/stackFile.ts";

/** Inputs of public reports, made small; names and addresses are invented. */
const caseFile = (name: string) => readFileSync(path.join(root, "test/cases", name));

describe("a dotenv file of a public report", () => {
  it.each([
    ["bom", ["pool-4", "pool-5"], []],
    ["colon", ["pool-4", "pool-5", "pool-6"], []],
    ["openquote", ["pool-4", "pool-5"], []],
    ["percent", [], ["DATABASE_URL_POOL_4: expected a connection URL; it holds a % that starts no percent-encoding"]],
    ["reference", ["pool-4", "pool-5"], []],
    ["schema", [], ["its parameter schema names another schema than public"]],
  ])("is read whole, or refused by name before anything is written: %s.env", (name, keys, expected) => {
    const { variables, problems } = readPoolVariables(caseFile(`dotenv/${name}.env`));
    expect(variables.map(({ key }) => key)).toEqual(keys);
    expect(problems).toHaveLength(expected.length);
    for (const [index, words] of expected.entries()) expect(problems[index]).toContain(words);
  });

  it("leads to as many databases as it names projects", () => {
    const { variables } = readPoolVariables(caseFile("dotenv/reference.env"));
    expect(variables.map(({ direct }) => new URL(direct).username)).toEqual([
      "postgres.abcdefghijklmnopqrsa",
      "postgres.abcdefghijklmnopqrsb",
    ]);
  });
});

describe("a stack file of a public report", { timeout: 60_000 }, () => {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await copyCompiledCheckout();
  });
  afterAll(() => checkout.remove());

  it.each([
    ["merge-key", ["an anchor (&)", "a merge key (<<)"]],
    ["anchor", ["an anchor (&)", "an alias (*)"]],
  ])(
    "is refused alike by a preview, `schema --check` and every command, and stays as it is: %s",
    async (name, words) => {
      const text = caseFile(`stack/${name}.stack.yaml`).toString();
      await checkout.write("stacks/Pulumi.local.yaml", text);
      const run = (...args: string[]) => runStagesub(checkout.dir, [...args, "-s", "local"], { PULUMI_STACK: "" });
      const runs = await Promise.all([
        runStagesub(checkout.dir, ["schema", "--check"]),
        run("rotate", "malmo"),
        run("suspend", "malmo"),
        run("add", "--name", "Umeå", "--contact", "Å", "--email", "a@example.se"),
      ]);
      const preview = refusalOf(() =>
        parseStack({ ...readRaw(goodFile), stack: "local", file: { path: "stacks/Pulumi.local.yaml", text } }, {}),
      );
      for (const said of [...runs.map(({ stderr }) => stderr), preview.message])
        for (const word of words) expect(said).toContain(word);
      expect(runs.map(({ code }) => code)).toEqual([1, 2, 2, 2]);
      expect(await checkout.read("stacks/Pulumi.local.yaml")).toBe(text);
    },
  );
});
