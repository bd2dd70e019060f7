import type { ConfigProblem } from "../problem.ts";
import { type Refusal, textField, type TextRules } from "./textField.ts";

/** Stands for an encrypted key while the stack's own is not at hand. */
export const standInKey = Buffer.alloc(32).toString("base64");

const keyRules: TextRules = {
  description:
    "The secret that every password of the stack derives from: 32 random bytes in base64, encrypted. Keep a copy where you keep " +
    "passwords: with it and this file, a lost state is rebuilt by one `pulumi up`.",
  expected: "32 random bytes in base64, 44 characters",
  example: "(made by the command below)",
  refuse: refuseKey,
  hidden: "secret",
};

/** `stagesub:key` and what belongs to it. */
export const keyFields = {
  key: textField(keyRules).optional(),
  keyVersion: textField({
    description:
      "Number of the key, one more each time it is replaced; every database then gets new passwords. See docs/operations.md, “Replace the key”.",
    expected: "a whole number from 1 to 999, in quotes",
    example: "2",
    snippet: '"${1:2}"',
    pattern: /^[1-9]\d{0,2}$/,
    rule: "it is no whole number from 1 to 999",
  }).default("1"),
  previousKey: textField({
    ...keyRules,
    description: "The key before this one, encrypted, until an `up` with the new one has come to its end.",
  }).optional(),
};

/** Returns why a text is no key. Base64 that Node alone would read, with letters left out or added, is no key. */
function refuseKey(text: string): Refusal | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 32 && bytes.toString("base64") === text) return undefined;
  return { why: "it is not 32 bytes in base64", remedy: "make one with the command of docs/real-accounts.md" };
}

/** Returns the finding for a stack without a key. */
export function missingKey(stack: string): ConfigProblem {
  return {
    path: ["stagesub:key"],
    expected: keyRules.expected,
    got: "nothing",
    why: "the passwords of its databases derive from it",
    remedy: `node -p "crypto.randomBytes(32).toString('base64')" | pulumi config set --secret stagesub:key -s ${stack}`,
  };
}
