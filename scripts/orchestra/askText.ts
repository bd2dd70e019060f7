import { isCancel, text } from "@clack/prompts";

import { UserError } from "../../infra/errors.ts";
import { orchestraSchema } from "../../infra/config/schema/orchestraSchema.ts";

/** Says what is wrong with an answer; undefined for a valid one. */
export type Check = (text: string) => string | undefined;

/** Asks on the terminal for one line. Ctrl-C ends with 130. */
export async function askText(message: string, check: Check, initialValue?: string): Promise<string> {
  const validate = (value: string | undefined) => check(value ?? "");
  return unlessCancelled(await text({ message, validate, ...(initialValue !== undefined && { initialValue }) }));
}

/** Returns a prompt's answer. Nothing is written before all answers are given, so Ctrl-C changes nothing. */
export function unlessCancelled(answer: string | symbol): string {
  if (!isCancel(answer)) return answer as string;
  throw new UserError("interrupted", "Interrupted; nothing was written.");
}

/** The stack file's own rules, and how to ask, for what every orchestra has. */
export const questions = {
  name: { message: "The orchestra's name", check: checkBy(orchestraSchema.shape.name) },
  contact: {
    message: "Whom to ask there: a person or an office",
    check: checkBy(orchestraSchema.shape.contact.shape.name),
  },
  email: {
    message: "Their e-mail address, the first administrator's login",
    check: checkBy(orchestraSchema.shape.contact.shape.email),
  },
  since: { message: "Set-up date", check: checkBy(orchestraSchema.shape.since) },
};

function checkBy(field: { safeParse(text: string): { error?: { issues: { message: string }[] } | undefined } }): Check {
  return (text) => field.safeParse(text).error?.issues[0]?.message;
}
