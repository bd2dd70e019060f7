import { askPulumi, type OpenStack } from "./openStack.ts";

/** A database in a stack's state, with all that is deleted with it. */
export interface Holding {
  /** Its key: an orchestra's id, or `pool-N`. */
  database: string;
  /** The orchestra that holds it; null for a spare. An unfinished database may hold an orchestra's data: it has its key here. */
  orchestra: string | null;
  /** The DNS name that goes with the orchestra's row in the main database; null without a row. */
  host: string | null;
  /** Null for an adopted database. */
  project: { name: string; ref: string } | null;
  /** Its orchestra was backed up for its retirement. */
  retired: boolean;
}

/** A state as `pulumi stack export` prints it; its secrets stay encrypted. */
interface State {
  deployment: { resources?: Resource[] };
}

interface Resource<Inputs = unknown> {
  type?: string;
  urn: string;
  id?: string;
  inputs?: Inputs;
  parent?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
}

type Named = Pick<OpenStack, "name" | "env">;

/** Returns the databases that a stack's state holds, by key. @throws {UserError} where the state cannot be read */
export async function readHoldings(stack: Named): Promise<Holding[]> {
  const { resources = [] } = (await readState(stack)).deployment;
  const find = <Inputs>(type: string) =>
    resources.filter((resource): resource is Required<Resource<Inputs>> => resource.type === type);
  const projects = find<{ name: string }>("supabase:index/project:Project");
  const databases = find<{ owner?: { orchestra: string }; retired?: true }>("pulumi-nodejs:dynamic:OrchestraDatabase");
  const rows = find<{ orchestra: string; database: { key: string }; record: { host: string } }>(
    "pulumi-nodejs:dynamic:OrchestraRegistration",
  ).map(({ inputs }) => inputs);
  const keys = new Set([...[...projects, ...databases].map(keyOf), ...rows.map(({ database }) => database.key)]);
  return [...keys].sort().map((key) => {
    const project = projects.find((each) => keyOf(each) === key);
    const database = databases.find((each) => keyOf(each) === key)?.inputs;
    const row = rows.find((each) => each.database.key === key);
    return {
      database: key,
      orchestra: row?.orchestra ?? (database ? (database.owner?.orchestra ?? null) : key),
      host: row?.record.host ?? null,
      project: project ? { name: project.inputs.name, ref: project.id ?? "" } : null,
      retired: database?.retired ?? false,
    };
  });
}

/** Returns the Supabase projects that a stack's state holds: database key → ref. */
export async function readHeldProjects(stack: Named): Promise<Map<string, string>> {
  const holdings = await readHoldings(stack);
  return new Map(holdings.flatMap(({ database, project }) => (project ? [[database, project.ref]] : [])));
}

function keyOf({ urn }: Resource): string {
  return urn.split("::").at(-1)!;
}

async function readState(stack: Named): Promise<State> {
  return JSON.parse(await askPulumi(stack, ["stack", "export"])) as State;
}

/**
 * Has a stack's state forget an orchestra and everything below it. Nothing is deleted anywhere: the state is a cache, and an `up` of a stack
 * that declares the orchestra adopts everything again.
 */
export async function forgetOrchestra(stack: Named, id: string): Promise<void> {
  const state = await readState(stack);
  const forgotten = withoutOrchestra(state, id);
  if (forgotten !== state) await askPulumi(stack, ["stack", "import"], JSON.stringify(forgotten));
}

/** Returns a state without an orchestra; the state itself if it has none of this id. Other resources no longer depend on it. Pure. */
export function withoutOrchestra(state: State, id: string): State {
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
