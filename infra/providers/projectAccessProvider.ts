import { setTimeout as sleep } from "node:timers/promises";
import type * as pulumi from "@pulumi/pulumi";

import { readSupabaseAccess } from "../api/apiAccess.ts";
import { ApiError } from "../api/apiError.ts";
import type { ApiAccess } from "../api/callApi.ts";
import { dashboardOf, describeProject, explainStatus, healthy } from "../api/projectStatus.ts";
import { readPooler, readProject } from "../api/supabaseApi.ts";
import { withClient } from "../database/connection.ts";
import { PasswordRefused } from "../database/databaseError.ts";
import { projectConnections, trust } from "./connections.ts";
import { defineProvider } from "./lifecycle.ts";
import type { ProjectAccessInputs, ProjectAccessState } from "./projectAccess.ts";

/** How long a project may take to come up, in milliseconds: as long as its making may, `timeouts.create` of the project. */
const patienceMs = 20 * 60_000;

let access: () => ApiAccess = () => {
  throw new Error("ProjectAccess was not configured");
};

const lifecycle = defineProvider<ProjectAccessInputs, ProjectAccessState>({
  ensure: async (inputs, before) => {
    // It would be adopted, and was found unfit before the run: whatever has become of it since, none is made beside it.
    if (!before && inputs.trouble !== undefined) throw new ApiError(inputs.trouble);
    // Later logins are OrchestraDatabase's: a new password is not in force yet when this is looked at.
    const pooler = before ? await findPooler(access(), inputs) : await proveAccess(access(), inputs);
    return { id: inputs.ref, state: { pooler } };
  },

  inspect: async (ref, { state, drift: _drift, trouble: _trouble, ...inputs }) => {
    const project = await readProject(access(), ref);
    const problem = project ? project.trouble : explainGone(inputs);
    if (problem !== undefined) return { inputs: { ...inputs, drift: [problem] }, state };
    return { inputs, state: { pooler: await readPooler(access(), ref) } };
  },

  relevant: ({ ref, trouble, drift }) => ({ ref, trouble, drift }),
});

/** The token is the stack's or the environment's, as for the official provider; it is in no resource's state. */
export const provider = {
  ...lifecycle,
  configure: ({ config }: pulumi.dynamic.ConfigureRequest) => {
    access = () => readSupabaseAccess((key) => config.get(key), process.env);
    return Promise.resolve();
  },
};

/**
 * Waits until a project is active and opens with this stack's password.
 *
 * @returns its pooler
 * @throws ApiError or DatabaseError with what is wrong with it
 */
export async function proveAccess(api: ApiAccess, inputs: ProjectAccessInputs): Promise<Record<string, string>> {
  const pooler = await findPooler(api, inputs);
  await logIn(inputs, pooler);
  return pooler;
}

async function findPooler(api: ApiAccess, inputs: ProjectAccessInputs): Promise<Record<string, string>> {
  await awaitProject(api, inputs);
  return readPooler(api, inputs.ref);
}

async function awaitProject(api: ApiAccess, { project: name, ref }: ProjectAccessInputs): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
    const project = await readProject(api, ref);
    if (!project) throw new ApiError(explainGone({ project: name, ref }));
    if (project.status === healthy) return;
    const trouble = explainStatus(project);
    if (trouble !== undefined) throw new ApiError(trouble);
    if (Date.now() + pause > deadline) {
      throw new ApiError(
        `${describeProject(project)} is still ${project.status} after ${patienceMs / 60_000} minutes. Nothing is lost, and none is made beside it: ` +
          `look at ${dashboardOf(ref)}, and run this again when it is active.`,
      );
    }
    await sleep(pause);
  }
}

/** A pooler learns of a new project a while after the API calls it active: the connection waits for that. */
async function logIn({ project, ref, password, connect, ca }: ProjectAccessInputs, pooler: Record<string, string>) {
  const nobody = { role: "nobody", password: "" };
  const { migrator } = projectConnections({ ref, pooler, connect }, password, nobody);
  try {
    await withClient(trust(migrator, ca), (client) => client.query("select 1"));
  } catch (error) {
    if (!(error instanceof PasswordRefused)) throw error;
    throw new ApiError(
      `Refusing to take over ${describeProject({ name: project, ref })}: it stands at Supabase, and does not open with this stack's password. ` +
        "Either somebody else made it, or this stack did and its state was lost since. No password is changed by itself.\n" +
        `If the state was lost, bring it back (pulumi stack import). Otherwise rename the project, or delete it, at ${dashboardOf(ref)}/settings/general, and run this again: a new one is made.`,
    );
  }
}

function explainGone({ project, ref }: Pick<ProjectAccessInputs, "project" | "ref">): string {
  return (
    `${describeProject({ name: project, ref })} is in the state and no longer at Supabase: it was deleted, or the token no longer sees it. ` +
    "If it was deleted, its data is in the backups alone: docs/operations.md, “A project was deleted by hand”."
  );
}
