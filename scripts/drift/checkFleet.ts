import pLimit from "p-limit";

import { parseConnectionUrl, trust, withClient } from "../../infra/database/connection.ts";
import { PasswordRefused } from "../../infra/database/databaseError.ts";
import { listDrift } from "../../infra/database/listDrift.ts";
import { keyOf, type OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import { compareProject, compareRecord, runs } from "../fleet/compareClouds.ts";
import type { Difference } from "../fleet/difference.ts";
import type { CloudReading } from "../fleet/observeClouds.ts";
import { atOnce, type DatabaseReading, readLimits } from "../fleet/readDatabase.ts";
import { readFleet } from "../fleet/readFleet.ts";
import type { OpenStack } from "../openStack.ts";

/** One orchestra, one spare of the pool or what they share. */
export interface Checked {
  /** An orchestra's id, `pool-2`, "the main database", "Supabase" or "Cloudflare". */
  id: string;
  /** What is not as declared, in words. */
  drift: string[];
  /** What could not be looked at, and why. */
  unreachable: string[];
}

/** Looks at everything that is provisioned, as many databases at once as `list` does. What cannot be reached stops nothing. */
export async function checkFleet(
  stack: OpenStack,
  clouds: CloudReading,
  wanted: readonly OrchestraPlan[],
): Promise<Checked[]> {
  const all = wanted.length === stack.plan.orchestras.length;
  const fleet = await readFleet(stack, all ? undefined : new Set(wanted.map(({ id }) => id)));
  const limit = pLimit(atOnce);
  const orchestras = wanted.map(async (orchestra): Promise<Checked> => {
    const { id } = orchestra;
    const { database, row, differences } = fleet.orchestras.find((one) => one.id === id && one.declared !== null)!;
    // Declared, and not made yet: work for `up`, and no drift.
    if (stack.outputs.connections[id] === undefined && row === null) return { id, drift: [], unreachable: [] };
    // Of a retired one only the row is left to look at: its project is paused, its name taken away.
    const isRetired = orchestra.state === "retired";
    const found = isRetired
      ? []
      : [
          ...compareProject(stack.plan, keyOf(orchestra), clouds),
          ...compareRecord(stack.plan, orchestra, clouds.records),
        ];
    const isReached = database.kind === "read";
    const app = isReached ? await limit(() => tryApp(stack, id)) : {};
    return {
      id,
      drift: [
        ...textsOf(found, "drift"),
        ...differences
          .filter(({ field, text }) => !isPending(field, text) && !isUnreachable(text))
          .map(({ text }) => text),
        ...(app.refused === undefined ? [] : [app.refused]),
      ],
      // Why a paused or deleted project does not answer is said already.
      unreachable: [
        ...textsOf(found, "unseen"),
        ...(runs(keyOf(orchestra), clouds) ? explainUnreachable(database) : []),
        ...(app.failed === undefined ? [] : [app.failed]),
      ],
    };
  });
  const spares = fleet.pool
    .filter(({ state }) => state.kind === "spare")
    .map(({ name, reading }) => checkSpare(stack, name, reading, clouds));
  const shared = [
    { id: "the main database", reason: fleet.registryFailure },
    { id: "Supabase", reason: clouds.projects instanceof Error ? clouds.projects.message : null },
    { id: "Cloudflare", reason: clouds.records instanceof Error ? clouds.records.message : null },
  ].map(({ id, reason }) => ({ id, drift: [], unreachable: reason === null ? [] : [reason] }));
  return [...(await Promise.all(orchestras)), ...spares, ...shared];
}

/** A migration on disk that no run has applied yet is work for `up`. */
function isPending(field: string, text: string): boolean {
  return field === "version" && /^\d+ pending:/.test(text);
}

function isUnreachable(text: string): boolean {
  return text.startsWith("its database cannot be read: ");
}

function explainUnreachable(reading: DatabaseReading): string[] {
  return reading.kind === "unreachable" ? [`its database: ${reading.reason}`] : [];
}

function checkSpare({ plan }: OpenStack, name: string, reading: DatabaseReading, clouds: CloudReading): Checked {
  const project = compareProject(plan, name, clouds);
  const drift = reading.kind === "read" ? listDrift(reading.state).map(({ text }) => text) : [];
  const empty = reading.kind === "empty" ? ["its database was never migrated"] : [];
  return {
    id: name,
    drift: [...textsOf(project, "drift"), ...drift, ...empty],
    unreachable: [...textsOf(project, "unseen"), ...(runs(name, clouds) ? explainUnreachable(reading) : [])],
  };
}

function textsOf(differences: readonly Difference[], wanted: Difference["kind"]): string[] {
  return differences.filter(({ kind }) => kind === wanted).map(({ text }) => text);
}

/** No catalogue shows that somebody has changed a password. */
async function tryApp({ outputs, plan }: OpenStack, id: string): Promise<{ refused?: string; failed?: string }> {
  const url = outputs.connections[id];
  if (url === undefined) return {};
  try {
    await withClient(trust(parseConnectionUrl(url), plan.ca), (client) => client.query("SELECT 1"), readLimits);
    return {};
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof PasswordRefused)) return { failed: `as the app: ${message}` };
    return { refused: `the app's login: ${message} New passwords for it: npm run orchestra -- rotate ${id}` };
  }
}
