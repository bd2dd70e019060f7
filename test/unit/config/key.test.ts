import { describe, expect, it } from "vitest";
import { parseStack } from "../../../infra/config/parseStack.ts";
import { bodyOf, goodFile, parse, read, refusalOf } from "./stackFile.ts";

/** `stagesub:key`, `keyVersion` and `previousKey`. */
describe("the key of a stack", () => {
  const key = Buffer.alloc(32, 7).toString("base64");

  it("is 32 bytes in base64, the first one unless the file says otherwise", () => {
    expect(parse(goodFile, { "stagesub:key": key })).toMatchObject({ key, keyVersion: 1 });
  });

  it("is missed, with the command that makes one", () => {
    const { values, ...raw } = read(goodFile);
    const { "stagesub:key": _, ...others } = values;
    expect(bodyOf(refusalOf(() => parseStack({ ...raw, values: others }, {})))).toMatchInlineSnapshot(`
      "stagesub:key  (stacks/Pulumi.production.yaml:1:1)
        expected: 32 random bytes in base64, 44 characters
        got:      nothing
        why:      the passwords of its databases derive from it
        do this:  node -p "crypto.randomBytes(32).toString('base64')" | pulumi config set --secret stagesub:key -s production"
    `);
  });

  it.each([
    "",
    "short",
    key.slice(0, -1),
    `${key}\n`,
    key.replace("=", "=="),
    "07".repeat(32),
    Buffer.alloc(31).toString("base64"),
  ])("is refused as %j, which is not shown", (text) => {
    const message = bodyOf(refusalOf(() => parse(goodFile, { "stagesub:key": text })));
    expect(message).toContain("expected: 32 random bytes in base64, 44 characters");
    if (text.length > 8) expect(message).not.toContain(text);
  });

  it("stands encrypted in the file, the one before it too", () => {
    const raw = read(goodFile, { "stagesub:previousKey": key });
    const { problems } = refusalOf(() =>
      parseStack({ ...raw, secretKeys: raw.secretKeys.filter((name) => name !== "stagesub:key") }, {}),
    );
    expect(problems.map(({ path, got }) => `${path}: ${got}`)).toEqual([
      "stagesub:key: a secret in clear (not shown)",
      "stagesub:previousKey: a secret in clear (not shown)",
    ]);
  });
});
