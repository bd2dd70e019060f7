import { cancel, isCancel, select, text } from "@clack/prompts";

import { idRules, subdomainRules } from "../../infra/config/names.ts";
import { orchestraSchema } from "../../infra/config/orchestraSchema.ts";
import { suggestId } from "../../infra/config/suggestId.ts";
import { refuseText } from "../../infra/config/textField.ts";
import { today } from "./today.ts";

/** What `add` wants to know; each is an option too. */
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
  const { name: nameField, contact, since: sinceField } = orchestraSchema.shape;
  const name = given.name ?? (await askText("The orchestra's name", checkBy(nameField)));
  const id =
    given.id ?? (await askText("Its id, and its subdomain", (text) => checkId(text, taken), suggestId(name, taken)));
  const contactName =
    given.contact ?? (await askText("Whom to ask there: a person or an office", checkBy(contact.shape.name)));
  const email =
    given.email ??
    (await askText("Their e-mail address, the first administrator's login", checkBy(contact.shape.email)));
  const since = given.since ?? (await askText("Set-up date", checkBy(sinceField), today()));
  const database = given.database ?? (await askDatabase());
  return { ...given, name, id, contact: contactName, email, since, database };
}

type Check = (text: string) => string | undefined;

async function askText(message: string, check: Check, initialValue?: string): Promise<string> {
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

function unlessCancelled(answer: string | symbol): string {
  if (!isCancel(answer)) return answer as string;
  cancel("Interrupted; nothing was written.");
  return process.exit(130);
}

function checkBy(field: { safeParse(text: string): { error?: { issues: { message: string }[] } | undefined } }): Check {
  return (text) => field.safeParse(text).error?.issues[0]?.message;
}

function checkId(text: string, taken: ReadonlySet<string>): string | undefined {
  if (taken.has(text)) return `${text} is an orchestra's id or subdomain already`;
  const refusal = refuseText(text, idRules) ?? refuseText(text, subdomainRules);
  return refusal && `${refusal.why}: ${refusal.remedy}`;
}
