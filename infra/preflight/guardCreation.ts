import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../errors.ts";
import { shareFor } from "../util/shareFor.ts";
import { awaitProjects, listLagMs, listProjects, type SupabaseProject } from "../cloud/supabaseApi.ts";
import type { ApiAccess } from "../cloud/callApi.ts";
import { describeProject, isNamed } from "../cloud/projectStatus.ts";
import type { Connection } from "../database/connection/connection.ts";
import { forgetProjectRequest, noteProjectRequest, type ProjectRequest } from "../database/registry/projectRequests.ts";
import { isRefusedProject, isStoppedByHook } from "../util/foreignErrors.ts";

/**
 * Returns hooks around the requests that make projects; undefined in a preview. Before each request, a hook notes it in the main database,
 * so that the run after a killed one knows of it even if the state was lost, and so that all stacks together ask no faster than Supabase
 * takes. Then it looks through the organization once more: a project that appears only now fails this creation alone, and the next run adopts
 * it. After a failed creation, the run waits until the list shows whether the project was made anyway, so that the next run knows.
 *
 * Supabase takes no key that would make the request safe to repeat, and the official provider sends it: these two checks are as close as a
 * program comes.
 */
export function guardCreation(
  access: ApiAccess,
  organization: string,
  registry: Connection,
): pulumi.ResourceHookBinding | undefined {
  if (pulumi.runtime.isDryRun()) return undefined;
  const inTurn = queue();
  let isSaid = false;
  const sayThatItWaits = () => {
    if (!isSaid)
      void pulumi.log.info("Supabase takes 120 new projects a minute of all stacks together: waiting for turns.");
    isSaid = true;
  };
  const look = shareFor(shareMs, () => listProjects(access, organization));
  const refuse = new pulumi.ResourceHook(refusal, async ({ newInputs }) => {
    const { name } = newInputs as { name: string };
    await inTurn(() => noteProjectRequest(registry, name, sayThatItWaits));
    const existing = (await look()).find(isNamed(name));
    if (existing)
      throw new UserError(
        "project-conflict",
        `Refusing to make a second Supabase project: ${describeProject(existing)} has come up since this run began. ` +
          "Run again: it is adopted if it opens with this stack's password.",
      );
  });
  const settle = new pulumi.ErrorHook("await-lost-project", async ({ newInputs, failedOperation, errors }) => {
    if (failedOperation !== "create") return false;
    const { name } = newInputs as { name: string };
    // The API refused the request, or the program did: then nothing was made, and there is nothing to wait for.
    if (errors.some((error) => isRefusedProject(error) || isStoppedByHook(error, refusal))) {
      // A note left behind only makes the next run wait.
      await inTurn(() => forgetProjectRequest(registry, name)).catch(() => undefined);
      return false;
    }
    const seconds = listLagMs / 1_000;
    void pulumi.log.info(
      `${name}: it is not clear whether Supabase made it; waiting up to ${seconds} s for its list to show it.`,
    );
    // An error here would replace the provider's own.
    const found = await awaitProjects(access, organization, [name]).catch(() => []);
    const made = found.find(isNamed(name));
    void pulumi.log.warn(
      made
        ? `${describeProject(made)} was made all the same. Run again: it is adopted if it opens with this stack's password.`
        : `${name}: Supabase's list does not show it. Run again: it is looked for once more, and made if there is none.`,
    );
    return false;
  });
  return { beforeCreate: [refuse], onError: [settle] };
}

/** The time for which several creations share one look, in milliseconds: the API takes 120 calls a minute. */
const shareMs = 2_000;

/** Returns a caller that runs one piece of work after the other: a main database has few connections. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result;
    return result;
  };
}

/** The hook's name, which the engine's error repeats. */
const refusal = "refuse-second-project";

/**
 * Waits until the organization's list shows the projects that a previous run has requested without hearing the answer, or until the list can
 * no longer lag behind the request. A preview does not wait.
 *
 * @param created names of the projects that this run would make
 * @param requests the recent requests, of any stack
 * @returns the new list; undefined without a wait
 */
export async function awaitRequestedProjects(
  created: readonly string[],
  requests: readonly ProjectRequest[],
  access: ApiAccess,
  organization: string,
): Promise<SupabaseProject[] | undefined> {
  const requested = requests.filter(({ project }) => created.includes(project));
  if (requested.length === 0) return undefined;
  const names = requested.map(({ project }) => project);
  const forMs = listLagMs - Math.min(...requested.map(({ ageMs }) => ageMs));
  const seconds = Math.ceil(forMs / 1_000);
  const why = `A previous run asked Supabase for ${names.join(", ")} without hearing the answer`;
  if (pulumi.runtime.isDryRun()) {
    void pulumi.log.info(
      `${why}: \`pulumi up\` first waits up to ${seconds} s for the organization's list to show it.`,
    );
    return undefined;
  }
  void pulumi.log.info(`${why}: waiting up to ${seconds} s for the list to show them.`);
  return awaitProjects(access, organization, names, forMs);
}
