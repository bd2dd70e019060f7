import { isCancel, select, text } from "@clack/prompts";

import { UserError } from "../../infra/errors.ts";
import { idRules, subdomainRules } from "../../infra/config/schema/names.ts";
import { orchestraSchema } from "../../infra/config/schema/orchestraSchema.ts";
import { refuseText } from "../../infra/config/schema/textField.ts";
import { suggestId } from "../stack/suggestId.ts";

/** The answers that `add` asks for; each is an option too. */
export interface Answers {
  name: string;
  contact: string;
  email: string;
  id?: string;
  subdomain?: string;
  /** YYYY-MM-DD */
  since?: string;
  /** project, pool, pool-N or adopted */
  database?: string;
}

/** Asks on the terminal for what is not given, each answer checked by the stack file's own rules. Ctrl-C ends with 130. */
export async function askOrchestra(given: Partial<Answers>, taken: ReadonlySet<string>): Promise<Answers> {
  const name = given.name ?? (await askField("name"));
  const id =
    given.id ?? (await askText("Its id, and its subdomain", (text) => checkId(text, taken), suggestId(name, taken)));
  const contact = given.contact ?? (await askField("contact"));
  const email = given.email ?? (await askField("email"));
  const since = given.since ?? (await askField("since", "", today()));
  const database = given.database ?? (await askDatabase());
  return { ...given, name, id, contact, email, since, database };
}

const { name, contact, since } = orchestraSchema.shape;
const questions = {
  name: { message: "The orchestra's name", field: name },
  contact: { message: "Whom to ask there: a person or an office", field: contact.shape.name },
  email: { message: "Their e-mail address, the first administrator's login", field: contact.shape.email },
  since: { message: "Set-up date", field: since },
};

/** Asks for a value that every orchestra has, by the stack file's own rules. @param before stands before the question */
export function askField(of: keyof typeof questions, before = "", initialValue?: string): Promise<string> {
  const { message, field } = questions[of];
  return askText(before + message, (text) => field.safeParse(text).error?.issues[0]?.message, initialValue);
}

/** Asks on the terminal for one line; `check` says what is wrong with it. Ctrl-C ends with 130. */
export async function askText(
  message: string,
  check: (text: string) => string | undefined,
  initialValue?: string,
): Promise<string> {
  const validate = (value: string | undefined) => check(value ?? "");
  return unlessCancelled(await text({ message, validate, ...(initialValue !== undefined && { initialValue }) }));
}

async function askDatabase(): Promise<string> {
  const options = [
    { value: "project", label: "a Supabase project of its own", hint: "two to three minutes" },
    { value: "pool", label: "the next free database of the pool", hint: "seconds" },
    { value: "adopted", label: "one that exists already", hint: "its URLs under stagesub:adopted first" },
  ];
  return unlessCancelled(await select({ message: "Its database", options }));
}

/** Returns a prompt's answer. Nothing is written before all answers are given, so Ctrl-C changes nothing. */
function unlessCancelled(answer: string | symbol): string {
  if (!isCancel(answer)) return answer as string;
  throw new UserError("interrupted", "Interrupted; nothing was written.");
}

function checkId(text: string, taken: ReadonlySet<string>): string | undefined {
  if (taken.has(text)) return `${text} is an orchestra's id or subdomain already`;
  const refusal = refuseText(text, idRules) ?? refuseText(text, subdomainRules);
  return refusal && `${refusal.why}: ${refusal.remedy}`;
}

/** Returns this machine's calendar day, YYYY-MM-DD. */
export function today(): string {
  const now = new Date();
  const part = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${part(now.getMonth() + 1)}-${part(now.getDate())}`;
}
