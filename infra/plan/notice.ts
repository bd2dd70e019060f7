/** Codes of the notices of a run, which are no errors. */
export const noticeCodes = [
  "orchestra-suspended",
  "orchestra-opens",
  "orchestra-retired",
  "orchestra-released",
  "orchestra-returns",
  "orchestra-deleted",
  "project-adopted",
  "project-restored",
  "project-trouble",
  "record-adopted",
  "record-gone",
  "rollout-order",
] as const;

/** A message of a run that is no error. */
export interface Notice {
  code: (typeof noticeCodes)[number];
  /** The words of the text that differ for another orchestra: first its id or its database's key. None holds a space. */
  values: string[];
  text: string;
}

/**
 * Returns a notice as the engine takes it. The engine carries a message as one text, so code and values follow it, in brackets like an
 * error's code; `./stagesub plan` reads them there (scripts/preview/read/messages.ts).
 */
export function formatNotice(notice: Notice | string): string {
  if (typeof notice === "string") return notice;
  const { code, values, text } = notice;
  return `${text} [${[code, ...values].join(" ")}]`;
}
