import { ProviderError } from "../shared/providerError.ts";
import { sameValue } from "../shared/planState.ts";
import { isObject, textOf, type Value, type Values } from "../shared/propertyMap.ts";
import type { Attributes, Call, Resource } from "../shared/resource.ts";
import { readSection, type Section, sections, writeSection } from "./settingsSections.ts";
import type { SupabaseClient } from "./supabaseClient.ts";
import { readSslEnforcement, writeSslEnforcement } from "./sslEnforcement.ts";
import { timeLimit, waitForProject, waitForServices } from "./waiting.ts";

const json = { kind: "optional", type: "string", json: true } as const;
const attributes: Attributes = {
  api: json,
  auth: json,
  database: json,
  network: json,
  pooler: json,
  projectRef: { kind: "required", type: "string" },
  sslEnforcement: { kind: "optional", type: "boolean" },
  storage: json,
  timeouts: { kind: "optional", type: "object" },
};

/** `supabase_settings` of the official provider 1.9.1. It sends what the program names and never resets anything. */
export const settings: Resource<SupabaseClient> = {
  attributes,

  create: async (client, plan, call) => {
    const written = await write(client, plan, () => true, timeLimit(plan, "create"), call);
    return { ...written, id: textOf(plan.projectRef) };
  },

  read: async (client, state, call) => {
    const ref = textOf(state.id);
    const found: Values = { ...state, projectRef: ref };
    for (const section of sections) {
      if (state[section.name] !== undefined) await readInto(found, client, ref, section, call);
    }
    if (state.sslEnforcement !== undefined) {
      const enforced = await readSslEnforcement(client, ref, call.signal);
      if (enforced !== undefined) found.sslEnforcement = enforced;
    }
    return found;
  },

  importState: async (client, id, call) => {
    const found: Values = { id, projectRef: id };
    for (const section of sections) await readInto(found, client, id, section, call);
    const enforced = await readSslEnforcement(client, id, call.signal);
    return enforced === undefined ? found : { ...found, sslEnforcement: enforced };
  },

  update: (client, state, plan, call) => {
    const changed = (name: string) => !sameValue(attributes[name] ?? json, state[name], plan[name]);
    return write(client, plan, changed, timeLimit(plan, "update"), call);
  },

  delete: () => Promise.resolve(),
};

/** Writes the chosen settings one after the other; as in the official provider one failure does not stop the rest. */
async function write(
  client: SupabaseClient,
  plan: Values,
  chosen: (name: string) => boolean,
  limit: number,
  { signal }: Call,
): Promise<Values> {
  const ref = textOf(plan.projectRef);
  await waitForProject(client, ref, limit, signal);
  await waitForServices(client, ref, limit, signal);

  const written = { ...plan };
  const failures: unknown[] = [];
  const attempt = (work: Promise<void>) => work.catch((error: unknown) => failures.push(error));
  for (const section of sections) {
    const asked = plan[section.name];
    if (asked === undefined || !chosen(section.name)) continue;
    await attempt(writeInto(written, client, ref, section, textOf(asked), signal));
  }
  if (typeof plan.sslEnforcement === "boolean" && chosen("sslEnforcement")) {
    await attempt(writeSslEnforcement(client, ref, plan.sslEnforcement, limit, signal));
  }
  if (failures.length > 0) throw failures[0];
  return written;
}

async function writeInto(
  state: Values,
  client: SupabaseClient,
  ref: string,
  section: Section,
  asked: string,
  signal: AbortSignal,
): Promise<void> {
  const answer = await writeSection(client, ref, section, parseObject(section.name, asked), signal);
  state[section.name] = merge(asked, answer);
}

async function readInto(state: Values, client: SupabaseClient, ref: string, section: Section, { signal }: Call) {
  const answer = await readSection(client, ref, section, signal);
  if (answer !== undefined) state[section.name] = merge(textOf(state[section.name]), answer);
}

/**
 * The settings that the program named, with the API's values; all that the API knows where it named none. Text that means
 * the same stays as the program wrote it.
 */
function merge(asked: string, answer: { [key: string]: Value }): string {
  if (asked === "") return JSON.stringify(sorted(answer));
  const merged = JSON.stringify(sorted(pick(JSON.parse(asked) as { [key: string]: Value }, answer)));
  return sameValue(json, asked, merged) ? asked : merged;
}

function pick(asked: { [key: string]: Value }, answer: { [key: string]: Value }): { [key: string]: Value } {
  const entries = Object.entries(asked).map(([key, value]): [string, Value] => {
    const actual = answer[key];
    if (actual === undefined || actual === null) return [key, value];
    return [key, isObject(value) && isObject(actual) ? pick(value, actual) : actual];
  });
  return Object.fromEntries(entries);
}

function sorted(object: { [key: string]: Value }): { [key: string]: Value } {
  return Object.fromEntries(Object.entries(object).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function parseObject(name: string, text: string): { [key: string]: Value } {
  const value = JSON.parse(text) as Value;
  if (!isObject(value)) throw new ProviderError("Client Error", `Expected a JSON object in ${name}`, name);
  return value;
}
