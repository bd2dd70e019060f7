import { z } from "zod";
import { refuseText, type TextRules } from "./textRules.ts";

/** What messages need to know about a field; editors read the rest from its JSON Schema. */
export const fieldNotes = z.registry<Pick<TextRules, "expected" | "hidden">>();

/** A text with its rules: one declaration for the type, the check, its message and the editor's help. */
export function textField(rules: TextRules): z.ZodString {
  const { description, expected, example, pattern, hidden } = rules;
  const field = z
    .string()
    .superRefine((text, context) => {
      const refusal = refuseText(text, rules);
      if (refusal !== undefined) context.addIssue({ code: "custom", message: refusal.why, params: { refusal } });
    })
    .meta({ description, examples: [example], ...(pattern === undefined ? {} : { pattern: pattern.source }) });
  return field.register(fieldNotes, { expected, ...(hidden === undefined ? {} : { hidden }) });
}
