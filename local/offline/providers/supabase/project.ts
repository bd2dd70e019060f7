import { oneOf } from "../shared/checkInputs.ts";
import { ProviderError } from "../shared/providerError.ts";
import { sameValue } from "../shared/planState.ts";
import { textOf, type Values } from "../shared/propertyMap.ts";
import type { Attributes, Resource } from "../shared/resource.ts";
import type { SupabaseClient } from "./supabaseClient.ts";
import { timeLimit, timeouts } from "./timeouts.ts";
import { waitForProject } from "./waiting.ts";

const attributes: Attributes = {
  databasePassword: { kind: "required", type: "string", secret: true, problem: atLeastFour },
  instanceSize: { kind: "optionalComputed", type: "string", problem: oneOf("instance_size", instanceSizes()) },
  legacyApiKeysEnabled: { kind: "optionalComputed", type: "boolean" },
  name: { kind: "required", type: "string", autonamed: true },
  /** The slug, despite its name. */
  organizationId: { kind: "required", type: "string" },
  region: { kind: "required", type: "string" },
  timeouts: timeouts("create", "update"),
};

/** `supabase_project` of the official provider 1.10.1: the same requests in the same order. */
export const project: Resource<SupabaseClient> = {
  attributes,

  create: async (client, plan, signal) => {
    const ref = await createProject(client, plan, signal);
    await waitForProject(client, ref, timeLimit(plan, "create"), signal);
    const state = { ...plan, id: ref };
    if (plan.legacyApiKeysEnabled !== undefined) await setLegacyKeys(client, state, signal);
    return readProject(client, state, signal);
  },

  read: readProject,

  importState: (id) => ({ id }),

  update: async (client, state, plan, signal) => {
    const path = `/${textOf(state.id)}`;
    const changed = (name: string) => {
      const attribute = attributes[name];
      return attribute !== undefined && plan[name] !== undefined && !sameValue(attribute, state[name], plan[name]);
    };
    const send = (method: "PATCH", below: string, body: object, failure: string) =>
      client.send({ method, path: path + below, body, failure, accepts: [200], signal });

    // As in the official provider, an attribute that cannot change ends the update, and after any other failure the rest goes on.
    const failures: unknown[] = [];
    const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(error));
    if (changed("name")) await attempt(send("PATCH", "", { name: plan.name }, "Unable to update project name"));
    if (changed("databasePassword")) {
      const body = { password: plan.databasePassword };
      await attempt(send("PATCH", "/database/password", body, "Unable to update database password"));
    }
    if (changed("region")) refuseUpdate("region");
    if (changed("organizationId")) refuseUpdate("organization_id");
    if (changed("instanceSize")) await attempt(resize(client, plan, signal));
    if (changed("legacyApiKeysEnabled")) await attempt(setLegacyKeys(client, plan, signal));
    if (failures.length > 0) throw failures[0];
    return plan;
  },

  delete: async (client, state, signal) => {
    const request = { path: `/${textOf(state.id)}`, failure: "Unable to delete project", accepts: [200, 404], signal };
    await client.send({ method: "DELETE", ...request });
  },
};

async function createProject(client: SupabaseClient, plan: Values, signal: AbortSignal): Promise<string> {
  const body = {
    db_pass: plan.databasePassword,
    ...(plan.instanceSize === undefined ? {} : { desired_instance_size: plan.instanceSize }),
    name: plan.name,
    organization_slug: plan.organizationId,
    region_selection: { type: "specific", code: plan.region },
  };
  const request = { path: "", body, failure: "Unable to create project", accepts: [201], signal };
  const answer = await client.send({ method: "POST", ...request });
  return (answer.body as { id: string }).id;
}

/** Returns the state as the API sees it. A project that is gone keeps its state: the official provider hides that from a refresh. */
async function readProject(client: SupabaseClient, state: Values, signal: AbortSignal): Promise<Values> {
  const path = `/${textOf(state.id)}`;
  const read = (below: string, failure: string, accepts: number[]) =>
    client.send({ method: "GET", path: path + below, failure, accepts, signal });

  const project = await read("", "Unable to read project", [200, 404]);
  if (project.status === 404) return state;
  const { organization_id, name, region } = project.body as { organization_id: string; name: string; region: string };

  const keys = await read("/api-keys/legacy", "Unable to read project legacy api keys", [200, 404]);
  const legacyApiKeysEnabled = keys.status === 200 && (keys.body as { enabled: boolean }).enabled;

  const addons = await read("/billing/addons", "Unable to read project addons", [200]);
  const { selected_addons } = addons.body as { selected_addons: { type: string; variant: { id: string } }[] };
  const compute = selected_addons.find(({ type }) => type === "compute_instance");

  const { instanceSize: _size, ...rest } = state;
  const instanceSize = compute ? { instanceSize: compute.variant.id.replace(/^ci_/, "") } : {};
  return { ...rest, ...instanceSize, organizationId: organization_id, name, region, legacyApiKeysEnabled };
}

async function resize(client: SupabaseClient, plan: Values, signal: AbortSignal): Promise<void> {
  const path = `/${textOf(plan.id)}/billing/addons`;
  const body = { addon_type: "compute_instance", addon_variant: `ci_${textOf(plan.instanceSize)}` };
  await client.send({ method: "PATCH", path, body, failure: "Unable to update project", accepts: [200], signal });
  await waitForProject(client, textOf(plan.id), timeLimit(plan, "update"), signal);
}

async function setLegacyKeys(client: SupabaseClient, state: Values, signal: AbortSignal): Promise<void> {
  const path = `/${textOf(state.id)}/api-keys/legacy?enabled=${state.legacyApiKeysEnabled === true}`;
  await client.send({ method: "PUT", path, failure: "Unable to update legacy api keys", accepts: [200], signal });
}

function refuseUpdate(attribute: string): never {
  throw new ProviderError("Client Error", "Update is not supported for this attribute", attribute);
}

function atLeastFour(value: unknown): string | undefined {
  const length = typeof value === "string" ? value.length : 0;
  return length < 4
    ? `Invalid Attribute Value Length. Attribute database_password string length must be at least 4, got: ${length}.`
    : undefined;
}

/** Returns the words that the official provider allows, in its order. */
function instanceSizes(): string[] {
  const huge = ["", "_high_memory", "_optimized_cpu", "_optimized_memory"];
  const sizes = [
    "large",
    "medium",
    "micro",
    "12xlarge",
    "16xlarge",
    ...huge.map((kind) => `24xlarge${kind}`),
    "2xlarge",
  ];
  return [...sizes, ...huge.map((kind) => `48xlarge${kind}`), "4xlarge", "8xlarge", "nano", "small", "xlarge"];
}
