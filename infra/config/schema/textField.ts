import { z } from "zod";
import { refuseText, type TextRules } from "./textRules.ts";

/** The rules of a field that messages use; editors read the rest from its JSON Schema. */
export const fieldNotes = z.registry<Pick<TextRules, "expected" | "hidden">>();

/** Makes a text field of rules: one declaration for the type, the check, its message and the editor's help. */
export function textField(rules: TextRules): z.ZodString {
  const { description, expected, example, snippet, pattern, hidden } = rules;
  const editor = {
    ...(pattern && { pattern: pattern.source, patternErrorMessage: explainPattern(rules) }),
    ...(snippet !== undefined && { defaultSnippets: [{ label: example, body: snippet }] }),
  };
  const field = z
    .string()
    .superRefine((text, context) => {
      const refusal = refuseText(text, rules);
      if (refusal !== undefined) context.addIssue({ code: "custom", message: refusal.why, params: { refusal } });
    })
    .meta({ description, examples: [example], ...editor });
  return field.register(fieldNotes, { expected, ...(hidden === undefined ? {} : { hidden }) });
}

/** Returns the text that an editor shows in place of the regular expression. */
function explainPattern({ expected, example, rule }: TextRules): string {
  const such = expected.includes("such as") || expected.includes(example) ? "" : `, such as ${example}`;
  return `Expected ${expected}${such}${rule === undefined ? "" : `: ${rule}`}.`;
}
