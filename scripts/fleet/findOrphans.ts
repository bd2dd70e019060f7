import { pc } from "../cli/colours.ts";

import type { SupabaseProject } from "../../infra/cloud/supabaseApi.ts";
import { projectName } from "../../infra/plan/planOrchestras.ts";
import { formatTable } from "../cli/formatTable.ts";

/** A project that carries this stack's naming and that its state does not hold. */
export interface Orphan {
  ref: string;
  name: string;
  region: string;
  status: string;
  /** `adopted`: the next `pulumi up` takes it; `decide`: a person must look at it. */
  next: "adopted" | "decide";
  /** The advice, in words. */
  what: string;
}

export interface OrphanReport {
  orphans: Orphan[];
  /** Projects of this stack's naming that the state holds. */
  held: number;
  /** All other projects of the organization: they are none of this stack's business. */
  others: number;
}

/** The projects that one stack declares and holds. */
export interface StackProjects {
  stack: string;
  /** Every stack that has a file: "production-eu" has the project "production-eu-malmo", not "production". */
  stacks: readonly string[];
  /** Keys of the databases that are declared as projects. */
  declared: readonly string[];
  /** Key → ref of the projects in the state. */
  held: ReadonlyMap<string, string>;
}

/** Sorts an organization's projects into orphans, held ones and others. Pure. */
export function findOrphans(existing: readonly SupabaseProject[], known: StackProjects): OrphanReport {
  const { stack, held } = known;
  const refs = new Set(held.values());
  const own = existing.filter(({ name, ref }) => refs.has(ref) || ownerOf(name, known.stacks) === stack);
  const loose = own.filter(({ ref, status }) => !refs.has(ref) && !leaving.has(status));
  const orphans = loose.map((project): Orphan => {
    const { ref, name, region, status } = project;
    const key = name.slice(projectName(stack, "").length);
    const twins = loose.filter((other) => other.name === name);
    return { ref, name, region, status, ...judge(project, key, twins, known) };
  });
  return {
    orphans: orphans.sort((a, b) => a.name.localeCompare(b.name) || a.ref.localeCompare(b.ref)),
    held: own.filter(({ ref }) => refs.has(ref)).length,
    others: existing.length - own.length,
  };
}

const leaving = new Set(["GOING_DOWN", "REMOVED"]);

function judge(
  { ref, trouble }: SupabaseProject,
  key: string,
  twins: readonly SupabaseProject[],
  { stack, declared, held }: StackProjects,
): Pick<Orphan, "next" | "what"> {
  const page = `https://supabase.com/dashboard/project/${ref}`;
  const holder = held.get(key);
  if (holder !== undefined)
    return { next: "decide", what: `${key} has another one (${holder}). Look what is in it, then delete it: ${page}` };
  if (twins.length > 1)
    return { next: "decide", what: `${twins.length} have this name. Rename or delete all but one: ${page}` };
  if (!declared.includes(key))
    return {
      next: "decide",
      what: `No ${key} is declared. Declare it again to have this one adopted, or look what is in it and delete it: ${page}`,
    };
  if (trouble !== undefined) return { next: "decide", what: trouble };
  return { next: "adopted", what: `pulumi up --stack ${stack} adopts it, if it opens with the state's password.` };
}

/** Returns the stack whose naming a project has: the longest, if several fit. */
function ownerOf(name: string, stacks: readonly string[]): string | undefined {
  const fitting = stacks.filter((stack) => {
    const prefix = projectName(stack, "");
    return name.startsWith(prefix) && /^[a-z][a-z0-9-]*$/.test(name.slice(prefix.length));
  });
  return fitting.sort((a, b) => b.length - a.length)[0];
}

/** Formats a row for each project, the advice below, and the sums. */
export function formatOrphans({ orphans, held, others }: OrphanReport, stack: string, width = Infinity): string {
  const sums = `${held} held by the state of ${stack}, ${others} of others in the organization.`;
  if (orphans.length === 0) return `No orphans. ${sums}`;
  const rows = orphans.map(({ name, ref, region, status, next }) => [
    ...[name, ref, region, status],
    next === "adopted" ? pc.green(next) : pc.yellow(next),
  ]);
  return [
    formatTable(["project", "ref", "region", "status", "next"], rows, { width, optional: ["region", "status"] }),
    "",
    ...orphans.map(({ name, ref, what }) => `${name} (${ref}): ${what}`),
    "",
    sums,
  ].join("\n");
}
