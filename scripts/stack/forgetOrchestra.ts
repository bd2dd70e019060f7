import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { checkout } from "../../infra/util/checkout.ts";
import type { OpenStack } from "./openStack.ts";

/** A state as `pulumi stack export` prints it; its secrets stay encrypted. */
export interface ExportedState {
  deployment: { resources?: StateResource[] };
}

interface StateResource {
  urn: string;
  parent?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
}

/**
 * Has a stack's state forget an orchestra and everything below it. Nothing is deleted anywhere: the state is a cache, and an `up` of a stack
 * that declares the orchestra adopts everything again.
 */
export async function forgetOrchestra({ name, env }: OpenStack, id: string): Promise<void> {
  const options = { cwd: checkout, env };
  const state = JSON.parse(await readPulumi(["stack", "export", "--stack", name], options)) as ExportedState;
  const forgotten = withoutOrchestra(state, id);
  if (forgotten === state) return;
  await readPulumi(["stack", "import", "--stack", name], { ...options, input: JSON.stringify(forgotten) });
}

/** Returns a state without an orchestra; the state itself if it has none of this id. Other resources no longer depend on it. Pure. */
export function withoutOrchestra(state: ExportedState, id: string): ExportedState {
  const { resources = [] } = state.deployment;
  const gone = new Set<string>();
  // A parent stands before its children.
  for (const { urn, parent } of resources)
    if (urn.endsWith(`::stagesub:Orchestra::${id}`) || (parent !== undefined && gone.has(parent))) gone.add(urn);
  if (gone.size === 0) return state;
  const staying = (urns: string[]) => urns.filter((urn) => !gone.has(urn));
  const left = resources
    .filter(({ urn }) => !gone.has(urn))
    .map(({ dependencies, propertyDependencies, ...resource }) => ({
      ...resource,
      ...(dependencies && { dependencies: staying(dependencies) }),
      ...(propertyDependencies && {
        propertyDependencies: Object.fromEntries(
          Object.entries(propertyDependencies).map(([key, urns]) => [key, staying(urns)]),
        ),
      }),
    }));
  return { ...state, deployment: { ...state.deployment, resources: left } };
}
