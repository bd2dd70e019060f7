import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { splitArguments } from "../../local/offline/languageHost/splitArguments.ts";

// Every expectation here was printed by google/shlex v0.0.0-20191202100458-e7afc7fbc510 itself, which the official host uses.

/** A text, and its words or the error. */
const table: [string, string[] | string][] = [
  ["", []],
  ["  ", []],
  ["a b", ["a", "b"]],
  ["a  b ", ["a", "b"]],
  ["\ta\r\nb\n", ["a", "b"]],
  ["--import=tsx/esm --import=#lean-sdk", ["--import=tsx/esm", "--import=#lean-sdk"]],
  ["--import tsx/esm --import #lean-sdk", ["--import", "tsx/esm", "--import"]],
  ["--import tsx/esm --import '#lean-sdk'", ["--import", "tsx/esm", "--import", "#lean-sdk"]],
  ["--import \\#lean-sdk", ["--import", "#lean-sdk"]],
  ["# all of it", []],
  ["a # b 'c", ["a"]],
  ["a # b\nc", ["a", "c"]],
  ["a # b\\\nc", ["a", "c"]],
  ["a #\n# b\nd", ["a", "d"]],
  ["a#b", ["a#b"]],
  ["a\\ #b", ["a #b"]],
  ["''#b", ["#b"]],
  ["'a'#b", ["a#b"]],
  ["a\\ b", ["a b"]],
  ["a\\\\b", ["a\\b"]],
  ["a\\'b", ["a'b"]],
  ["a\\\nb", ["a\nb"]],
  ["a\\", "EOF found after escape character"],
  ['"a\\', "EOF found after escape character"],
  ["'a\\'", ["a\\"]],
  ['"a\\"b"', ['a"b']],
  ['"a\\nb"', ["anb"]],
  ["'a\\nb'", ["a\\nb"]],
  ["'a b'", ["a b"]],
  ['"a b"', ["a b"]],
  ["'a'\"b\"", ["ab"]],
  ["a'b'c", ["abc"]],
  ["'a''b'", ["ab"]],
  ["'a' 'b'", ["a", "b"]],
  ["'\"'\"'\"", ["\"'"]],
  ["''", [""]],
  ['""', [""]],
  ["a '' b", ["a", "", "b"]],
  ["''''", [""]],
  ["'a", "EOF found when expecting closing quote"],
  ['"a', "EOF found when expecting closing quote"],
  ["a'", "EOF found when expecting closing quote"],
  ["it's", "EOF found when expecting closing quote"],
  ["a=b=c", ["a=b=c"]],
  ["$HOME", ["$HOME"]],
  ["a;b|c&d", ["a;b|c&d"]],
  ["`a`", ["`a`"]],
  ["*", ["*"]],
  ["~", ["~"]],
  ["a\u00a0b", ["a\u00a0b"]],
  ["å 'ä ö'", ["å", "ä ö"]],
  ["😀 \\😀", ["😀", "😀"]],
  ["a\u2028b", ["a\u2028b"]],
  ["a\fb", ["a\fb"]],
  ["a\u000bb", ["a\u000bb"]],
  ["a\u0000b", ["a\u0000b"]],
];

const split = (text: string): string[] | string => {
  const result = splitArguments(text);
  return "problem" in result ? result.problem : result.words;
};

describe("nodeargs are split as google/shlex splits them", () => {
  it.each(table)("%j", (text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it("for each of the 137,257 texts of up to six of the characters that mean something", () => {
    const hash = createHash("sha256");
    let texts = 0;
    const visit = (text: string, left: number): void => {
      const result = split(text);
      hash.update(`${JSON.stringify(typeof result === "string" ? { error: result } : result)}\n`);
      texts += 1;
      if (left > 0) for (const character of `a \n'"\\#`) visit(text + character, left - 1);
    };
    visit("", 6);
    expect([texts, hash.digest("hex")]).toEqual([
      137_257,
      "a66ec570d9cbc20072817435ecfc3aaa066a445beeb3ac7dc18c2c3ee7eec8e1",
    ]);
  });
});

describe("the program's own nodeargs", () => {
  it("reach node as whole words: each option carries its value", () => {
    const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as { runtime: { options: { nodeargs: string } } };
    expect(split(runtime.options.nodeargs)).toEqual(["--import=tsx/esm"]);
  });
});
