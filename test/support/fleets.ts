import type { CloudSetting } from "../../scripts/fleet/compareClouds.ts";
import { type Compared, type Difference, drift } from "../../scripts/fleet/difference.ts";
import type { DatabaseReading } from "../../scripts/fleet/readDatabase.ts";
import type { Fleet, FleetOrchestra, FleetPoolDatabase } from "../../scripts/fleet/readFleet.ts";
import type { PoolReport } from "../../scripts/fleet/describePool.ts";

export const head = "0011_audit_log.sql";

/** A test's particulars of one orchestra; the rest is as it should be. */
export interface Sketch {
  id: string;
  name: string;
  since?: string;
  database?: string;
  /** "0009_x.sql" */
  version?: string;
  reading?: DatabaseReading;
  differences?: Difference[];
  canary?: boolean;
  bytes?: number;
  contact?: string;
  status?: string;
}

/** Makes an orchestra as `readFleet` returns it. */
export function orchestra(sketch: Sketch): FleetOrchestra {
  const { id, name, since = "2026-09-14", database = "project", differences = [], canary = false } = sketch;
  const contact = { contactName: sketch.contact ?? "Orkesterkontoret", contactEmail: `${id}@example.se` };
  const reading = sketch.reading ?? read(id, sketch.version ?? head, sketch.bytes ?? 8_800_000);
  const host = `${id}.stagesub.com`;
  return {
    id,
    declared: {
      ...{ name, subdomain: id, host, url: `https://${host}`, setupDate: since, ...contact },
      ...{ database, canary, passwordVersion: 1, status: "Active" },
    },
    row: {
      ...{ id, name, subdomain: id, setupDate: since, ...contact, status: sketch.status ?? "Active" },
      registration: { stack: "production", orchestra: id },
    },
    database: reading,
    differences,
  };
}

export function read(owner: string | null, version: string, bytes: number): DatabaseReading {
  const state = {
    ...{ version, owner, appRole: `app_${owner}_1`, templates: 16, settings: 21, users: 1, administrator: null },
    ...{ migrations: {}, previousLogins: [], missing: [], drift: [], differences: [] },
  };
  return { kind: "read", state, bytes, connections: 0 };
}

export function fleet(orchestras: FleetOrchestra[], more: Partial<Fleet> = {}): Fleet {
  return {
    stack: "production",
    domain: "stagesub.com",
    head,
    shared: sharedParts(),
    clouds: [],
    orchestras,
    pool: [],
    ...more,
  };
}

/** Makes DNS and cloud settings of a fleet, with the values of single orchestras that differ. */
export function cloudSettings(others: Record<string, Record<string, string>> = {}): CloudSetting[] {
  const declared = { "DNS record": "CNAME to cname.vercel-dns.com, not proxied, TTL automatic", TLS: "enforced" };
  return Object.entries(declared).map(([name, value]) => ({
    ...{ name, declared: value },
    found: { malmo: value, gavle: value, ...others[name] },
  }));
}

/** Makes the main database and the clouds; `unread`: why the main database could not be read. */
export function sharedParts(unread?: string): Compared[] {
  const differences: Difference[] = unread === undefined ? [] : [{ kind: "unseen", field: "database", text: unread }];
  return [
    { id: "the main database", differences },
    { id: "Supabase", differences: [] },
    { id: "Cloudflare", differences: [] },
  ];
}

/** Makes the pool as `describePool` returns it. */
export function poolReport(databases: FleetPoolDatabase[], more: Partial<PoolReport> = {}): PoolReport {
  const count = (kind: string) => databases.filter(({ state }) => state.kind === kind).length;
  const free = databases.filter(({ state, reading }) => state.kind === "free" && reading.kind === "read").length;
  return {
    databases,
    claimed: count("claimed"),
    free,
    retired: count("retired"),
    spares: 2,
    max: 20,
    growth: [],
    warnings: [],
    ...more,
  };
}

export function poolDatabase(number: number, kind: "free" | "retired", reading?: DatabaseReading): FleetPoolDatabase;
export function poolDatabase(number: number, kind: "claimed", orchestra: string): FleetPoolDatabase;
export function poolDatabase(number: number, kind: "free" | "retired" | "claimed", detail?: DatabaseReading | string) {
  const state = kind === "claimed" ? { kind, orchestra: detail as string } : { kind };
  const reading: DatabaseReading =
    typeof detail === "object" ? detail : kind === "retired" ? { kind } : read(detail ?? null, head, 8_600_000);
  return { id: `pool-${number}`, number, state, reading, differences: [] };
}

/** Makes the five orchestras of stacks/Pulumi.local.yaml in different states, and three pool databases. */
export function smallFleet(): { fleet: Fleet; pool: PoolReport } {
  const databases = [poolDatabase(1, "claimed", "vasteras"), poolDatabase(2, "free"), poolDatabase(3, "free")];
  const orchestras = [
    orchestra({
      id: "gavle",
      name: "Gävle Symfoniorkester",
      contact: "Åsa Bergström",
      differences: [
        drift("contact", 'contact: declared "Åsa Bergström", in the main database "Någon annan"'),
        drift("templates", "missing: EmailTemplate welcome.en"),
      ],
    }),
    orchestra({
      id: "goteborg",
      name: "Göteborgs Symfoniker",
      since: "2026-10-19",
      contact: "Märta Öhman",
      bytes: 61_000_000,
      ...behind,
    }),
    orchestra({ id: "malmo", name: "Malmö Symfoniorkester", since: "2026-09-01", canary: true }),
    orchestra({ id: "norrkoping", name: "Norrköpings Symfoniorkester", since: "2026-10-05", ...unreachable }),
    orchestra({ id: "vasteras", name: "Västerås Sinfonietta", since: "2026-11-22", database: "pool-1" }),
  ];
  return { fleet: fleet(orchestras, { pool: databases }), pool: poolReport(databases) };
}

/** Makes a thousand orchestras of ten years, most of them as declared, some with each kind of trouble. */
export function largeFleet(): { fleet: Fleet; pool: PoolReport } {
  const kinds = ["Symfoniorkester", "Kammarorkester", "Sinfonietta", "Blåsorkester", "Stråkensemble"];
  const orchestras = Array.from({ length: 1_000 }, (_, index) => {
    const place = places[index % places.length]!;
    const round = Math.floor(index / 200);
    const kind = `${kinds[Math.floor(index / places.length) % kinds.length]!}${round === 0 ? "" : ` ${round + 1}`}`;
    const id = plain(`${place}-${kind}`).replace(" ", "-");
    const year = 2017 + Math.floor((10 * Math.sqrt((index * 37) % 200)) / Math.sqrt(200));
    const month = 1 + ((index * 7) % (year === 2026 ? 11 : 12));
    const since = `${year}-${String(month).padStart(2, "0")}-${String(1 + (index % 28)).padStart(2, "0")}`;
    const database = index < 200 && index % 3 === 0 ? `pool-${index / 3 + 1}` : "project";
    const bytes = 8_800_000 + ((index * 7_919) % 400) ** 3;
    return orchestra({
      id,
      name: `${place} ${kind}`,
      since,
      database,
      bytes,
      canary: index === 17,
      ...troubleOf(index),
    });
  });
  const databases = [
    ...orchestras.flatMap(({ id, declared }) => {
      const number = Number(/^pool-(\d+)$/.exec(declared!.database)?.[1]);
      return Number.isNaN(number) ? [] : [poolDatabase(number, "claimed", id)];
    }),
    poolDatabase(68, "retired"),
    poolDatabase(69, "retired"),
    poolDatabase(70, "free"),
    poolDatabase(71, "free"),
    poolDatabase(72, "free", { kind: "unreachable", reason: "no answer within 5 s" }),
  ];
  const warning = "Expected 3 free databases (stagesub:pool.spares), found 2 ready. `pulumi up` makes what is missing.";
  return {
    fleet: fleet(orchestras, { pool: databases }),
    pool: poolReport(databases, { max: 90, spares: 3, warnings: [warning] }),
  };
}

function troubleOf(index: number): Partial<Sketch> {
  switch (index) {
    case 23:
    case 88:
      return unreachable;
    case 31:
    case 105:
    case 160:
      return behind;
    case 57:
      return {
        differences: ["welcome", "request", "reminder", "accepted", "declined", "filled", "cancelled"].map((name) =>
          drift("templates", `missing: EmailTemplate ${name}.en`),
        ),
      };
    case 66:
      return {
        status: "Suspended",
        differences: [drift("status", 'status: declared "Active", in the main database "Suspended"')],
      };
    case 142:
      return { differences: [drift("rights", 'rights: REVOKE ALL ON TABLE public."User" FROM anon')] };
    default:
      return {};
  }
}

const reason = "Cannot connect to db.abcdefghijklmnopqrst.supabase.co:5432 as postgres: no answer within 5 s.";
export const unreachable: Partial<Sketch> = {
  reading: { kind: "unreachable", reason },
  differences: [{ kind: "unseen", field: "database", text: `its database: ${reason}` }],
};
export const behind: Partial<Sketch> = {
  version: "0009_substitute_requests.sql",
  differences: [
    { kind: "pending", field: "version", text: "behind, 2 pending: 0010_notification_log.sql, 0011_audit_log.sql" },
  ],
};

const places = (
  "Malmö Gävle Norrköping Göteborg Västerås Örebro Umeå Åmål Ängelholm Östersund Älvsbyn Ystad Kiruna Luleå Skellefteå " +
  "Sundsvall Härnösand Falun Borlänge Karlstad Skövde Borås Jönköping Växjö Kalmar Visby Karlskrona Kristianstad Lund " +
  "Helsingborg Halmstad Varberg Uddevalla Trollhättan Linköping Nyköping Eskilstuna Uppsala Södertälje Sölvesborg"
).split(" ");

function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "");
}
