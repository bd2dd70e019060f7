import pLimit from "p-limit";

import { type OrchestraRow, readOrchestraRows } from "../../infra/database/orchestraRows.ts";
import { keyOf, type OrchestraPlan } from "../../infra/plan/planOrchestras.ts";
import type { PoolDatabasePlan } from "../../infra/plan/planPool.ts";
import { retiredKeys } from "../../infra/plan/planProjects.ts";
import type { OpenStack } from "../openStack.ts";
import { type DeclaredView, type Difference, findDifferences } from "./findDifferences.ts";
import { atOnce, type DatabaseReading, readDatabase, readLimits } from "./readDatabase.ts";

/** A stack's orchestras from the declaration, the main database and their own databases, side by side. Holds no secret. */
export interface Fleet {
  stack: string;
  domain: string;
  /** The last migration on disk: where every database should be. */
  head: string;
  /** Why the main database could not be read; null where it was. */
  registryFailure: string | null;
  /** The declared ones by id, then the rows that no declaration of this stack stands for, by subdomain. */
  orchestras: FleetOrchestra[];
  /** By number. */
  pool: FleetPoolDatabase[];
}

export interface FleetOrchestra {
  /** Its id; of a row that no stack declares, its subdomain. */
  id: string;
  declared: DeclaredView | null;
  row: RowView | null;
  database: DatabaseReading;
  /** What does not fit together, in words; empty where all is as declared. */
  differences: Difference[];
}

export type RowView = Omit<OrchestraRow, "databaseUrl">;

export interface FleetPoolDatabase {
  name: string;
  number: number;
  state: PoolDatabasePlan["state"];
  reading: DatabaseReading;
}

/** Reads all of it, or with `only` just the orchestras of these ids. What cannot be reached is said so; the others go on. */
export async function readFleet(stack: OpenStack, only?: ReadonlySet<string>): Promise<Fleet> {
  const { plan, migrators } = stack;
  const limit = pLimit(atOnce);
  const retired = retiredKeys(plan);
  const read = async (key: string): Promise<DatabaseReading> =>
    retired.has(key) ? { kind: "retired" } : limit(() => readDatabase(key, migrators[key]));
  const wanted = plan.orchestras.filter(({ id }) => only?.has(id) ?? true);
  const spares = only === undefined ? plan.pool : [];
  const keys = new Set([...wanted.map(keyOf), ...spares.map(({ name }) => name)]);
  const [rows, entries] = await Promise.all([
    readOrchestraRows(stack.registry, readLimits).catch((error: Error) => error),
    Promise.all([...keys].map(async (key) => [key, await read(key)] as const)),
  ]);
  const readings = new Map(entries);
  const registryFailure = rows instanceof Error ? rows.message : null;
  const known = rows instanceof Error ? [] : rows;
  const declared = new Set(plan.orchestras.map(({ id }) => id));
  const isOurs = ({ registration }: OrchestraRow) =>
    registration?.stack === stack.name && declared.has(registration.orchestra);
  const compare = (orchestra: OrchestraPlan): FleetOrchestra => {
    const row = known.find(
      ({ registration }) => registration?.stack === stack.name && registration.orchestra === orchestra.id,
    );
    const database = readings.get(keyOf(orchestra))!;
    const view = viewOf(orchestra);
    const expectedUrl = stack.outputs.connections[orchestra.id];
    const differences = findDifferences({
      id: orchestra.id,
      plan,
      declared: view,
      row,
      rowsRead: registryFailure === null,
      expectedUrl,
      database,
    });
    return { id: orchestra.id, declared: view, row: row ? withoutUrl(row) : null, database, differences };
  };
  const strays = known.filter((row) => !isOurs(row) && (only?.has(nameOf(row)) ?? true));
  return {
    stack: stack.name,
    domain: plan.domain,
    head: Object.keys(plan.migrations).sort().at(-1) ?? "",
    registryFailure,
    orchestras: [...wanted.map(compare), ...strays.map((row) => describeStray(row, stack.name))],
    pool: spares.map(({ name, number, state }) => ({ name, number, state, reading: readings.get(name)! })),
  };
}

/** What the app reads of each state. */
export const statuses = { active: "Active", suspended: "Suspended", retired: "Retired" } as const;

function viewOf({
  name,
  subdomain,
  host,
  url,
  contact,
  since,
  canary,
  passwordVersion,
  state,
  database,
}: OrchestraPlan): DeclaredView {
  return {
    name,
    subdomain,
    host,
    url,
    contactName: contact.name,
    contactEmail: contact.email,
    setupDate: since,
    database: database.kind === "pool" ? database.name : database.kind,
    canary,
    passwordVersion,
    status: statuses[state],
  };
}

/** A row that this stack declares no orchestra for. */
function describeStray(row: OrchestraRow, stack: string): FleetOrchestra {
  const { registration } = row;
  const text =
    registration === null
      ? "a row in the main database that this program did not make"
      : registration.stack === stack
        ? `a row of ${registration.orchestra}, which this stack made and declares no more`
        : undefined;
  const differences: Difference[] = text === undefined ? [] : [{ field: "row", text }];
  return { id: nameOf(row), declared: null, row: withoutUrl(row), database: { kind: "absent" }, differences };
}

function nameOf({ id, subdomain, registration }: OrchestraRow): string {
  return registration?.orchestra ?? subdomain ?? id;
}

function withoutUrl({ databaseUrl: _, ...row }: OrchestraRow): RowView {
  return row;
}
