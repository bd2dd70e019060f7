import { UserError } from "../errors.ts";
import { type ApiAccess, callApi } from "./callApi.ts";
import { explainStatus, isNamed } from "./projectStatus.ts";
import { poll } from "../util/poll.ts";

/** A project as the organization's list shows it. */
export interface SupabaseProject {
  /** Twenty letters. */
  ref: string;
  name: string;
  region: string;
  /** Such as ACTIVE_HEALTHY, COMING_UP, INACTIVE (paused), INIT_FAILED. */
  status: string;
  /** The size of its database's machine, such as "micro"; absent while the project has no database. */
  size?: string;
  /** The meaning of its status and the remedy, if the status does not pass by itself. */
  trouble?: string;
}

const pageSize = 100;

/**
 * Returns all projects of an organization, in one call per hundred (`GET /v1/organizations/{slug}/projects`), oldest first, so that a
 * project made meanwhile moves no other from one page to the next.
 *
 * @throws {UserError}
 */
export async function listProjects(access: ApiAccess, organization: string): Promise<SupabaseProject[]> {
  const found = new Map<string, SupabaseProject>();
  for (let offset = 0; ; offset += pageSize) {
    const path = `/v1/organizations/${encodeURIComponent(organization)}/projects?sort=created_asc&limit=${pageSize}&offset=${offset}`;
    const page = (await ask(access, path)) as { projects?: ListedProject[] } | undefined;
    // An empty list would mean that nothing exists, and everything would be made anew.
    if (page === undefined) {
      throw new UserError(
        "account-differs",
        `Supabase: expected to see the organization "${organization}" (stagesub:supabase.organization), got 404. ` +
          "Check the slug in its dashboard address, and that the token's account is a member.",
        { status: 404 },
      );
    }
    if (!Array.isArray(page.projects))
      throw new UserError(
        "api-refused",
        `Supabase: GET ${path.replace(/\?.*/, "")} answered without a list of projects.`,
      );
    for (const project of page.projects) found.set(project.ref, parseListed(project));
    if (page.projects.length < pageSize) return [...found.values()];
  }
}

/** Returns a project's name and status, or undefined if no project has this ref. @throws {UserError} */
export async function readProject(access: ApiAccess, ref: string): Promise<SupabaseProject | undefined> {
  const project = (await ask(access, `/v1/projects/${ref}`)) as ListedProject | undefined;
  return project && parseListed({ ...project, ref });
}

/** Returns a project's pooler: pool mode → connection string, without the password. @throws {UserError} */
export async function readPooler(access: ApiAccess, ref: string): Promise<Record<string, string>> {
  const path = `/v1/projects/${ref}/config/database/pooler`;
  const answer = await ask(access, path);
  if (!Array.isArray(answer))
    throw new UserError("api-refused", `Supabase: GET ${path} answered without a list of poolers.`);
  const primary = (answer as { database_type: string; pool_mode: string; connection_string: string }[]).filter(
    ({ database_type }) => database_type === "PRIMARY",
  );
  return Object.fromEntries(primary.map((pooler) => [pooler.pool_mode, pooler.connection_string]));
}

/** Renames a project (`PATCH /v1/projects/{ref}`). @throws {UserError} */
export async function renameProject(access: ApiAccess, ref: string, name: string): Promise<void> {
  await callApi({ ...access, service: "Supabase", method: "PATCH", path: `/v1/projects/${ref}`, body: { name } });
}

/**
 * Sets the password of a project's owning role (`PATCH /v1/projects/{ref}/database/password`).
 *
 * @param password Secret.
 * @throws {UserError}
 */
export async function setDatabasePassword(access: ApiAccess, ref: string, password: string): Promise<void> {
  const path = `/v1/projects/${ref}/database/password`;
  await callApi({ ...access, service: "Supabase", method: "PATCH", path, body: { password } });
}

function ask(access: ApiAccess, path: string): Promise<unknown> {
  return callApi({ ...access, service: "Supabase", method: "GET", path });
}

interface ListedProject extends Pick<SupabaseProject, "ref" | "name" | "region" | "status"> {
  databases?: { type: string; infra_compute_size?: string }[];
}

function parseListed({ ref, name, region, status, databases = [] }: ListedProject): SupabaseProject {
  const size = databases.find(({ type }) => type === "PRIMARY")?.infra_compute_size;
  const trouble = explainStatus({ ref, name, status });
  return { ref, name, region, status, ...(size !== undefined && { size }), ...(trouble !== undefined && { trouble }) };
}

/**
 * The time for which the list of projects may lag behind a request whose answer was lost, in milliseconds. Supabase names no figure; a
 * rerun makes a second project beside one that shows later than this.
 */
export const listLagMs = 120_000;

/**
 * Asks for an organization's projects until the list shows every name, or the time is over.
 *
 * @param names of projects that may have been asked for
 * @returns the last list
 * @throws {UserError}
 */
export async function awaitProjects(
  access: ApiAccess,
  organization: string,
  names: readonly string[],
  forMs = listLagMs,
): Promise<SupabaseProject[]> {
  let projects: SupabaseProject[] = [];
  const look = async () => {
    projects = await listProjects(access, organization);
    return names.every((name) => projects.some(isNamed(name))) || undefined;
  };
  await poll(look, { forMs, everyMs: 1_000, longestMs: 10_000 });
  return projects;
}
