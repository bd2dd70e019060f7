import { UserError } from "../errors.ts";
import { poll } from "../util/poll.ts";
import type { ApiAccess } from "../cloud/callApi.ts";
import { dashboardOf, describeGone, describeProject, healthy } from "../cloud/projectStatus.ts";
import { readPooler, readProject } from "../cloud/supabaseApi.ts";
import { trust, withClient } from "../database/connection/connection.ts";
import { type Pooler, projectConnections } from "./connections.ts";

/** The time in which a project must come up, in minutes: as long as its creation, `timeouts.create` of the project. */
const minutes = 20;

/** A Supabase project, and how to log in; see `stagesub:supabase.connect`. */
export interface OwnProject {
  /** Its name at Supabase, for messages. */
  name: string;
  /** Twenty letters. Unknown until the project is made. */
  ref: string;
  connect: "session" | "direct";
}

/**
 * Waits until a project is active.
 *
 * @returns the project's pooler
 * @throws {UserError} with what is wrong with it
 */
export async function awaitPooler(api: ApiAccess, { name, ref }: Pick<OwnProject, "name" | "ref">): Promise<Pooler> {
  let status = "";
  const look = async () => {
    const project = await readProject(api, ref);
    if (!project) throw new UserError("project-not-ready", describeGone({ name, ref }));
    if (project.status === healthy) return readPooler(api, ref);
    if (project.trouble !== undefined) throw new UserError("project-not-ready", project.trouble);
    status = project.status;
    return undefined;
  };
  const pooler = await poll(look, { forMs: minutes * 60_000, everyMs: 500, longestMs: 10_000 });
  if (pooler) return pooler;
  throw new UserError(
    "project-not-ready",
    `${describeProject({ name, ref })} is still ${status} after ${minutes} minutes. Nothing is lost, and none is made beside it: ` +
      `look at ${dashboardOf(ref)}, and run this again when it is active.`,
  );
}

/** Looks at a project for a refresh: returns its trouble in words, undefined if it has none. */
export async function findTrouble(api: ApiAccess, way: Pick<OwnProject, "name" | "ref">): Promise<string | undefined> {
  const project = await readProject(api, way.ref);
  return project ? project.trouble : describeGone(way);
}

/**
 * Waits until a project is active, and proves that it is this stack's: it opens with one of the passwords that the stack's key gives it. So
 * the program changes the password of no project that somebody else made.
 *
 * @param passwords the one that it should have, then those of rotations that may have been cut off
 * @throws {UserError} with the project's trouble
 */
export async function requireOwnProject(
  api: ApiAccess,
  way: OwnProject & { ca?: string },
  passwords: readonly string[],
): Promise<void> {
  const { ref, connect } = way;
  const pooler = await awaitPooler(api, way);
  for (const password of passwords) {
    const { migrator } = projectConnections({ ref, pooler, connect }, password, { role: "nobody", password: "" });
    try {
      // A pooler learns of a new project a while after the API calls it active: the connection waits for that.
      await withClient(trust(migrator, way.ca), (client) => client.query("select 1"));
      return;
    } catch (error) {
      if (!UserError.is(error, "password-refused")) throw error;
    }
  }
  throw new UserError(
    "project-conflict",
    `Refusing to take over ${describeProject(way)}: it exists at Supabase, and does not open with this stack's password. ` +
      "Either somebody else made it, or this stack did with another stagesub:key. No password is changed by itself.\n" +
      `If the key was replaced, put the one before it under stagesub:previousKey. Otherwise rename the project, or delete it, at ${dashboardOf(ref)}/settings/general, and run this again: a new one is made.`,
  );
}
