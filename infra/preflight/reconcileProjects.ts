import { isNamed } from "../cloud/projectStatus.ts";
import type { SupabaseProject } from "../cloud/supabaseApi.ts";
import type { RegisteredProject } from "../database/registry/readRegister.ts";
import { UserError } from "../errors.ts";
import type { Notice } from "../plan/notice.ts";
import { projectKeys, projectName, retiredKeys } from "../plan/projectKeys.ts";
import type { Plan } from "../plan/planStack.ts";

/** A project that the stack's state holds. */
export interface RecordedProject {
  /** The database's key: an orchestra's id or `pool-N`. */
  key: string;
  ref: string;
  region: string;
  organization: string;
  /** Pool mode → connection string, where the database behind it was reached. */
  pooler?: Record<string, string>;
}

export interface ProjectReconciliation {
  /** By key: the ref of an existing project that this stack imports. One with trouble is not imported, and none is made in its place. */
  adopted: Record<string, string>;
  /** By key: a retired orchestra's project that the state does not hold. The project stays as it is until the orchestra comes back. */
  kept: Record<string, RegisteredProject>;
  /** Keys of the projects that are to be made. */
  created: string[];
  /** By key: why its database cannot be used now, and the remedy. Each concerns its own orchestra alone. */
  troubles: Record<string, string>;
  /** By key: the ref of a project to be restored first, as its orchestra comes back. */
  restored: Record<string, string>;
  /** Notes for the reader of a preview about adopted and restored projects. */
  notes: Notice[];
  /** Projects that cost money beside the stack's own of the same name. */
  warnings: string[];
}

/**
 * Finds the existing projects, so that none is made twice: where the state holds none for a key, an existing project of our name is
 * adopted. An interrupted run leaves such a project when Supabase's answer did not reach the state. Pure.
 *
 * @param recorded the projects that the state holds; importing one of them would delete it
 * @param returning keys of orchestras that come back from retirement: their projects were paused on purpose
 * @param registered key → the project in the orchestra's row, which alone proves a retired one's: nobody can open it
 * @throws {UserError} where two projects have one name, and where a project would have to move or to change its size to fit
 */
export function reconcileProjects(
  plan: Pick<Plan, "stack" | "supabase" | "orchestras" | "pool">,
  existing: readonly SupabaseProject[],
  recorded: readonly RecordedProject[],
  returning: readonly string[] = [],
  registered: ReadonlyMap<string, RegisteredProject> = new Map(),
): ProjectReconciliation {
  const { stack, supabase } = plan;
  const result: ProjectReconciliation = {
    adopted: {},
    kept: {},
    created: [],
    troubles: {},
    restored: {},
    notes: [],
    warnings: [],
  };
  const refusals: string[] = [];
  const retired = retiredKeys(plan);
  for (const key of projectKeys(plan)) {
    const name = projectName(stack, key);
    const own = recorded.find((project) => project.key === key);
    const twins = existing.filter(isNamed(name));
    if (retired.has(key)) {
      // The project is paused on purpose, or gone.
      const known = own ? undefined : registered.get(key);
      if (known && twins.some(({ ref }) => ref === known.ref)) result.kept[key] = known;
      continue;
    }
    if (own) {
      const found = existing.find(({ ref }) => ref === own.ref);
      const problems = unfit(own, supabase);
      if (problems.length > 0) refusals.push(describe(key, name, own.ref, problems));
      else if (!found) result.troubles[key] = explainGone(name, own.ref, twins);
      else if (returning.includes(key) && found.status !== "ACTIVE_HEALTHY") {
        result.restored[key] = own.ref;
        const text = `Supabase project ${name} (${own.ref}, ${found.status}) is restored before anything else: its orchestra comes back. That takes minutes.`;
        result.notes.push({ code: "project-restored", values: [key, own.ref], text });
      } else if (found.trouble !== undefined) result.troubles[key] = found.trouble;
      const seconds = found ? twins.filter(({ ref }) => ref !== own.ref) : [];
      result.warnings.push(...seconds.map((second) => explainSecond(name, own.ref, second, stack)));
      continue;
    }
    const [found, ...others] = twins;
    if (found === undefined) {
      result.created.push(key);
      continue;
    }
    const problems = others.length > 0 ? [explainTwins(twins)] : unfit(found, supabase);
    if (problems.length > 0) {
      refusals.push(describe(key, name, twins.map(({ ref }) => ref).join(" and "), problems));
      continue;
    }
    result.adopted[key] = found.ref;
    if (returning.includes(key) && found.status !== "ACTIVE_HEALTHY") result.restored[key] = found.ref;
    else if (found.trouble !== undefined) result.troubles[key] = found.trouble;
    else {
      const text = `Supabase project ${name} (${found.ref}, ${found.status}) exists already and is adopted, not made, if it opens with this stack's password.`;
      result.notes.push({ code: "project-adopted", values: [key, found.ref], text });
    }
  }
  if (refusals.length > 0)
    throw new UserError(
      "project-conflict",
      ["Refusing to go on with these Supabase projects. Nothing was created or changed.", ...refusals].join("\n\n  "),
    );
  return result;
}

/**
 * Returns the names of projects that a previous run has asked for without hearing the answer, and that neither the state nor the
 * organization's list has. The list may lag behind that request.
 *
 * @param requested names of the projects that were recently asked for
 */
export function requestedProjects(
  plan: Pick<Plan, "stack" | "orchestras" | "pool">,
  existing: readonly { name: string; status: string }[],
  recorded: readonly RecordedProject[],
  requested: readonly string[],
): string[] {
  const retired = retiredKeys(plan);
  return projectKeys(plan)
    .filter((key) => !retired.has(key) && !recorded.some((project) => project.key === key))
    .map((key) => projectName(plan.stack, key))
    .filter((name) => requested.includes(name) && !existing.some(isNamed(name)));
}

function describe(key: string, name: string, refs: string, problems: string[]): string {
  return [`${key}, project ${name} (${refs}):`, ...problems].join("\n    ");
}

/** Lists the properties of a project that are not as declared and cannot change. The official provider finds out after the preview. */
function unfit(
  project: { region: string; organization?: string; size?: string },
  declared: Plan["supabase"],
): string[] {
  const { region, organization, size } = project;
  const problems: string[] = [];
  if (organization !== undefined && organization !== declared.organization)
    problems.push(
      `Expected stagesub:supabase.organization "${organization}", where it is; got "${declared.organization}". This program does not move a project ` +
        "to another organization: put the line back. For new orchestras elsewhere make another stack.",
    );
  if (region !== declared.region)
    problems.push(
      `Expected stagesub:supabase.region ${region}, where it is; got ${declared.region}. Supabase moves no project to another region: ` +
        "put the line back. For new orchestras elsewhere make another stack.",
    );
  if (size !== undefined && size !== declared.size)
    problems.push(
      `Expected stagesub:supabase.size ${size}, which it has; got ${declared.size}. It is not in this stack's state, and is adopted only as it is: ` +
        `set its size to ${declared.size} in Supabase's dashboard, or declare ${size} until it is adopted.`,
    );
  return problems;
}

function explainTwins(twins: readonly SupabaseProject[]): string {
  const each = twins.map(({ ref, status }) => `${ref} (${status})`).join(" and ");
  return (
    `Expected one project of this name, got ${twins.length}: ${each}. The state holds neither, so only you can say which one is meant: ` +
    "rename the other one, or delete it, in Supabase's dashboard."
  );
}

/** Describes a second project of a name: left by a run that began while Supabase was still at work for an interrupted one. */
function explainSecond(name: string, ref: string, second: SupabaseProject, stack: string): string {
  return (
    `A second Supabase project has the name ${name}: this stack's is ${ref}, the other, ${second.ref} (${second.status}), is in no state and is left ` +
    `alone. It costs money: npm run orchestra -- orphans -s ${stack} says what to do with it.`
  );
}

function explainGone(name: string, ref: string, twins: readonly SupabaseProject[]): string {
  const other = twins.map(
    (twin) => ` Another project of this name exists (${twin.ref}); it is not taken in its place.`,
  );
  return (
    `Supabase project ${name} (${ref}) is in the state and no longer in the organization: it was deleted, or the token no longer sees it.${other.join("")} ` +
    "If it was deleted, its data is in the backups alone: docs/recovery.md, “A project was deleted by hand”."
  );
}
