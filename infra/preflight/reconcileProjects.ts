import { describeGone, healthy, isNamed } from "../cloud/projectStatus.ts";
import type { SupabaseProject } from "../cloud/supabaseApi.ts";
import type { RegisteredOrchestra, RegisteredProject } from "../database/registry/readRegister.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";
import { projectKeys, projectName, retiredKeys } from "../plan/planOrchestras.ts";
import type { Plan } from "../plan/planStack.ts";
import type { RecordedProject } from "./recordedState.ts";

/** The Supabase project that a database of the stack already has. */
export type ExistingProject = {
  ref: string;
  /** The reason why its database cannot be used now, and the remedy. It concerns this database alone. */
  trouble?: string;
  /** Set where the project is restored first, as its orchestra comes back. */
  restore?: true;
} & (
  | { kind: "recorded"; pooler?: RecordedProject["pooler"] }
  /** Not in the state: imported, or left as it is where it has trouble. No project is made in its place. */
  | { kind: "adopted" }
  /** A retired orchestra's, not in the state: it stays as it is until the orchestra comes back. */
  | ({ kind: "kept" } & RegisteredProject)
);

export interface ProjectReconciliation {
  /** By the key of the database. */
  existing: Record<string, ExistingProject>;
  /** Keys of the databases whose projects are to be made. */
  created: string[];
  /** Notes for the reader of a preview about adopted and restored projects. */
  notes: Notice[];
  /** Projects that cost money beside the stack's own of the same name. */
  warnings: string[];
}

/** The knowledge of projects from outside the stack file. */
export interface KnownProjects {
  /** The organization's list. */
  found: readonly SupabaseProject[];
  /** The state's. An import of one of them would delete it. */
  recorded: readonly RecordedProject[];
  /** Keys of the databases whose orchestras come back from retirement: their projects were paused on purpose. */
  returning: readonly string[];
  /** The projects in the rows of the main database, which alone prove a retired orchestra's: nobody can open a paused one. */
  registered: readonly Pick<RegisteredOrchestra, "key" | "project">[];
}

/**
 * Finds the existing projects, so that none is made twice. A project of the right name is adopted if the state holds no project for its key:
 * an interrupted run leaves a project outside the state if Supabase's answer is lost. Pure.
 *
 * @throws {UserError} where two projects have one name, and where a project would have to move or to change its size to fit
 */
export function reconcileProjects(
  plan: Pick<Plan, "stack" | "supabase" | "orchestras" | "pool">,
  { found, recorded, returning, registered }: KnownProjects,
): ProjectReconciliation {
  const { stack, supabase } = plan;
  const result: ProjectReconciliation = { existing: {}, created: [], notes: [], warnings: [] };
  const refusals: string[] = [];
  const retired = retiredKeys(plan);
  for (const key of projectKeys(plan)) {
    const name = projectName(stack, key);
    const own = recorded.find((project) => project.key === key);
    const namesakes = found.filter(isNamed(name));
    const held = own && { kind: "recorded" as const, ref: own.ref, ...(own.pooler && { pooler: own.pooler }) };
    if (retired.has(key)) {
      // The project is paused on purpose, or gone.
      const row = registered.find((each) => each.key === key)?.project;
      if (held) result.existing[key] = held;
      else if (row && namesakes.some(({ ref }) => ref === row.ref)) result.existing[key] = { kind: "kept", ...row };
      continue;
    }
    const project = own ? found.find(({ ref }) => ref === own.ref) : namesakes[0];
    const existing = held ?? (project && { kind: "adopted" as const, ref: project.ref });
    if (!existing) {
      result.created.push(key);
      continue;
    }
    const problems = !own && namesakes.length > 1 ? [describeTwins(namesakes)] : findMisfits(own ?? project!, supabase);
    if (problems.length > 0) {
      const refs = own ? own.ref : namesakes.map(({ ref }) => ref).join(" and ");
      refusals.push([`${key}, project ${name} (${refs}):`, ...problems].join("\n    "));
    } else if (!project) {
      const others = namesakes.map(
        ({ ref }) => ` Another project of this name exists (${ref}); it is not taken in its place.`,
      );
      result.existing[key] = { ...existing, trouble: describeGone({ name, ref: existing.ref }) + others.join("") };
    } else {
      const { ref, status, trouble } = project;
      const note = (code: Notice["code"], text: string) =>
        result.notes.push({ code, values: [key, ref], text: `Supabase project ${name} (${ref}, ${status}) ${text}` });
      const restore = status !== healthy && returning.includes(key);
      result.existing[key] = { ...existing, ...(restore ? { restore } : trouble !== undefined && { trouble }) };
      if (restore)
        note("project-restored", "is restored before anything else: its orchestra comes back. That takes minutes.");
      else if (!own && trouble === undefined)
        note("project-adopted", "exists already and is adopted, not made, if it opens with this stack's password.");
      if (own)
        for (const other of namesakes.filter((each) => each.ref !== ref))
          result.warnings.push(describeSecond(name, ref, other, stack));
    }
  }
  if (refusals.length > 0)
    throw new UserError(
      "project-conflict",
      ["Refusing to go on with these Supabase projects. Nothing was created or changed.", ...refusals].join("\n\n  "),
    );
  return result;
}

/** Lists the properties of a project that are not as declared and cannot change. The official provider finds out after the preview. */
function findMisfits(
  { region, organization, size }: { region: string; organization?: string; size?: string },
  declared: Plan["supabase"],
): string[] {
  const stays = "put the line back. For new orchestras elsewhere make another stack.";
  const problems: string[] = [];
  if (organization !== undefined && organization !== declared.organization)
    problems.push(
      `Expected stagesub:supabase.organization "${organization}", where it is; got "${declared.organization}". This program does not move a project ` +
        `to another organization: ${stays}`,
    );
  if (region !== declared.region)
    problems.push(
      `Expected stagesub:supabase.region ${region}, where it is; got ${declared.region}. Supabase moves no project to another region: ${stays}`,
    );
  if (size !== undefined && size !== declared.size)
    problems.push(
      `Expected stagesub:supabase.size ${size}, which it has; got ${declared.size}. It is not in this stack's state, and is adopted only as it is: ` +
        `set its size to ${declared.size} in Supabase's dashboard, or declare ${size} until it is adopted.`,
    );
  return problems;
}

function describeTwins(twins: readonly SupabaseProject[]): string {
  const each = twins.map(({ ref, status }) => `${ref} (${status})`).join(" and ");
  return (
    `Expected one project of this name, got ${twins.length}: ${each}. The state holds neither, so only you can say which one is meant: ` +
    "rename the other one, or delete it, in Supabase's dashboard."
  );
}

/** Describes a second project of a name: left by a run that began while Supabase was still at work for an interrupted one. */
function describeSecond(name: string, ref: string, second: SupabaseProject, stack: string): string {
  return (
    `A second Supabase project has the name ${name}: this stack's is ${ref}, the other, ${second.ref} (${second.status}), is in no state and is left ` +
    `alone. It costs money: ./stagesub orphans -s ${stack} says what to do with it.`
  );
}
