import pLimit from "p-limit";

import { readDeclared } from "../../infra/config/checks/declared.ts";
import { refuseDatabaseUrl } from "../../infra/config/schema/refuseDatabaseUrl.ts";
import { parseConnectionUrl, trust } from "../../infra/database/connection/connection.ts";
import { leadsToSame } from "../../infra/database/connection/databaseAddress.ts";
import { UserError } from "../../infra/errors.ts";
import type { OrchestraRow } from "../../infra/database/registry/orchestraRows.ts";
import { deriveDirectUrl } from "./deriveDirectUrl.ts";
import { findKnownDatabase, lookInside } from "./lookInside.ts";
import type { OpenStack } from "../stack/openStack.ts";
import { type Proposal, proposeEntry, type RowDatabase } from "./proposeEntry.ts";

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
