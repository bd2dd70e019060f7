import { quote } from "../../infra/config/describeValue.ts";
import { idRules, subdomainRules } from "../../infra/config/schema/names.ts";
import { suggestId } from "../stack/suggestId.ts";
import { refuseText } from "../../infra/config/schema/textField.ts";
import type { OrchestraRow } from "../../infra/database/registry/orchestraRows.ts";
import type { PoolDatabasePlan } from "../../infra/plan/planPool.ts";
import type { Inside } from "./lookInside.ts";

/** The database that a row leads to, as far as it could be found out. */
export type RowDatabase =
  | { kind: "none" }
  /** A database that this stack knows: `pool-N`, an orchestra's id, or `the main database`. */
  | { kind: "known"; key: string }
  /** Any other database; both URLs are secret. */
  | { kind: "other"; url: string; direct: string; inside: Inside }
  | { kind: "unusable"; why: string };

/** Values that a person has to give if the row does not. */
export interface RowValues {
  name?: string;
  contact?: string;
  email?: string;
  /** YYYY-MM-DD */
  since?: string;
}

/** A row of the main database as it would stand in the stack file. */
export interface Proposal {
  subdomain: string;
  id: string;
  values: RowValues;
  /** Left out: a project of its own. */
  database?: string;
  /** Secret. Left out: nothing belongs under `stagesub:adopted`. */
  adopted?: { url: string; direct: string };
  /** Its database was not made by this program: its migrations must be recorded first. */
  needsBaseline: boolean;
  /** Problems to put right first; empty if the row can be imported. */
  problems: string[];
  /** Effects of `up` that a reader may not expect. */
  notes: string[];
}

/** Says what a row would become. `taken` holds the ids and subdomains that are used already. */
export function proposeEntry(
  row: OrchestraRow,
  database: RowDatabase,
  { taken, pool }: { taken: ReadonlySet<string>; pool: readonly PoolDatabasePlan[] },
): Proposal {
  const subdomain = row.subdomain ?? "";
  const owner = database.kind === "other" && database.inside.kind === "ours" ? database.inside.owner : undefined;
  const free = refuseText(subdomain, idRules) === undefined && !taken.has(subdomain);
  const id = owner?.orchestra ?? (free ? subdomain : suggestId(subdomain, taken));
  const reserved = refuseText(subdomain, subdomainRules);
  const proposal: Proposal = {
    subdomain,
    id: id ?? subdomain,
    values: definedOf({
      name: row.name,
      contact: row.contactName,
      email: row.contactEmail,
      since: row.setupDate,
    }),
    needsBaseline: database.kind === "other" && database.inside.kind === "foreign",
    problems: reserved ? [`its subdomain: ${reserved.why}: ${reserved.remedy}`] : [],
    notes:
      row.status === "Active" || row.status === null
        ? []
        : [`Its status is ${quote(row.status)}: the next \`pulumi up\` makes it Active.`],
  };
  if (id === undefined) proposal.problems.push("no id can be made of its subdomain");
  return placeDatabase(proposal, database, pool);
}

function placeDatabase(proposal: Proposal, found: RowDatabase, pool: readonly PoolDatabasePlan[]): Proposal {
  const { problems, notes } = proposal;
  const refuse = (problem: string) => ({ ...proposal, problems: [...problems, problem] });
  if (found.kind === "unusable") return refuse(found.why);
  if (found.kind === "none")
    return { ...proposal, notes: [...notes, "Its row names no database: it gets a Supabase project of its own."] };
  if (found.kind === "known") {
    const slot = pool.find(({ name }) => name === found.key);
    if (slot?.state.kind === "free") return { ...proposal, database: slot.name };
    const whose = slot?.state.kind === "claimed" ? `${slot.name}, which ${slot.state.orchestra} claims` : found.key;
    return refuse(`its databaseUrl leads to ${whose}${slot?.state.kind === "retired" ? ", which is retired" : ""}`);
  }
  const { url, direct, inside } = found;
  if (!inside.canMigrate)
    return refuse(
      "the role in its databaseUrl may not migrate: expected one that may make schemas and roles, the owner",
    );
  if (inside.kind === "ours" && inside.owner?.key !== proposal.id)
    return refuse(`its database says of itself that it is ${inside.owner?.key ?? "nobody's"}`);
  return { ...proposal, database: "adopted", adopted: { url, direct } };
}

function definedOf(values: { [Key in keyof RowValues]-?: string | null }): RowValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
}
