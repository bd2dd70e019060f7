import { z } from "zod";

/** Why a text is refused and what to write instead. */
export interface Refusal {
  why: string;
  remedy: string;
}

export interface TextRules {
  /** Editors show it on hover. */
  description: string;
  /** The short form for messages: "an e-mail address". */
  expected: string;
  /** A value that passes, shown in messages and by editors. */
  example: string;
  /** Editors insert it in place of an example that YAML alone would read otherwise: `"${1:2026-11-22}"`. */
  snippet?: string;
  /** Editors check it while typing; `rule` says it in words. */
  pattern?: RegExp;
  rule?: string;
  /** Checks more than a pattern can; runs first, because its reasons are more precise. */
  refuse?: (text: string) => Refusal | undefined;
  /** The value is never shown: `secret` must be encrypted in the file, `guarded` is easily mistaken for a token. */
  hidden?: "secret" | "guarded";
}

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
  return field.register(fieldNotes, { expected, ...(hidden && { hidden }) });
}

/** Applies a field's rules to a text from elsewhere (an environment variable, an id that serves as a subdomain). */
export function refuseText(text: string, rules: TextRules): Refusal | undefined {
  const refusal = rules.refuse?.(text);
  if (refusal !== undefined || rules.pattern === undefined || rules.pattern.test(text)) return refusal;
  return { why: rules.rule ?? `it does not match ${rules.pattern.source}`, remedy: `write it like ${rules.example}` };
}

/** Returns the text that an editor shows in place of the regular expression. */
function explainPattern({ expected, example, rule }: TextRules): string {
  const such = expected.includes("such as") || expected.includes(example) ? "" : `, such as ${example}`;
  return `Expected ${expected}${such}${rule === undefined ? "" : `: ${rule}`}.`;
}
