import pLimit from "p-limit";

import { quote } from "../../infra/config/describeValue.ts";
import { idRules, subdomainRules } from "../../infra/config/schema/names.ts";
import { suggestId } from "../stack/suggestId.ts";
import { refuseText } from "../../infra/config/schema/textField.ts";
import type { OrchestraRow } from "../../infra/database/registry/orchestraRows.ts";
import type { PoolDatabasePlan } from "../../infra/plan/planPool.ts";
import { findKnownDatabase, type Inside, lookInside } from "./lookInside.ts";
import { readDeclared } from "../../infra/config/checks/declared.ts";
import { refuseDatabaseUrl } from "../../infra/config/schema/refuseDatabaseUrl.ts";
import { parseConnectionUrl, trust } from "../../infra/database/connection/connection.ts";
import { leadsToSame } from "../../infra/database/connection/databaseAddress.ts";
import { UserError } from "../../infra/errors.ts";
import { deriveDirectUrl } from "./deriveDirectUrl.ts";
import type { OpenStack } from "../stack/openStack.ts";

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

/** Looks at rows of the main database and into the databases that they lead to, and says what each would become. */
export async function readCandidates(stack: OpenStack, rows: readonly OrchestraRow[]): Promise<Proposal[]> {
  const databases = await pLimit(atOnce).map(rows, (row) => findDatabase(stack, row));
  const declared = readDeclared({ orchestras: stack.config.orchestras });
  const taken = new Set(declared.orchestras.flatMap(({ id, subdomain }) => [id, subdomain]));
  const proposals: Proposal[] = [];
  for (const [index, row] of rows.entries()) {
    const proposal = proposeEntry(row, databases[index]!, { taken, pool: stack.plan.pool });
    if (taken.has(proposal.id)) proposal.problems.push(`its id would be ${proposal.id}, which is used already`);
    const twin = proposals.find((other) => shareDatabase(other, proposal));
    if (twin) proposal.problems.push(`its databaseUrl leads to the same database as ${twin.subdomain}'s`);
    proposals.push(proposal);
    taken.add(proposal.id).add(proposal.subdomain);
  }
  return proposals;
}

function shareDatabase(one: Proposal, other: Proposal): boolean {
  if (one.adopted && other.adopted) return leadsToSame(one.adopted.url, other.adopted.url);
  return one.database !== undefined && one.database !== "adopted" && one.database === other.database;
}

/** As many databases are open at once as `list` opens. */
const atOnce = 8;

async function findDatabase(stack: OpenStack, { subdomain, databaseUrl: url }: OrchestraRow): Promise<RowDatabase> {
  if (!url) return { kind: "none" };
  const refusal = refuseDatabaseUrl(url);
  if (refusal) return { kind: "unusable", why: `its databaseUrl (not shown): ${refusal.why}` };
  const key = findKnownDatabase(stack, url);
  if (key !== undefined) return { kind: "known", key };
  const direct = deriveDirectUrl(url);
  if (direct === undefined) {
    const why =
      "its databaseUrl leads to a transaction pooler that is not Supabase's, so the way in for migrations cannot be derived: " +
      "bring it in with `add --database adopted`, which names the commands that set both URLs";
    return { kind: "unusable", why };
  }
  try {
    const inside = await lookInside(`${subdomain}'s database`, trust(parseConnectionUrl(direct), stack.plan.ca));
    return { kind: "other", url, direct, inside };
  } catch (error) {
    if (error instanceof UserError) return { kind: "unusable", why: error.message };
    throw error;
  }
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
