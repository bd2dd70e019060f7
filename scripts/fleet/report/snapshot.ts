import { z } from "zod";

import { digestOf } from "../../../infra/util/digest.ts";
import type { Compared } from "../difference.ts";
import type { PoolReport } from "../describePool.ts";
import { withoutEnding } from "../formatFleet.ts";
import type { Fleet, FleetOrchestra } from "../readFleet.ts";

const facts = z.object({ facts: z.record(z.string(), z.string()), differences: z.array(z.string()) });
const changes = z.object({
  at: z.string(),
  changes: z.array(z.object({ text: z.string(), ids: z.array(z.string()) })),
});
const snapshot = z.object({
  stack: z.string(),
  at: z.string(),
  things: z.record(z.string(), facts),
  history: z.array(changes),
});

/** The facts of a report that the next one is compared with, and the changes until then, the latest first. */
export type Snapshot = z.infer<typeof snapshot>;
/** The changes that one report found; the same change of several orchestras is one. */
export type Changes = z.infer<typeof changes>;
type Facts = z.infer<typeof facts>;

/** The number of reports with changes that a page keeps. */
const kept = 20;

/**
 * Takes down the facts of a fleet, and the changes since the previous report of the same stack. Facts that could not be read stay as they
 * were. Holds no contact, as the page would keep it after the orchestra has another one.
 */
export function takeSnapshot(fleet: Fleet, pool: PoolReport, at: Date, previous: Snapshot | undefined): Snapshot {
  const before = previous?.things ?? {};
  const isAllUnread = fleet.shared.some(isUnread);
  const things: Snapshot["things"] = {
    ...(isAllUnread && before),
    [`stack ${fleet.stack}`]: {
      facts: {
        domain: fleet.domain,
        head: withoutEnding(fleet.head),
        ...Object.fromEntries(fleet.clouds.map(({ name, declared }) => [`declared ${name}`, declared])),
      },
      differences: [],
    },
    pool: {
      facts: { claimed: `${pool.claimed}`, retired: `${pool.retired}`, "most databases": `${pool.max}` },
      differences: pool.warnings,
    },
  };
  const parts = [...fleet.shared, ...fleet.pool].map((part) => ({ ...part, facts: {} }));
  for (const part of [...parts, ...fleet.orchestras.map((one) => ({ ...one, facts: factsOf(one) }))]) {
    const { id, facts } = part;
    const differences = part.differences.map(({ text }) => text);
    const old = isAllUnread || isUnread(part) ? before[id] : undefined;
    things[id] = old
      ? { facts: { ...old.facts, ...facts }, differences: [...new Set([...old.differences, ...differences])] }
      : { facts, differences };
  }
  const found = previous ? compareThings(before, things) : [];
  const history = previous?.history ?? [];
  return {
    stack: fleet.stack,
    at: at.toISOString(),
    things,
    history: (found.length > 0 ? [{ at: at.toISOString(), changes: found }, ...history] : history).slice(0, kept),
  };
}

function isUnread({ differences }: Compared): boolean {
  return differences.some(({ kind }) => kind === "unseen");
}

function factsOf({ declared, row, database }: FleetOrchestra): Facts["facts"] {
  const view = declared ?? row;
  return {
    name: view?.name ?? "",
    address: declared?.host ?? row?.subdomain ?? "",
    contact: digestOf(JSON.stringify([view?.contactName, view?.contactEmail])),
    "set-up date": view?.setupDate ?? "",
    database: declared?.database ?? "",
    ...(database.kind === "read" && { version: withoutEnding(database.state.version) }),
    ...(row && { status: row.status ?? "" }),
  };
}

function compareThings(before: Snapshot["things"], after: Snapshot["things"]): Changes["changes"] {
  const found = new Map<string, string[]>();
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)]))
    for (const text of compareThing(before[id], after[id])) found.set(text, [...(found.get(text) ?? []), id]);
  return [...found].map(([text, ids]) => ({ text, ids }));
}

function compareThing(before: Facts | undefined, after: Facts | undefined): string[] {
  if (!before || !after) return [after ? "is new" : "is gone"];
  const changed = Object.keys(after.facts).filter((fact) => before.facts[fact] !== after.facts[fact]);
  const without = (some: string[], others: string[]) => some.filter((text) => !others.includes(text));
  return [
    ...changed.map((fact) => describeChange(fact, before.facts[fact] ?? "", after.facts[fact]!)),
    ...without(after.differences, before.differences).map((text) => `≠ ${text}`),
    ...without(before.differences, after.differences).map((text) => `no longer: ${text}`),
  ];
}

function describeChange(fact: string, before: string, after: string): string {
  if (fact === "contact") return "contact changed";
  return `${fact}: ${before || "none"} → ${after || "none"}`;
}

/** Writes a snapshot into a page, in which nothing runs it. */
export function embedSnapshot(taken: Snapshot): string {
  return `<script type="application/json" id="snapshot">${JSON.stringify(taken).replaceAll("<", "\\u003c")}</script>`;
}

/** Returns the snapshot of a stack's earlier report; undefined of another stack's, and of a page without one. */
export function readSnapshot(page: string, stack: string): Snapshot | undefined {
  const text = /<script type="application\/json" id="snapshot">(.*?)<\/script>/s.exec(page)?.[1];
  if (text === undefined) return undefined;
  try {
    const found = snapshot.parse(JSON.parse(text));
    return found.stack === stack ? found : undefined;
  } catch {
    return undefined;
  }
}
