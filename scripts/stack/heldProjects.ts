import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { checkout } from "../../infra/util/checkout.ts";
import type { OpenStack } from "./openStack.ts";

/**
 * Returns the Supabase projects that a stack's state holds: database key → ref. The secrets of the state stay encrypted.
 *
 * @throws {UserError} where the state cannot be read
 */
export async function readHeldProjects({ name, env }: OpenStack): Promise<Map<string, string>> {
  const { deployment } = JSON.parse(await readPulumi(["stack", "export", "--stack", name], { cwd: checkout, env })) as {
    deployment: { resources?: { type: string; urn: string; id: string }[] };
  };
  const projects = (deployment.resources ?? []).filter(({ type }) => type === "supabase:index/project:Project");
  return new Map(projects.map(({ urn, id }) => [urn.split("::").at(-1)!, id]));
}
