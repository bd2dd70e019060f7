import type { Plan } from "../../infra/plan/planStack.ts";
import {
  addEvent,
  emptyDigest,
  type EngineEvent,
  type PreviewDigest,
} from "../../scripts/preview/read/previewDigest.ts";
import { type PreviewFacts, readChanges } from "../../scripts/preview/read/readChanges.ts";
import type { StackChanges } from "../../scripts/preview/read/stackChanges.ts";
import { planStackText } from "../../scripts/stack/stackFile.ts";

const types: Record<string, string> = {
  Orchestra: "stagesub:Orchestra",
  TenantDatabase: "stagesub:TenantDatabase",
  Project: "supabase:index/project:Project",
  Settings: "supabase:index/settings:Settings",
  DnsRecord: "cloudflare:index/dnsRecord:DnsRecord",
};

/** A test's particulars of a step beyond its kind and name: inputs of before and after, by name. */
export interface StepSketch {
  old?: Record<string, unknown>;
  new?: Record<string, unknown>;
  /** Paths that the provider says itself. */
  diff?: string[];
  protect?: boolean;
  protectAfter?: boolean;
}

/** Makes one event as `pulumi preview --json` streams it, for the resource of a kind and a name. */
export function stepEvent(op: string, kind: string, name: string, sketch: StepSketch = {}): EngineEvent {
  const urn = `urn:pulumi:production::stagesub::${types[kind] ?? `pulumi-nodejs:dynamic:${kind}`}::${name}`;
  const { protect = false, protectAfter = protect } = sketch;
  const detailedDiff = sketch.diff
    ? Object.fromEntries(sketch.diff.map((path) => [path, { diffKind: "update" }]))
    : null;
  const old = op === "create" ? null : { protect, inputs: sketch.old ?? {} };
  const after = op === "delete" ? null : { protect: protectAfter, inputs: sketch.new ?? {} };
  return { resourcePreEvent: { metadata: { op, urn, old, new: after, detailedDiff } } };
}

export function digestOf(events: EngineEvent[]): PreviewDigest {
  const digest = emptyDigest();
  for (const event of events) addEvent(digest, event);
  return digest;
}

/** Makes the events of one whole new orchestra with a project of its own. */
export function additionOf(id: string, inputs: Record<string, unknown> = {}): EngineEvent[] {
  const kinds = [
    "Orchestra",
    "TenantDatabase",
    "Project",
    "Settings",
    "OrchestraDatabase",
    "DnsRecord",
    "OrchestraRegistration",
  ];
  return [...kinds.map((kind) => stepEvent("create", kind, id, { new: inputs }))];
}

/** Makes the events of an orchestra's end; its database is kept. */
export function retirementOf(id: string): EngineEvent[] {
  return [
    stepEvent("update", "OrchestraRegistration", id, { old: { status: "Active" }, new: { status: "Retired" } }),
    stepEvent("update", "OrchestraDatabase", id, { new: { retired: true } }),
    stepEvent("create", "OrchestraRetirement", id),
    ...["DnsRecord", "Settings"].map((kind) => stepEvent("delete", kind, id)),
  ];
}

/** Makes the events of a migration's way into the database of a key. */
export function migrationOf(key: string, file = "0012_nickname.sql"): EngineEvent[] {
  const [old, after] = [
    { migrations: { "0001_users.sql": "a" } },
    { migrations: { "0001_users.sql": "a", [file]: "b" } },
  ];
  return [
    stepEvent("same", "Project", key),
    stepEvent("update", "OrchestraDatabase", key, { old, new: after }),
    stepEvent("update", "OrchestraRegistration", key, {
      old: { database: { version: "1" } },
      new: { database: { version: "2" } },
    }),
  ];
}

/** A stack file's orchestras: id → what its entry says beyond name, contact and date. */
export type Entries = Record<string, Record<string, unknown>>;

/** Makes the plan of a production stack file with these orchestras. */
export function planOf(entries: Entries, { spares = 0, size = "micro", stack = "production" } = {}): Plan {
  const orchestras = Object.fromEntries(
    Object.entries(entries).map(([id, entry]) => [
      id,
      {
        name: `${id} Symfoniorkester`,
        contact: { name: "Kontoret", email: "k@example.se" },
        since: "2026-09-01",
        ...entry,
      },
    ]),
  );
  const config = {
    "stagesub:domain": "stagesub.com",
    "stagesub:app": { target: "cname.vercel-dns.com", proxied: false },
    "stagesub:cloudflare": { zoneId: "023e105f4ecef8ad9ca31a8372d0c353" },
    "stagesub:supabase": { organization: "stagesub", region: "eu-north-1", size, connect: "session" },
    "stagesub:pool": { spares, max: 400 },
    "stagesub:orchestras": orchestras,
  };
  return planStackText(stack, JSON.stringify({ config }));
}

/** Returns the changes of a preview with these events. */
export function changesOf(events: EngineEvent[], plan: Plan, more: Partial<PreviewFacts> = {}): StackChanges {
  const none = { files: [], dangers: [] };
  const facts = { stack: plan.stack, digest: digestOf(events), code: 0, stderr: "", plan };
  return readChanges({ ...facts, orchestraFolder: none, registryFolder: none, ...more });
}
