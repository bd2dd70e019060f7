import { randomBytes, randomInt } from "node:crypto";
import type pg from "pg";
import type { Region } from "./catalogue.ts";

/** The statuses that projects take here, of the real API's fifteen. */
export type ProjectStatus = "COMING_UP" | "ACTIVE_HEALTHY" | "PAUSING" | "INACTIVE" | "RESTORING" | "GOING_DOWN";

export interface Project {
  /** The real API's internal number, which some answers carry. */
  number: number;
  ref: string;
  organizationSlug: string;
  name: string;
  region: Region;
  status: ProjectStatus;
  createdAt: Date;
  /** Ids of the selected add-on variants: `ci_micro`, `ipv4_default`. */
  addons: string[];
  legacyKeys: boolean;
  /** Signs the project's legacy API keys. */
  jwtSecret: string;
  /** The values set in each service's configuration; missing ones have their defaults. */
  config: ProjectConfig;
}

export type ConfigSection = "api" | "network" | "ssl";
export type ProjectConfig = Partial<Record<ConfigSection, Record<string, unknown>>>;

export interface ProjectStore {
  /** @param unlistedMs the time in which `listed` leaves it out */
  create(
    project: { organizationSlug: string; name: string; region: Region; addons: string[] },
    unlistedMs?: number,
  ): Promise<Project>;
  /** Sets a status; `then` follows by itself: at once (`afterMs` 0) or later. Kept as a time, so a restart in between changes nothing. */
  setStatus(ref: string, status: ProjectStatus, then?: { status: ProjectStatus; afterMs: number }): Promise<void>;
  find(ref: string): Promise<Project | undefined>;
  list(): Promise<Project[]>;
  /** The projects that the API's lists show. */
  listed(): Promise<Project[]>;
  /** The projects whose database was not completed. */
  listUnfinished(): Promise<Project[]>;
  update(ref: string, change: { name?: string; addons?: string[]; legacyKeys?: boolean }): Promise<void>;
  setConfig(ref: string, section: ConfigSection, values: Record<string, unknown>): Promise<void>;
  remove(ref: string): Promise<void>;
  /** Applies every status whose time has come. */
  settle(): Promise<void>;
}

/** Opens the store. Projects live in `supabase.project`, where the router reads `ref` and `status`. No password is kept. */
export async function openProjectStore(pool: pg.Pool): Promise<ProjectStore> {
  await pool.query(tables);
  const settle = async () => {
    await pool.query(
      `update supabase.project set status = next_status, next_status = null, next_at = null where next_at <= now()`,
    );
  };
  const select = async (where: string, values: unknown[] = []) => {
    await settle();
    const { rows } = await pool.query<Row>(`${columns} where ${where} order by number`, values);
    return rows.map(parseRow);
  };

  // Kept in memory, as faults are.
  const listedFrom = new Map<string, number>();
  return {
    settle,
    async create({ organizationSlug, name, region, addons }, unlistedMs = 0) {
      const values = [createRef(), organizationSlug, name, region, addons, randomBytes(32).toString("base64url")];
      await pool.query(
        `insert into supabase.project (ref, organization_slug, name, region, addons, jwt_secret, status)
         values ($1, $2, $3, $4, $5, $6, 'COMING_UP')`,
        values,
      );
      const project = (await select("ref = $1", [values[0]]))[0]!;
      listedFrom.set(project.ref, Date.now() + unlistedMs);
      return project;
    },
    async setStatus(ref, status, then) {
      await pool.query(
        `update supabase.project
         set status = $2, next_status = $3, next_at = now() + make_interval(secs => $4::double precision / 1000)
         where ref = $1`,
        [ref, status, then?.status ?? null, then?.afterMs ?? null],
      );
      await settle();
    },
    find: async (ref) => (await select("ref = $1", [ref]))[0],
    list: async () => select("true"),
    listed: async () => (await select("true")).filter(({ ref }) => (listedFrom.get(ref) ?? 0) <= Date.now()),
    listUnfinished: async () => select("status = 'COMING_UP' and next_at is null"),
    async update(ref, { name, addons, legacyKeys }) {
      await pool.query(
        `update supabase.project
         set name = coalesce($2, name), addons = coalesce($3, addons), legacy_keys = coalesce($4, legacy_keys)
         where ref = $1`,
        [ref, name ?? null, addons ?? null, legacyKeys ?? null],
      );
    },
    async setConfig(ref, section, values) {
      await pool.query(
        `update supabase.project set config = jsonb_set(config, array[$2::text], $3::jsonb) where ref = $1`,
        [ref, section, JSON.stringify(values)],
      );
    },
    async remove(ref) {
      await pool.query(`delete from supabase.project where ref = $1`, [ref]);
    },
  };
}

const tables = `
  create schema if not exists supabase;
  create table if not exists supabase.project (
    number bigint generated always as identity primary key,
    ref text not null unique,
    organization_slug text not null,
    name text not null,
    region text not null,
    status text not null,
    next_status text,
    next_at timestamptz,
    created_at timestamptz not null default now(),
    addons text[] not null,
    legacy_keys boolean not null default true,
    jwt_secret text not null,
    config jsonb not null default '{}'
  )`;

const columns = `
  select number, ref, organization_slug, name, region, status, created_at, addons, legacy_keys, jwt_secret, config
  from supabase.project`;

interface Row {
  number: string;
  ref: string;
  organization_slug: string;
  name: string;
  region: Region;
  status: ProjectStatus;
  created_at: Date;
  addons: string[];
  legacy_keys: boolean;
  jwt_secret: string;
  config: ProjectConfig;
}

function parseRow(row: Row): Project {
  return {
    number: Number(row.number),
    ref: row.ref,
    organizationSlug: row.organization_slug,
    name: row.name,
    region: row.region,
    status: row.status,
    createdAt: row.created_at,
    addons: row.addons,
    legacyKeys: row.legacy_keys,
    jwtSecret: row.jwt_secret,
    config: row.config,
  };
}

/** Creates a ref of twenty lower-case letters, like Supabase's. */
function createRef(): string {
  return Array.from({ length: 20 }, () => String.fromCharCode(97 + randomInt(26))).join("");
}
