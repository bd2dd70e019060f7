import { readPulumi } from "../../local/toolchain/runPulumi.ts";
import { checkout } from "../../infra/util/checkout.ts";
import type { OpenStack } from "./openStack.ts";

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

/** The parts of a resource in an exported state. Its secrets are encrypted. */
interface Resource<Inputs = unknown> {
  type: string;
  urn: string;
  id?: string;
  inputs: Inputs;
}

/** Returns the databases that a stack's state holds, by key. @throws {UserError} where the state cannot be read */
export async function readHoldings({ name, env }: Pick<OpenStack, "name" | "env">): Promise<Holding[]> {
  const { deployment } = JSON.parse(await readPulumi(["stack", "export", "--stack", name], { cwd: checkout, env })) as {
    deployment: { resources?: Resource[] };
  };
  const find = <Inputs>(type: string) =>
    (deployment.resources ?? []).filter((resource): resource is Resource<Inputs> => resource.type === type);
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
export async function readHeldProjects(stack: Pick<OpenStack, "name" | "env">): Promise<Map<string, string>> {
  const holdings = await readHoldings(stack);
  return new Map(holdings.flatMap(({ database, project }) => (project ? [[database, project.ref]] : [])));
}

function keyOf({ urn }: Resource): string {
  return urn.split("::").at(-1)!;
}
