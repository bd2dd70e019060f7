import pLimit from "p-limit";

import { UserError } from "../../infra/errors.ts";
import { parseConnectionUrl, trust } from "../../infra/database/connection/connection.ts";
import { type OrchestraRow, readOrchestraRows } from "../../infra/database/registry/orchestraRows.ts";
import { inspectRegistryDatabase, mainDatabaseName } from "../../infra/database/registry/registryDatabase.ts";
import { keyOf, type OrchestraPlan, retiredKeys } from "../../infra/plan/planOrchestras.ts";
import type { PoolDatabasePlan } from "../../infra/plan/planPool.ts";
import type { OpenStack } from "../stack/openStack.ts";
import { type CloudSetting, compareProject, compareRecord, describeClouds, isRunning } from "./compareClouds.ts";
import {
  compareDatabase,
  compareLedger,
  compareOrchestra,
  compareSchema,
  type DeclaredView,
} from "./compareOrchestra.ts";
import { type Compared, drift, type Difference } from "./difference.ts";
import { atOnce, type DatabaseReading, observeApp, readDatabase, readLimits } from "./readDatabase.ts";
import { type CloudReading, observeClouds } from "./observeClouds.ts";

/**
 * A stack's orchestras and pool from the declaration, the main database, their own databases and the clouds, side by side, with what differs:
 * the one answer to "is it as declared?". Holds no secret.
 */
export interface Fleet {
  stack: string;
  domain: string;
  /** The last migration on disk: where every database should be. */
  head: string;
  /** The shared parts: the main database, Supabase and Cloudflare. */
  shared: Compared[];
  /** DNS and the projects' settings, as declared and as found. */
  clouds: CloudSetting[];
  /** The declared orchestras by id, then the rows that this stack does not declare, by subdomain. */
  orchestras: FleetOrchestra[];
  /** By number. */
  pool: FleetPoolDatabase[];
}

export interface FleetOrchestra extends Compared {
  /** Its id; of a row that no stack declares, its subdomain. */
  id: string;
  declared: DeclaredView | null;
  row: RowView | null;
  database: DatabaseReading;
}

export type RowView = Omit<OrchestraRow, "databaseUrl" | "key">;

export interface FleetPoolDatabase extends Compared {
  number: number;
  state: PoolDatabasePlan["state"];
  reading: DatabaseReading;
}

/** The part of a fleet that a command asks for. */
export interface FleetScope {
  /** Ids of orchestras. */
  orchestras: ReadonlySet<string>;
  pool?: boolean;
}

/**
 * Observes a stack once and compares it with its declaration. Unreachable parts are reported as unreachable; the rest is still looked at.
 *
 * @throws {UserError} where nothing can be reached
 * @param scope everything if left out
 * @param answers the answers of the clouds, for tests; by default they are asked
 */
export async function readFleet(stack: OpenStack, scope?: FleetScope, answers?: CloudReading): Promise<Fleet> {
  const { plan, migrators, outputs } = stack;
  const isWanted = (id: string) => scope?.orchestras.has(id) ?? true;
  const wanted = plan.orchestras.filter(({ id }) => isWanted(id));
  const pool = scope === undefined || scope.pool ? plan.pool : [];
  const retired = retiredKeys(plan);
  const keys = new Set([...wanted.map(keyOf), ...pool.map(({ name }) => name)]);
  const limit = pLimit(atOnce);
  const [registry, readings, apps, cloudReading] = await Promise.all([
    observeRegistry(stack),
    mapAll(keys, (key): Promise<DatabaseReading> | DatabaseReading =>
      retired.has(key) ? { kind: "retired" } : limit(readDatabase, key, stack.name, migrators[key]),
    ),
    mapAll(wanted, ({ id, state }) => {
      const url = outputs.connections[id];
      if (url === undefined || state === "retired") return undefined;
      return limit(() => observeApp(trust(parseConnectionUrl(url), plan.ca)));
    }),
    answers ?? observeClouds(stack, new Set([...keys].filter((key) => !retired.has(key)))),
  ]);
  const rows = registry.rows ?? [];
  const shared = [
    { id: mainDatabaseName, differences: registry.differences },
    { id: "Supabase", differences: unseenAnswer(cloudReading.projects) },
    { id: "Cloudflare", differences: unseenAnswer(cloudReading.records) },
  ];
  const isReached =
    registry.rows !== undefined || Array.isArray(cloudReading.projects) || Array.isArray(cloudReading.records);
  if (!isReached && ![...readings.values()].some(({ kind }) => kind === "read" || kind === "empty"))
    throw nothingReached(stack.name, shared);

  const compare = (orchestra: OrchestraPlan): FleetOrchestra => {
    const { id } = orchestra;
    const key = keyOf(orchestra);
    const row = rows.find(({ registration }) => registration?.stack === stack.name && registration.orchestra === id);
    const observed = {
      id,
      migrations: plan.migrations,
      declared: viewOf(orchestra),
      row,
      otherRows: rows.filter((other) => other !== row),
      rowsRead: registry.rows !== undefined,
      expectedUrl: outputs.connections[id],
      database: readings.get(key)!,
      app: apps.get(orchestra),
      isRunning: isRunning(key, cloudReading),
    };
    // A retired orchestra has only its row left: its project is paused, its name taken away.
    const isOpen = orchestra.state !== "retired";
    return {
      id,
      declared: observed.declared,
      row: row ? withoutUrl(row) : null,
      database: observed.database,
      differences: [
        ...(isOpen ? compareProject(plan, key, cloudReading) : []),
        ...(isOpen && observed.expectedUrl !== undefined ? compareRecord(plan, orchestra, cloudReading.records) : []),
        ...compareOrchestra(observed),
      ],
    };
  };

  const open = wanted.filter(({ state }) => state !== "retired");
  const spares = pool.filter(({ state }) => state.kind === "free").map(({ name }) => [name, name] as const);
  const clouds = describeClouds(plan, cloudReading, {
    projects: new Map([...open.map((orchestra) => [orchestra.id, keyOf(orchestra)] as const), ...spares]),
    hosts: new Map(open.filter(({ id }) => outputs.connections[id] !== undefined).map(({ id, host }) => [id, host])),
  });
  const declared = new Set(plan.orchestras.map(({ id }) => id));
  const strays = rows
    .filter(({ registration: of }) => of?.stack !== stack.name || !declared.has(of.orchestra))
    .filter((row) => isWanted(nameOf(row)));
  return {
    stack: stack.name,
    domain: plan.domain,
    head: Object.keys(plan.migrations).sort().at(-1) ?? "",
    shared,
    clouds,
    orchestras: [...wanted.map(compare), ...strays.map((row) => describeStray(row, stack.name))],
    pool: pool.map(({ name: id, number, state }) => {
      const reading = readings.get(id)!;
      const spare = { owner: null, migrations: plan.migrations, isRunning: isRunning(id, cloudReading) };
      // A claimed database is compared as its orchestra's; a retired one is not compared.
      const differences =
        state.kind === "free" ? [...compareProject(plan, id, cloudReading), ...compareDatabase(reading, spare)] : [];
      return { id, number, state, reading, differences };
    }),
  };
}

/** Reads the rows and the ledger of the main database; no rows if it could not be read. */
async function observeRegistry({
  registry,
  plan,
}: OpenStack): Promise<{ rows?: OrchestraRow[]; differences: Difference[] }> {
  try {
    const rows = await readOrchestraRows(registry, readLimits);
    const state = await inspectRegistryDatabase(registry, readLimits);
    const ledger = compareLedger(state?.migrations ?? {}, plan.registryMigrations);
    return { rows, differences: [...ledger, ...(state ? compareSchema(state) : [])] };
  } catch (error) {
    return { differences: [{ kind: "unseen", field: "database", text: (error as Error).message }] };
  }
}

/** A fleet of unreachable parts would say nothing about the stack. */
function nothingReached(stack: string, shared: readonly Compared[]): UserError {
  const reasons = shared.flatMap(({ id, differences }) =>
    differences.map(({ text }) => (text.startsWith(`${id}: `) ? `  ${text}` : `  ${id}: ${text}`)),
  );
  return new UserError(
    "nothing-reached",
    `Expected an answer from the main database, Supabase, Cloudflare or a database of ${stack}, got none:\n${reasons.join("\n")}\n` +
      `Check the network and the addresses; ./stagesub doctor -s ${stack} checks each part.`,
  );
}

function unseenAnswer(answer: readonly unknown[] | Error): Difference[] {
  return answer instanceof Error ? [{ kind: "unseen", field: "project", text: answer.message }] : [];
}

/** The status that the app reads for each state. */
const statuses = { active: "Active", suspended: "Suspended", retired: "Retired" } as const;

function viewOf({ contact, since, state, database, ...orchestra }: OrchestraPlan): DeclaredView {
  const { name, subdomain, host, url, canary, passwordVersion } = orchestra;
  return {
    ...{ name, subdomain, host, url, canary, passwordVersion },
    contactName: contact.name,
    contactEmail: contact.email,
    setupDate: since,
    database: database.kind === "pool" ? database.name : database.kind,
    status: statuses[state],
  };
}

/** Describes a row for which this stack declares no orchestra. */
function describeStray(row: OrchestraRow, stack: string): FleetOrchestra {
  const { registration } = row;
  const differences: Difference[] =
    registration === null
      ? [{ kind: "unmanaged", field: "row", text: "a row in the main database that this program did not make" }]
      : registration.stack === stack
        ? [drift("row", `a row of ${registration.orchestra}, which this stack made and declares no more`)]
        : [];
  return { id: nameOf(row), declared: null, row: withoutUrl(row), database: { kind: "absent" }, differences };
}

function nameOf({ id, subdomain, registration }: OrchestraRow): string {
  return registration?.orchestra ?? subdomain ?? id;
}

function withoutUrl({ databaseUrl: _url, key: _key, ...row }: OrchestraRow): RowView {
  return row;
}

async function mapAll<K, V>(keys: Iterable<K>, work: (key: K) => V | Promise<V>): Promise<Map<K, V>> {
  return new Map(await Promise.all([...keys].map(async (key) => [key, await work(key)] as const)));
}
