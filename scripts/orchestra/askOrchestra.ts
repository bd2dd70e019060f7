import { select } from "@clack/prompts";

import { idRules, subdomainRules } from "../../infra/config/schema/names.ts";
import { suggestId } from "../stack/suggestId.ts";
import { refuseText } from "../../infra/config/schema/textField.ts";
import { askText, questions, unlessCancelled } from "./askText.ts";
import { today } from "../cli/today.ts";

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
  const ask = (field: keyof typeof questions, initialValue?: string) =>
    askText(questions[field].message, questions[field].check, initialValue);
  const name = given.name ?? (await ask("name"));
  const id =
    given.id ?? (await askText("Its id, and its subdomain", (text) => checkId(text, taken), suggestId(name, taken)));
  const contact = given.contact ?? (await ask("contact"));
  const email = given.email ?? (await ask("email"));
  const since = given.since ?? (await ask("since", today()));
  const database = given.database ?? (await askDatabase());
  return { ...given, name, id, contact, email, since, database };
}

async function askDatabase(): Promise<string> {
  const options = [
    { value: "project", label: "a Supabase project of its own", hint: "two to three minutes" },
    { value: "pool", label: "the next free database of the pool", hint: "seconds" },
    { value: "adopted", label: "one that exists already", hint: "its URLs under stagesub:adopted first" },
  ];
  return unlessCancelled(await select({ message: "Its database", options }));
}

function checkId(text: string, taken: ReadonlySet<string>): string | undefined {
  if (taken.has(text)) return `${text} is an orchestra's id or subdomain already`;
  const refusal = refuseText(text, idRules) ?? refuseText(text, subdomainRules);
  return refusal && `${refusal.why}: ${refusal.remedy}`;
}
