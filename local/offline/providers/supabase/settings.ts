import { ProviderError } from "../shared/providerError.ts";
import { sameValue } from "../shared/planState.ts";
import { textOf, type Values } from "../shared/propertyMap.ts";
import type { Attribute, Attributes, Resource } from "../shared/resource.ts";
import { readSection, type Section, sections, writeSection } from "./settingsSections.ts";
import type { SupabaseClient } from "./supabaseClient.ts";
import { readSslEnforcement, writeSslEnforcement } from "./sslEnforcement.ts";
import { timeLimit, timeouts } from "./timeouts.ts";
import { waitForProject, waitForServices } from "./waiting.ts";

const text: Attribute = { kind: "optional", type: "string" };
const number: Attribute = { kind: "optional", type: "number" };
const unimplemented: Attribute = { ...text, unimplemented: true };

const attributes: Attributes = {
  // The fields that the official provider sends; it drops any other silently, and keeps it in the state.
  api: { ...text, json: { db_extra_search_path: text, db_pool: number, db_schema: text, max_rows: number } },
  auth: unimplemented,
  database: unimplemented,
  network: { ...text, json: { restrictions: { kind: "optional", type: "array" } } },
  // The official provider takes this one, never sends it and calls it applied.
  pooler: unimplemented,
  projectRef: { kind: "required", type: "string" },
  sslEnforcement: { kind: "optional", type: "boolean" },
  storage: unimplemented,
  timeouts: timeouts("create", "update"),
};

/** `supabase_settings` of the official provider 1.10.1. It sends the settings that the program names and never resets any. */
export const settings: Resource<SupabaseClient> = {
  attributes,

  create: async (client, plan, signal) => {
    const written = await write(client, plan, () => true, timeLimit(plan, "create"), signal);
    return { ...written, id: textOf(plan.projectRef) };
  },

  read: async (client, state, signal) => {
    const ref = textOf(state.id);
    const found: Values = { ...state, projectRef: ref };
    for (const section of sections) {
      if (state[section.name] !== undefined) await readInto(found, client, ref, section, signal);
    }
    if (state.sslEnforcement !== undefined) {
      const enforced = await readSslEnforcement(client, ref, signal);
      if (enforced !== undefined) found.sslEnforcement = enforced;
    }
    return found;
  },

  importState: (id) => {
    const detail = `Settings ${id} are not imported by the stand-in; declare them, and \`pulumi up\` sends them`;
    throw new ProviderError("Not implemented", detail);
  },

  update: (client, state, plan, signal) => {
    const changed = (name: string) => !sameValue(attributes[name]!, state[name], plan[name]);
    return write(client, plan, changed, timeLimit(plan, "update"), signal);
  },

  delete: () => Promise.resolve(),
};

/** Writes the chosen settings one after the other; as in the official provider one failure does not stop the rest. */
async function write(
  client: SupabaseClient,
  plan: Values,
  chosen: (name: string) => boolean,
  limit: number,
  signal: AbortSignal,
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
  state[section.name] = merge(
    section,
    asked,
    await writeSection(client, ref, section, JSON.parse(asked) as Values, signal),
  );
}

async function readInto(state: Values, client: SupabaseClient, ref: string, section: Section, signal: AbortSignal) {
  const answer = await readSection(client, ref, section, signal);
  if (answer !== undefined) state[section.name] = merge(section, textOf(state[section.name]), answer);
}

/** The settings that the program named, with the API's values. Text that means the same stays as the program wrote it. */
function merge({ name }: Section, asked: string, answer: Values): string {
  const named = Object.entries(JSON.parse(asked) as Values).sort(([left], [right]) => (left < right ? -1 : 1));
  const merged = JSON.stringify(Object.fromEntries(named.map(([key, value]) => [key, answer[key] ?? value])));
  return sameValue(attributes[name]!, asked, merged) ? asked : merged;
}
