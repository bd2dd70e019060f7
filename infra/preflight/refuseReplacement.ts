import * as pulumi from "@pulumi/pulumi";

import type { CloudContents } from "../cloud/readClouds.ts";
import { UserError } from "../errors.ts";
import type { RecordedResource } from "./recordedState.ts";

interface Known extends Pick<CloudContents, "projects" | "records"> {
  /** The resources in the state as the run begins. */
  recorded: readonly RecordedResource[];
  /** The stack's orchestras that have a row in the main database. */
  registered: readonly { id: string }[];
}

/**
 * Has the engine refuse, in a preview too, to make a second copy of a thing that the state holds and that still exists. `--replace` and
 * `pulumi state taint` ask for a second one, and afterwards the engine deletes the first: a project with its data, or a row or a record
 * that both share. A thing that is gone is made again: a refresh within the same run may have found it gone.
 *
 * The first one is never deleted before: the hook of the second would come too late.
 */
export function refuseReplacement(known: Known): void {
  const hook = new pulumi.ResourceHook(
    "refuse-replacement",
    ({ urn, type }) => {
      const recorded = known.recorded.find((resource) => resource.urn === urn);
      const thing = recorded && kinds[type]!(recorded, known);
      if (thing === undefined) return;
      throw new UserError(
        "replacement-refused",
        `Refusing to replace ${thing}: expected no second one of what exists, got a create for it. The first one would be deleted after that, and ` +
          "with it what it holds or points at. Nothing was changed. Run without --replace; if it was tainted, take that back: " +
          `pulumi state untaint '${urn}'`,
      );
    },
    { onDryRun: true },
  );
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (!(type in kinds)) return undefined;
    const custom: pulumi.CustomResourceOptions = opts;
    const hooks = { ...custom.hooks, beforeCreate: [hook, ...(custom.hooks?.beforeCreate ?? [])] };
    return { props, opts: { ...custom, hooks, deleteBeforeReplace: false } };
  });
}

/**
 * Kinds whose deletion takes data or a name away. A new resource of another kind finds the existing thing, and deleting the old one leaves
 * it.
 */
const kinds: Record<string, (resource: RecordedResource, known: Known) => string | undefined> = {
  "supabase:index/project:Project": ({ outputs }, { projects }) => {
    const project = projects.find(({ ref }) => ref === outputs["id"]);
    return project && `the Supabase project ${project.name} (${project.ref})`;
  },
  "cloudflare:index/dnsRecord:DnsRecord": ({ outputs }, { records }) => {
    const record = records.find(({ id }) => id === outputs["id"]);
    return record && `the DNS record ${record.name} (${record.id})`;
  },
  "pulumi-nodejs:dynamic:OrchestraRegistration": ({ name }, { registered }) =>
    registered.some(({ id }) => id === name) ? `the row of ${name} in the main database` : undefined,
};
